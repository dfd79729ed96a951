package circuit

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

func TestKeysAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("payments", Config{Failures: 1, Cooldown: time.Minute})
		got := record(t)
		if eu := k.Get(textKey("eu")); k.Get(textKey("eu")) != eu || k.Get(textKey("us")) == eu {
			t.Error("want one breaker per key")
		}
		play(k.Get(textKey("eu")), "F")
		if ran := play(k.Get(textKey("us")), "S"); ran != "S" || k.Get(textKey("eu")).State() != Open {
			t.Error("the failure of one key is not its own")
		}
		if diff := cmp.Diff([]Change{{Breaker: "payments", Key: "eu", To: Open, At: time.Now().Add(-2 * time.Second)}}, *got); diff != "" {
			t.Error(diff)
		}
		s := k.Snapshots(time.Now())
		if len(s) != 2 || s[0].Key != "eu" || s[0].State != Open || s[1].Key != "us" || s[1].Name != "payments" {
			t.Errorf("snapshots are %+v", s)
		}
		if _, ok := k.Lookup(textKey("asia")); ok || len(k.Snapshots(time.Now())) != 2 {
			t.Error("looking for a key must not make it")
		}
	})
}

// What many keys push out is what nobody misses: closed breakers without failures, least recently
// asked for first.
func TestKeysAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("b", Config{Failures: 2, Cooldown: time.Minute})
		play(k.Get(textKey("open")), "FF")
		play(k.Get(textKey("failing")), "F")
		k.Get(textKey("idle"))
		used := k.Get(textKey("used"))
		for i := range Keys * 3 {
			k.Get(textKey(fmt.Sprint("key ", i)))
			if k.Get(textKey("used")) != used {
				t.Fatal("the key used last was dropped")
			}
		}
		if n := k.breakers.Len(); n != Keys {
			t.Errorf("%d breakers, want %d", n, Keys)
		}
		for key, want := range map[string]bool{"open": true, "failing": true, "used": true, "idle": false, "key 0": false, "key 2999": true} {
			if _, ok := k.Lookup(textKey(key)); ok != want {
				t.Errorf("%q is there: %v, want %v", key, ok, want)
			}
		}
		if n := ring(k); n != Keys {
			t.Errorf("%d breakers in the ring, want %d", n, Keys)
		}
	})
}

func ring(k *Keyed) (n int) {
	for range k.breakers.Oldest() {
		n++
	}
	return n
}

// Open ones go only when all are open; those whose cooldown is over go before.
func TestOpenKeysStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("b", Config{Rate: 1, Window: 1, Cooldown: time.Hour})
		open := func(from, to int) {
			for i := from; i < to; i++ {
				b := k.Get(textKey(fmt.Sprint(i)))
				permit, _, _ := b.Acquire(time.Now())
				b.Report(permit, Failure, time.Now(), 0)
			}
		}
		open(0, 1)
		time.Sleep(time.Minute)
		open(1, Keys-1)
		k.Get(textKey("closed"))
		k.Get(textKey("new")) // drops "closed"
		if _, ok := k.Lookup(textKey("closed")); ok || len(k.Snapshots(time.Now())) != Keys {
			t.Error("the only closed one must go, though it was used last")
		}
		open(Keys, Keys+1) // drops "new"
		if _, ok := k.Lookup(textKey("0")); !ok {
			t.Error("an open one went before a closed one")
		}
		k.Get(textKey("another")) // all are open: drops the oldest
		if _, ok := k.Lookup(textKey("0")); ok {
			t.Error("all are open: the oldest must go")
		}
		time.Sleep(time.Minute)
		open(0, 1) // drops "another"
		time.Sleep(59*time.Minute + 30*time.Second)
		for i := 1; i < Keys-1; i++ {
			k.Get(textKey(fmt.Sprint(i)))
		}
		k.Get(textKey(fmt.Sprint(Keys)))
		k.Get(textKey("another")) // 0 is the oldest, but its cooldown is not over, as that of 1 is
		if _, ok := k.Lookup(textKey("0")); !ok {
			t.Error("one that refuses went before one that would let a call through")
		}
		if _, ok := k.Lookup(textKey("1")); ok {
			t.Error("one whose cooldown is over must go before one that refuses")
		}
		if k.Opened() != Keys+1 {
			t.Errorf("opened %d times, want %d, those of dropped ones included", k.Opened(), Keys+1)
		}
	})
}

// The sums that metrics show never fall, though breakers go.
func TestKeySums(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("b", Config{Failures: 2, Cooldown: time.Hour})
		k.Get(textKey("idle"))
		time.Sleep(time.Minute)
		for i := range Keys {
			k.Get(textKey(fmt.Sprint(i)))
		}
		if _, ok := k.Lookup(textKey("idle")); ok {
			t.Fatal("idle is still there")
		}
		time.Sleep(time.Second)
		want := [3]time.Duration{Closed: time.Minute + Keys*time.Second}
		if got := k.Durations(time.Now()); got != want {
			t.Errorf("durations are %v, want %v", got, want)
		}
	})
}

func TestKeyedControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("b", Config{Failures: 5, Cooldown: time.Minute})
		k.Get(textKey("old"))
		k.Force(ForcedOpen, time.Now())
		got := record(t)
		for _, key := range []string{"old", "new"} {
			if _, wait, ok := k.Get(textKey(key)).Acquire(time.Now()); ok || wait != time.Minute || k.Get(textKey(key)).State() != Open {
				t.Errorf("%s: got %v, %v, want a refusal", key, ok, wait)
			}
		}
		if len(*got) != 0 {
			t.Errorf("a new key told of %v", *got)
		}
		k.Force(Auto, time.Now())
		k.Reconfigure(Config{Failures: 1, Cooldown: time.Minute}, time.Now())
		for _, key := range []string{"old", "new", "newer"} {
			if ran := play(k.Get(textKey(key)), "SFF"); ran != "SF-" {
				t.Errorf("%s: calls ran as %s, want SF-", key, ran)
			}
		}
		k.Force(ForcedClosed, time.Now())
		if ran := play(k.Get(textKey("newest")), "FFF") + play(k.Get(textKey("old")), "FFF"); ran != "FFFFFF" {
			t.Errorf("calls ran as %s, want all", ran)
		}
	})
}

// A key that an operator has forced stays while other keys come and go.
func TestForcedKeyStays(t *testing.T) {
	k := NewKeyed("b", Config{Failures: 5})
	k.Get(textKey("forced")).Force(ForcedClosed, time.Now())
	for i := range 2 * Keys {
		k.Get(textKey(fmt.Sprint(i)))
	}
	if b, ok := k.Lookup(textKey("forced")); !ok || b.Snapshot(time.Now()).Mode != ForcedClosed {
		t.Error("it is gone")
	}
}

func TestKeyedConcurrently(t *testing.T) {
	k := NewKeyed("b", Config{Failures: 2})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 1000 {
				b := k.Get(textKey(fmt.Sprint((i * (g + 1)) % 1500)))
				if permit, _, ok := b.Acquire(time.Now()); ok {
					b.Report(permit, Outcome(i%3), time.Now(), 0)
				}
				if i%200 == 0 {
					k.Snapshots(time.Now())
					k.Durations(time.Now())
				}
			}
		})
	}
	all.Wait()
	if k.breakers.Len() > Keys || ring(k) != k.breakers.Len() {
		t.Errorf("%d breakers, %d in the ring", k.breakers.Len(), ring(k))
	}
}

func TestKeyedHitAllocatesNothing(t *testing.T) {
	k := NewKeyed("b", Config{})
	keys := []string{"a", "b", "c"}
	for _, key := range keys {
		k.Get(textKey(key))
	}
	i := 0
	if n := testing.AllocsPerRun(100, func() { i++; k.Get(textKey(keys[i%3])) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRegistry(t *testing.T) {
	if own := Get("", "f", Config{}); Get("", "f", Config{}) == own || own.Name() != "f" {
		t.Error("without a name each must be its own, called like the function")
	}
	name := fmt.Sprint(t.Name(), time.Now().UnixNano())
	if _, ok := Lookup(name); ok {
		t.Error("found before it was made")
	}
	b := Get(name, "f", Config{Failures: 3})
	if got, ok := Lookup(name); !ok || got != b || Get(name, "g", Config{Failures: 9}) != b {
		t.Error("one name, one breaker")
	}
	if _, ok := LookupKeyed(name); ok {
		t.Error("a breaker without keys is found as one with keys")
	}
	k := GetKeyed(name, "f", Config{})
	if got, ok := LookupKeyed(name); !ok || got != k || GetKeyed(name, "g", Config{}) != k || GetKeyed("", "g", Config{}).Name() != "g" {
		t.Error("one name, one set of breakers")
	}
}

func BenchmarkKeyedHit(b *testing.B) {
	k := NewKeyed("b", Config{})
	keys := make([]string, 256)
	for i := range keys {
		keys[i] = fmt.Sprint("tenant ", i)
		k.Get(textKey(keys[i]))
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			k.Get(textKey(keys[i%256]))
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				k.Get(textKey(keys[i%256]))
			}
		})
	})
}

// The dearest miss: all breakers are open.
func BenchmarkKeyedMiss(b *testing.B) {
	k := NewKeyed("b", Config{Failures: 1, Cooldown: time.Hour})
	keys := make([]string, 2*Keys)
	for i := range keys {
		keys[i] = fmt.Sprint("tenant ", i)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		breaker := k.Get(textKey(keys[i%len(keys)]))
		permit, _, _ := breaker.Acquire(time.Now())
		breaker.Report(permit, Failure, time.Now(), 0)
	}
}

// textKey returns the key of one string.
func textKey(s string) keyed.Key { return keyed.Key{}.Text(s) }
