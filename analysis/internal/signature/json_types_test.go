package signature_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// The types of TestTravels: the test reads this file as source, and sends values of them through
// encoding/json.
type (
	Plain struct {
		ID   string `json:"id"`
		At   time.Time
		Tags map[string][]byte
		Next *Plain
		Lot  [2]float64
		_    string // unexported: JSON leaves it out
	}
	Closed    struct{ id string }
	Empty     struct{}
	TaggedOff struct {
		N int `json:"-"`
	}
	TaggedOffToo struct {
		N int `json:"-" yaml:"-"`
	}
	SomeOff struct {
		N    int
		Func func() `json:"-" yaml:"-"`
	}
	Dash struct {
		//lint:ignore SA5008 the name is "-", and the field is in the JSON
		F chan int `json:"-,"`
	}
	Func struct{ F func() }
	Chan struct {
		Deep map[string][]struct{ C chan int }
	}
	Complex   complex64
	Anything  struct{ Any any }
	Fails     struct{ Err error }
	Marshaler struct{ M json.Marshaler }
	Both      interface {
		json.Marshaler
		json.Unmarshaler
	}
	HoldsBoth struct{ B Both }
	URL       struct{ U *url.URL }

	// Keys of maps.
	Word       string
	TextKeys   map[Word]int
	IntKeys    map[int8]int
	FloatKeys  map[float64]int
	StructKeys map[struct{ A int }]string
	AddrKeys   map[netip.Addr]int
	AddrPtrs   map[*netip.Addr]int
	TimeIface  map[Both]int
	JSONKey    struct{ a int }
	JSONKeys   map[JSONKey]int
	ReadKey    struct{ a int }
	ReadKeys   map[ReadKey]int
	LevelKeys  map[Level]int
	ChanMap    map[string]chan int

	// Embedded fields.
	base      struct{ N int }
	number    int
	Promotes  struct{ base }
	Number    struct{ number }
	NumberToo struct {
		//lint:ignore U1000 JSON leaves it out
		number
		N int
	}
	Pointer struct{ *base }
	Named   struct {
		*base `json:"base"`
	}
	Value struct {
		base `json:"base"`
	}
	Exported struct{ *Plain }
	Locked   struct {
		sync.Mutex
		N int
	}
	OnlyLock struct{ sync.Mutex }
	Count    struct{ N atomic.Int64 }
	Stamp    struct{ time.Time }
	Event    struct {
		time.Time
		Name string
	}
	EventOff struct {
		time.Time
		Name string `json:"-"`
	}
	StampPtr struct{ *time.Time }
	Twin     struct {
		Left  struct{ base }
		Right struct{ base }
	}
	Knot struct {
		*Knot
		N int
	}

	// Methods.
	Money       struct{ cents int64 }
	MoneyField  struct{ M Money }
	MoneySlice  struct{ M []Money }
	MoneyMap    map[string]Money
	MoneyPtr    struct{ M *Money }
	Wallet      struct{ M Money }
	Behind      struct{ *Wallet }
	Big         struct{ B *big.Int }
	BigValue    struct{ B big.Int }
	OnlyWrites  struct{ n int }
	Computed    struct{ N int }
	OnlyReads   struct{ n int }
	Lenient     struct{ N int }
	Level       int
	LevelRead   int
	LevelWord   string
	Text        struct{ s string }
	TextAndJSON struct{ s string }
	ChanForm    chan int
)

func (JSONKey) MarshalJSON() ([]byte, error)  { return []byte(`"k"`), nil }
func (*JSONKey) UnmarshalJSON([]byte) error   { return nil }
func (*ReadKey) UnmarshalText(d []byte) error { return nil }

func (m *Money) MarshalJSON() ([]byte, error) { return json.Marshal([]int64{m.cents}) }
func (m *Money) UnmarshalJSON(d []byte) error {
	list := []int64{}
	if err := json.Unmarshal(d, &list); err != nil {
		return err
	}
	m.cents = list[0]
	return nil
}

func (o OnlyWrites) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]int{"n": o.n}) }
func (c Computed) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"N": c.N, "kind": "computed"})
}
func (o *OnlyReads) UnmarshalJSON(d []byte) error { return nil }
func (l *Lenient) UnmarshalJSON(d []byte) error {
	type plain Lenient
	return json.Unmarshal(d, (*plain)(l))
}

func (l Level) MarshalText() ([]byte, error)      { return []byte("high"), nil }
func (l *LevelRead) UnmarshalText(d []byte) error { *l = LevelRead(len(d)); return nil }
func (l LevelWord) MarshalText() ([]byte, error)  { return []byte(l), nil }

func (t Text) MarshalText() ([]byte, error)         { return []byte(t.s), nil }
func (t *Text) UnmarshalText(d []byte) error        { t.s = string(d); return nil }
func (t TextAndJSON) MarshalText() ([]byte, error)  { return []byte(t.s), nil }
func (t *TextAndJSON) UnmarshalJSON(d []byte) error { return json.Unmarshal(d, &t.s) }

func (c ChanForm) MarshalJSON() ([]byte, error) { return json.Marshal(cap(c)) }
func (c *ChanForm) UnmarshalJSON(d []byte) error {
	var n int
	if err := json.Unmarshal(d, &n); err != nil {
		return err
	}
	*c = make(chan int, n)
	return nil
}

var (
	someTime = time.Date(2024, 2, 3, 4, 5, 6, 7, time.UTC)
	someURL  = &url.URL{Host: "example.com", User: url.User("a")}
	someAddr = netip.MustParseAddr("127.0.0.1")
	errSome  = errors.New("failed")
)

func counted() *Count {
	c := &Count{}
	c.N.Store(1)
	return c
}

func locked() *OnlyLock {
	l := &OnlyLock{}
	l.Lock()
	return l
}
