package kvtest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// swaps makes a case of compare and swap.
func swaps(name string, run func(t *testing.T, f *fixture, s store)) testCase {
	return testCase{name, func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.CompareAndSwap, "compare and swap") {
			run(t, f, f.store(t, entries))
		}
	}}
}

var revisionCases = []testCase{
	{"every write gives another revision", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		seen := map[kv.Revision]bool{0: true}
		for range 20 {
			r := set(t, s, "k", "the same")
			if seen[r] {
				t.Fatalf("revision %d came twice, or is 0", r)
			}
			seen[r] = true
		}
	}},
	{"a read shows the revision of the write", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		r := set(t, s, "k", "one")
		if e, err := s.Entry(f.Ctx, "k"); err != nil || e.Revision != r || e.Key != "k" || e.Value != "one" {
			t.Fatalf("entry is %v, %v; want revision %d", e, err, r)
		}
	}},
	{"set if absent writes where there is nothing", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one", kv.IfAbsent())
		has(t, s, "k", "one")
	}},
	{"set if absent leaves what is there", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		_, err := s.Set(f.Ctx, "k", "two", kv.IfAbsent())
		code(t, "set", err, bindings.AlreadyExists)
		has(t, s, "k", "one")
	}},
	{"set if absent writes after a delete", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "one")
		if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		set(t, s, "k", "two", kv.IfAbsent())
		has(t, s, "k", "two")
	}},
	{"one of many that set if absent wins", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		var won atomic.Int32
		together(16, func(int) {
			_, err := s.Set(f.Ctx, "k", "mine", kv.IfAbsent())
			if err == nil {
				won.Add(1)
			} else if bindings.Code(err) != bindings.AlreadyExists {
				t.Errorf("set: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d of 16 have set it, want 1", won.Load())
		}
	}},
	swaps("a swap with the current revision writes", func(t *testing.T, f *fixture, s store) {
		r := set(t, s, "k", "one")
		e, err := s.CompareAndSwap(f.Ctx, "k", r, "two")
		if err != nil || e.Value != "two" || e.Revision == r || e.Revision == 0 {
			t.Fatalf("swap is %v, %v; want a new entry", e, err)
		}
		if got, err := s.Entry(f.Ctx, "k"); err != nil || got != e {
			t.Fatalf("entry is %v, %v; want what the swap returned, %v", got, err, e)
		}
	}),
	swaps("a stale swap writes nothing and hands back the entry", func(t *testing.T, f *fixture, s store) {
		old := set(t, s, "k", "one")
		r := set(t, s, "k", "two")
		e, err := s.CompareAndSwap(f.Ctx, "k", old, "three")
		code(t, "swap", err, bindings.FailedPrecondition)
		if want := (kv.Entry[string, string]{Key: "k", Value: "two", Revision: r}); e != want {
			t.Fatalf("swap handed back %v, want %v", e, want)
		}
		has(t, s, "k", "two")
	}),
	swaps("a swap of nothing is NotFound", func(t *testing.T, f *fixture, s store) {
		_, err := s.CompareAndSwap(f.Ctx, "k", 1, "one")
		code(t, "swap of a key never set", err, bindings.NotFound)
		r := set(t, s, "k", "one")
		if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		_, err = s.CompareAndSwap(f.Ctx, "k", r, "two")
		code(t, "swap of a deleted key", err, bindings.NotFound)
		lacks(t, s, "k")
	}),
	swaps("a swap does not take a new entry for the old one", func(t *testing.T, f *fixture, s store) {
		old := set(t, s, "k", "the same")
		if err := s.Delete(f.Ctx, "k"); err != nil {
			t.Fatal(err)
		}
		set(t, s, "k", "the same")
		_, err := s.CompareAndSwap(f.Ctx, "k", old, "two")
		code(t, "swap", err, bindings.FailedPrecondition)
	}),
	swaps("one of many swaps wins", func(t *testing.T, f *fixture, s store) {
		r := set(t, s, "k", "one")
		var won atomic.Int32
		together(16, func(int) {
			if _, err := s.CompareAndSwap(f.Ctx, "k", r, "mine"); err == nil {
				won.Add(1)
			} else if bindings.Code(err) != bindings.FailedPrecondition {
				t.Errorf("swap: %v", err)
			}
		})
		if won.Load() != 1 {
			t.Errorf("%d of 16 swaps have written, want 1", won.Load())
		}
	}),
	swaps("a delete with the current revision deletes", func(t *testing.T, f *fixture, s store) {
		r := set(t, s, "k", "one")
		if err := s.CompareAndDelete(f.Ctx, "k", r); err != nil {
			t.Fatal(err)
		}
		lacks(t, s, "k")
		code(t, "delete again", s.CompareAndDelete(f.Ctx, "k", r), bindings.NotFound)
	}),
	swaps("a stale delete deletes nothing", func(t *testing.T, f *fixture, s store) {
		old := set(t, s, "k", "one")
		set(t, s, "k", "two")
		code(t, "delete", s.CompareAndDelete(f.Ctx, "k", old), bindings.FailedPrecondition)
		has(t, s, "k", "two")
	}),
	swaps("no update is lost", func(t *testing.T, f *fixture, _ store) {
		s := typed[string, int](t, f, entries)
		together(8, func(int) {
			for range 10 {
				_, err := s.Update(f.Ctx, "k", func(n int, _ bool) (int, error) { return n + 1, nil })
				if err != nil {
					t.Errorf("update: %v", err)
				}
			}
		})
		if n, err := s.Get(f.Ctx, "k"); err != nil || n != 80 {
			t.Errorf("the number is %d, %v after 80 updates", n, err)
		}
	}),
	swaps("an update that fails changes nothing", func(t *testing.T, f *fixture, s store) {
		set(t, s, "k", "one")
		_, err := s.Update(f.Ctx, "k", func(string, bool) (string, error) { return "two", bindings.PermissionDenied })
		if err != bindings.PermissionDenied {
			t.Fatalf("update: %v, want the function's error", err)
		}
		has(t, s, "k", "one")
	}),
	{"revisions of a key grow", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.Ordered, "ordered revisions") {
			return
		}
		s := f.store(t, entries)
		var last kv.Revision
		for i := range 20 {
			r := set(t, s, "k", "v")
			if r <= last {
				t.Fatalf("revision %d came after %d", r, last)
			}
			if last = r; i%3 == 0 {
				if err := s.Delete(f.Ctx, "k"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}},
}

// together calls do n times at once.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}
