package ratelimit

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/keyed"
)

func TestKeysAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("tenants", 1, time.Second, 2)
		if a := k.Get(textKey("a")); k.Get(textKey("a")) != a || k.Get(textKey("b")) == a || a.Key() != "a" || a.Name() != "tenants" {
			t.Error("want one limiter per key")
		}
		now := time.Now()
		k.Get(textKey("a")).Take(now)
		k.Get(textKey("a")).Take(now)
		k.Get(textKey("b")).Take(now)
		if _, ok := k.Get(textKey("a")).Take(now); ok {
			t.Error("a has had its two")
		}
		if _, ok := k.Get(textKey("b")).Take(now); !ok {
			t.Error("b has one more")
		}
		k.Get(textKey("c"))
		k.Get(textKey("d")).Take(now)
		want := []Snapshot{{"tenants", "a", 0, 2, 1, time.Second}, {"tenants", "b", 0, 2, 1, time.Second}, {"tenants", "d", 1, 2, 1, time.Second}}
		got := k.Snapshots(now, 3)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		k.Set(2, time.Second, 2, now)
		for _, key := range []string{"a", "e"} {
			l := k.Get(textKey(key))
			for l.Snapshot(now).Tokens >= 1 {
				l.Take(now)
			}
			if wait, ok := l.Take(now); ok || wait != 500*time.Millisecond {
				t.Errorf("%s: got %v, %v, want the new pace", key, wait, ok)
			}
		}
	})
}

// Many keys push out limiters that are full: as many as like may come without anyone getting a
// token more.
func TestFullKeysGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("l", 1, time.Second, 1)
		k.Get(textKey("idle")).Take(time.Now())
		time.Sleep(time.Second)
		k.Get(textKey("empty")).Take(time.Now())
		for i := range Keys - 2 {
			k.Get(textKey(fmt.Sprint(i)))
		}
		k.Get(textKey("one more"))
		if _, ok := k.limiters.Peek(textKey("idle")); ok || k.Len() != Keys {
			t.Errorf("%d limiters, want %d and the oldest full one gone", k.Len(), Keys)
		}
		for i := range 3 * Keys {
			k.Get(textKey(fmt.Sprint("more ", i)))
		}
		if k.Len() != Keys {
			t.Errorf("%d limiters, want %d", k.Len(), Keys)
		}
		if _, ok := k.Get(textKey("empty")).Take(time.Now()); ok {
			t.Error("a key that had spent its tokens got them back")
		}
	})
}

// Where none of the oldest is full, the bound holds all the same, and the fullest of them goes.
func TestBoundHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewKeyed("l", 1, time.Hour, 3)
		for i := range Keys {
			l := k.Get(textKey(fmt.Sprint(i)))
			l.Take(time.Now())
			if i != 40 {
				l.Take(time.Now())
			}
		}
		k.Get(textKey("new"))
		if _, ok := k.limiters.Peek(textKey("40")); ok || k.Len() != Keys {
			t.Errorf("%d limiters, and the one with the most tokens is there: %v", k.Len(), ok)
		}
	})
}

func TestKeyedConcurrently(t *testing.T) {
	k := NewKeyed("l", 1, time.Second, 1)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 4000 {
				k.Get(textKey(fmt.Sprint((i * (g + 1)) % (Keys + 2000)))).Take(time.Now())
				if i%500 == 0 {
					k.Snapshots(time.Now(), 5)
					k.Set(2, time.Second, 1, time.Now())
				}
			}
		})
	}
	all.Wait()
	n := 0
	for range k.limiters.Oldest() {
		n++
	}
	if k.Len() > Keys || n != k.Len() {
		t.Errorf("%d limiters, %d in the ring", k.Len(), n)
	}
}

func TestKeyedHitAllocatesNothing(t *testing.T) {
	k := NewKeyed("l", 1, time.Second, 1)
	keys := []string{"a", "b", "c"}
	for _, key := range keys {
		k.Get(textKey(key))
	}
	i := 0
	if n := testing.AllocsPerRun(100, func() { i++; k.Get(textKey(keys[i%3])).Take(time.Time{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRegistry(t *testing.T) {
	name := fmt.Sprint(t.Name(), time.Now().UnixNano())
	if _, ok := Lookup(name); ok {
		t.Error("found before it was made")
	}
	l := Get(name, "f", 5, time.Second, 2)
	if got, ok := Lookup(name); !ok || got != l || Get(name, "g", 9, time.Hour, 9) != l || l.Name() != name {
		t.Error("one name, one limiter")
	}
	if _, ok := LookupKeyed(name); ok {
		t.Error("a limiter without keys is found as one with keys")
	}
	k := GetKeyed(name, "f", 5, time.Second, 2)
	if got, ok := LookupKeyed(name); !ok || got != k || GetKeyed(name, "g", 9, time.Hour, 9) != k {
		t.Error("one name, one set of limiters")
	}
	if own := Get("", "f", 1, 1, 1); Get("", "f", 1, 1, 1) == own || GetKeyed("", "g", 1, 1, 1).Name() != "g" {
		t.Error("without a name each function has its own")
	}
}

// textKey returns the key of one string.
func textKey(s string) keyed.Key { return keyed.Key{}.Text(s) }
