package kvtest

import (
	"math"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// counts makes a case of increment.
func counts(name string, run func(t *testing.T, f *fixture, s kv.Of[string, int64])) testCase {
	return testCase{name, func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.Increment, "increment") {
			run(t, f, typed[string, int64](t, f, counter))
		}
	}}
}

// plus checks the sum of an increment.
func plus(t *testing.T, s kv.Of[string, int64], key string, delta, want int64) {
	t.Helper()
	if n, err := s.Increment(t.Context(), key, delta); err != nil || n != want {
		t.Fatalf("increment by %d is %d, %v; want %d", delta, n, err, want)
	}
}

var numberCases = []testCase{
	counts("counting begins at nothing", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		plus(t, s, "k", 5, 5)
		plus(t, s, "k", -7, -2)
		plus(t, s, "k", 0, -2)
		if n, err := s.Get(f.Ctx, "k"); err != nil || n != -2 {
			t.Fatalf("get is %d, %v; want -2", n, err)
		}
	}),
	counts("a number that was set is counted on", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		if _, err := s.Set(f.Ctx, "k", 41); err != nil {
			t.Fatal(err)
		}
		plus(t, s, "k", 1, 42)
	}),
	counts("no increment is lost", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		together(8, func(int) {
			for range 25 {
				if _, err := s.Increment(f.Ctx, "k", 1); err != nil {
					t.Errorf("increment: %v", err)
				}
			}
		})
		plus(t, s, "k", 0, 200)
	}),
	counts("an increment has 64 bits", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		plus(t, s, "k", 1<<53, 1<<53)
		plus(t, s, "k", 1, 1<<53+1)
		plus(t, s, "k", math.MaxInt64-1<<53-1, math.MaxInt64)
	}),
	counts("a sum out of range is refused", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		plus(t, s, "k", math.MaxInt64, math.MaxInt64)
		_, err := s.Increment(f.Ctx, "k", 1)
		code(t, "increment", err, bindings.FailedPrecondition)
		plus(t, s, "k", 0, math.MaxInt64)
	}),
	counts("a text is not counted on", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		texts := f.store(t, counter)
		set(t, texts, "k", "text")
		_, err := s.Increment(f.Ctx, "k", 1)
		code(t, "increment", err, bindings.FailedPrecondition)
		has(t, texts, "k", "text")
	}),
	counts("an increment gives another revision", func(t *testing.T, f *fixture, s kv.Of[string, int64]) {
		r, err := s.Set(f.Ctx, "k", 1)
		if err != nil {
			t.Fatal(err)
		}
		plus(t, s, "k", 1, 2)
		plus(t, s, "k", -1, 1)
		if !undeclared(t, f.abilities.CompareAndSwap, "compare and swap") {
			e, err := s.CompareAndSwap(f.Ctx, "k", r, 9)
			code(t, "swap", err, bindings.FailedPrecondition)
			if e.Value != 1 {
				t.Errorf("swap handed back %d, want 1", e.Value)
			}
		}
	}),
}
