package keyed

import (
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
)

type (
	spoken string
	lossy  struct{ v string }
	boxed  struct{ any }
)

func (spoken) GoString() string             { return "spoken" }
func (spoken) String() string               { return "spoken" }
func (lossy) MarshalText() ([]byte, error)  { return []byte("lossy"), nil }
func (lossy) Format(s fmt.State, verb rune) { fmt.Fprint(s, "lossy") }

// One key's state is never another's, whatever the methods of its parts say, and however the parts
// are cut. Each of these keys differs from all others, and is equal to itself.
func TestKeysDiffer(t *testing.T) {
	p, q, zone, two := new(int), new(int), time.FixedZone("x", 3600), 0.2
	var none Key // hides that of the package
	keys := func() []Key {
		return []Key{
			none,
			none.Text(""), none.Text("1"), none.Int(1), none.Uint(1), none.Int(-1), none.Uint(math.MaxUint64), none.Value(nil), none.Value(1),
			none.Value(int64(1)), none.Value("1"), none.Value(spoken("1")), none.Value(spoken("2")), none.Value(lossy{"1"}), none.Value(lossy{"2"}),
			none.Value(struct{}{}), none.Value([1]int{1}), none.Value([1]any{1}), none.Value([1]any{int8(1)}), none.Value(boxed{1}),
			none.Value(boxed{"1"}), none.Value(boxed{boxed{1}}), none.Value(p), none.Value(q), none.Value(boxed{p}), none.Value(boxed{q}),
			none.Value(0.1 + two), none.Value(0.3), none.Value(float32(0.3)), none.Value(math.Inf(1)), none.Value(1i), none.Value(true),
			none.Value(time.Second), none.Value(time.Unix(1, 0).UTC()), none.Value(time.Unix(1, 0).In(zone)),
			none.Text("a").Text("bc"), none.Text("ab").Text("c"), none.Text("").Text("abc"), none.Text("abc").Text(""), none.Text("abc"),
			none.Text("a").Text("b").Text("c"), none.Text("a").Text("b").Text("d"), none.Text("a").Text("b").Value(1), none.Text("a").Value(1).Text("b"),
			none.Int(1).Int(2), none.Int(2).Int(1), none.Int(1).Int(2).Int(3), none.Int(1).Int(2).Uint(3), none.Int(1).Text("a"), none.Text("a").Int(1),
			none.Value(nil).Value(nil), none.Value(nil).Value(1), none.Value(1).Value(nil), none.Value(nil).Value(nil).Value(1),
			none.Value(nil).Value(1).Value(nil), none.Value(1).Value(nil).Value(nil),
		}
	}
	m := New[int]()
	for i, key := range keys() {
		if key.Fault() != Sound {
			t.Errorf("key %d, %v: fault %d", i, key, key.Fault())
		}
		if j, ok := m.Get(key); ok {
			t.Errorf("key %d, %v, is key %d", i, key, j)
		}
		m.Add(key.Clone(), i)
	}
	for i, key := range keys() {
		if j, ok := m.Get(key); !ok || j != i {
			t.Errorf("key %d, %v, is %d, %t", i, key, j, ok)
		}
	}
	if none.Value(0.0) != none.Value(math.Copysign(0, -1)) {
		t.Error("-0 is not 0")
	}
}

// A part that nothing can be found by must not panic, nor fill a map.
func TestFaults(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		value any
		want  Fault
	}{
		{[]int{1}, Uncomparable}, {map[string]int{}, Uncomparable}, {func() {}, Uncomparable}, {boxed{[]int{}}, Uncomparable},
		{[2]any{1, []int{}}, Uncomparable}, {struct{ a, b any }{[]int{}, nan}, Uncomparable}, {struct{ a, b any }{nan, []int{}}, Unequal}, {nan, Unequal}, {float32(nan), Unequal},
		{complex(nan, 0), Unequal}, {boxed{nan}, Unequal}, {[1]float64{nan}, Unequal}, {struct{ F float64 }{nan}, Unequal},
		{boxed{(*[]int)(nil)}, Sound}, {(chan []int)(nil), Sound},
	} {
		key := Key{}.Text("a").Value(c.value)
		if key = key.Int(1).Value("after"); key.Fault() != c.want {
			t.Errorf("%#v: fault %d, want %d", c.value, key.Fault(), c.want)
		}
		_ = key.String()
	}
}

// What a part points to lives as long as its entry: otherwise the address would be given to another
// value, and that one would find the state of the first.
func TestPointersLive(t *testing.T) {
	m := New[int]()
	freed := make(chan bool, 1)
	func() {
		p := new([64]byte)
		runtime.SetFinalizer(p, func(*[64]byte) { freed <- true })
		m.Add(Key{}.Value(boxed{p}), 1)
	}()
	runtime.GC()
	select {
	case <-freed:
		t.Error("what the key points to was freed")
	case <-time.After(10 * time.Millisecond):
	}
	runtime.KeepAlive(m)
}

func TestString(t *testing.T) {
	for want, key := range map[string]Key{
		"":             {},
		"a":            Key{}.Text("a"),
		"-1":           Key{}.Int(-1),
		"a -1 b 2":     Key{}.Text("a").Int(-1).Text("b").Uint(2),
		"1.5 a true 3": Key{}.Value(1.5).Text("a").Value(true).Uint(3),
		"a b c d":      Key{}.Text("a").Text("b").Text("c").Text("d"),
		"spoken 1s":    Key{}.Value(spoken("x")).Value(time.Second),
	} {
		if got := key.String(); got != want {
			t.Errorf("text is %q, want %q", got, want)
		}
	}
}

// Keys of texts and integers cost no allocation.
func TestAllocations(t *testing.T) {
	m := New[int]()
	a, b := fmt.Sprint("a ", 1), fmt.Sprint("b ", 1)
	get := func() {
		m.Get(Key{}.Text(a))
		m.Get(Key{}.Int(1 << 40))
		m.Get(Key{}.Uint(1 << 40))
		m.Get(Key{}.Text(a).Text(b))
		m.Get(Key{}.Int(1 << 40).Text(b).Uint(1 << 41))
	}
	if n := testing.AllocsPerRun(100, get); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkGet(b *testing.B) {
	m := New[int]()
	for name, key := range map[string]func() Key{
		"text":          func() Key { return Key{}.Text("tenant") },
		"integer":       func() Key { return Key{}.Int(1 << 40) },
		"text, integer": func() Key { return Key{}.Text("tenant").Int(1 << 40) },
		"two texts":     func() Key { return Key{}.Text("tenant").Text("host") },
		"time":          func() Key { return Key{}.Value(time.Time{}) },
	} {
		m.Add(key(), 1)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Get(key())
			}
		})
	}
}
