package kvtest

import (
	"math"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// fades makes a case of time to live.
func fades(name string, run func(t *testing.T, f *fixture, s store, ttl time.Duration)) testCase {
	return testCase{name, func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.TTL, "time to live") {
			run(t, f, f.store(t, entries), f.unit())
		}
	}}
}

// lasts checks that an entry which must not expire is there longer than ttl, and what expires in
// that time is not.
func lasts(t *testing.T, f *fixture, s store, key string, ttl time.Duration) {
	t.Helper()
	time.Sleep(ttl + f.abilities.Granularity + ttl/2)
	if _, err := s.Get(t.Context(), key); err != nil {
		t.Fatalf("get %q: %v; it must not expire", key, err)
	}
}

var ttlCases = []testCase{
	fades("an entry expires", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "k", "one", kv.TTL(ttl))
		has(t, s, "k", "one")
		expired(t, f, s, "k", ttl)
	}),
	fades("an expired entry is not listed", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "a", "one", kv.TTL(ttl))
		set(t, s, "b", "two")
		expired(t, f, s, "a", ttl)
		lists(t, s, "", "b")
		got, err := s.GetMany(f.Ctx, "a", "b")
		if err != nil || len(got) != 1 || got[0].Key != "b" {
			t.Fatalf("get many is %v, %v; want b alone", got, err)
		}
	}),
	fades("set if absent writes after an entry expired", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "k", "one", kv.TTL(ttl), kv.IfAbsent())
		_, err := s.Set(f.Ctx, "k", "two", kv.IfAbsent())
		code(t, "set before", err, bindings.AlreadyExists)
		expired(t, f, s, "k", ttl)
		set(t, s, "k", "two", kv.IfAbsent())
		has(t, s, "k", "two")
	}),
	fades("a swap leaves the entry its time", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		r := set(t, s, "k", "one", kv.TTL(ttl))
		if _, err := s.CompareAndSwap(f.Ctx, "k", r, "two"); err != nil {
			t.Fatal(err)
		}
		has(t, s, "k", "two")
		expired(t, f, s, "k", ttl)
	}),
	fades("a swap renews the time", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		r := set(t, s, "k", "one", kv.TTL(ttl))
		if _, err := s.CompareAndSwap(f.Ctx, "k", r, "two", kv.TTL(4*ttl)); err != nil {
			t.Fatal(err)
		}
		lasts(t, f, s, "k", ttl)
		expired(t, f, s, "k", 3*ttl)
	}),
	fades("a swap can make an entry last", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		r := set(t, s, "k", "one", kv.TTL(ttl))
		if _, err := s.CompareAndSwap(f.Ctx, "k", r, "two", kv.Forever()); err != nil {
			t.Fatal(err)
		}
		lasts(t, f, s, "k", ttl)
	}),
	fades("a swap of an expired entry is NotFound", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		r := set(t, s, "k", "one", kv.TTL(ttl))
		expired(t, f, s, "k", ttl)
		_, err := s.CompareAndSwap(f.Ctx, "k", r, "two")
		code(t, "swap", err, bindings.NotFound)
		code(t, "delete", s.CompareAndDelete(f.Ctx, "k", r), bindings.NotFound)
		lacks(t, s, "k")
	}),
	fades("a set without time to live lasts", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "k", "one", kv.TTL(ttl))
		set(t, s, "k", "two")
		lasts(t, f, s, "k", ttl)
	}),
	fades("a set gives a new time", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "k", "one")
		set(t, s, "k", "two", kv.TTL(4*ttl))
		set(t, s, "k", "three", kv.TTL(ttl))
		expired(t, f, s, "k", ttl)
	}),
	fades("the binding's ttl is the default", func(t *testing.T, f *fixture, _ store, ttl time.Duration) {
		s := f.store(t, fading)
		set(t, s, "k", "one")
		set(t, s, "kept", "two", kv.Forever())
		expired(t, f, s, "k", ttl)
		has(t, s, "kept", "two")
	}),
	fades("an update leaves the entry its time", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		set(t, s, "k", "one", kv.TTL(ttl))
		if _, err := s.Update(f.Ctx, "k", func(v string, _ bool) (string, error) { return v + "!", nil }); err != nil {
			t.Fatal(err)
		}
		has(t, s, "k", "one!")
		expired(t, f, s, "k", ttl)
	}),
	fades("an increment leaves the entry its time", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		if undeclared(t, f.abilities.Increment, "increment") {
			return
		}
		for range 3 { // the first one makes the entry
			if _, err := s.Increment(f.Ctx, "k", 1, kv.TTL(ttl)); err != nil {
				t.Fatal(err)
			}
		}
		expired(t, f, f.store(t, entries, kv.Codec(bindings.Raw{})), "k", ttl)
		if n, err := s.Increment(f.Ctx, "k", 1); err != nil || n != 1 {
			t.Fatalf("increment is %d, %v; want a new beginning", n, err)
		}
	}),
	// Fails if a store adds the time to its clock in nanoseconds: the sum is in the past.
	fades("the longest time to live is long", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		r := set(t, s, "k", "one", kv.TTL(math.MaxInt64))
		has(t, s, "k", "one")
		if _, err := s.CompareAndSwap(f.Ctx, "k", r, "two", kv.TTL(math.MaxInt64)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Update(f.Ctx, "k", func(v string, _ bool) (string, error) { return v + "!", nil }); err != nil {
			t.Fatal(err)
		}
		has(t, s, "k", "two!")
		if f.abilities.Increment {
			for want := range int64(3) {
				if n, err := s.Increment(f.Ctx, "n", 1, kv.TTL(math.MaxInt64)); err != nil || n != want+1 {
					t.Fatalf("increment is %d, %v; want %d", n, err, want+1)
				}
			}
		}
		if err := s.SetMany(f.Ctx, []kv.Entry[string, string]{{Key: "a", Value: "one"}}, kv.TTL(math.MaxInt64)); err != nil {
			t.Fatal(err)
		}
		has(t, s, "a", "one")
	}),
	fades("a time to live must be positive", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		for _, d := range []time.Duration{0, -ttl} {
			_, err := s.Set(f.Ctx, "k", "one", kv.TTL(d))
			code(t, "set", err, bindings.FailedPrecondition)
		}
		lacks(t, s, "k")
	}),
	fades("who held an expired lock cannot renew it", func(t *testing.T, f *fixture, s store, ttl time.Duration) {
		first := set(t, s, "lock", "a", kv.TTL(ttl), kv.IfAbsent())
		expired(t, f, s, "lock", ttl) // the holder sleeps
		second := set(t, s, "lock", "b", kv.TTL(10*ttl), kv.IfAbsent())
		_, err := s.CompareAndSwap(f.Ctx, "lock", first, "a", kv.TTL(ttl))
		code(t, "renew", err, bindings.FailedPrecondition)
		code(t, "unlock", s.CompareAndDelete(f.Ctx, "lock", first), bindings.FailedPrecondition)
		has(t, s, "lock", "b")
		if f.abilities.Ordered && second <= first {
			t.Errorf("fencing token %d of the new holder must be greater than %d", second, first)
		}
	}),
}
