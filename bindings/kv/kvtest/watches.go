package kvtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// watches makes a case of watch.
func watches(name string, run func(t *testing.T, f *fixture, s store)) testCase {
	return testCase{name, func(t *testing.T, f *fixture) {
		if !undeclared(t, f.abilities.Watch, "watch") {
			run(t, f, f.store(t, entries))
		}
	}}
}

var watchCases = []testCase{
	watches("a watch begins with what is there", func(t *testing.T, f *fixture, s store) {
		set(t, s, "a", "one")
		set(t, s, "b", "two")
		w := watch(t, s, "")
		told(t, w, "a=one")
		told(t, w, "b=two")
		set(t, s, "a", "three")
		told(t, w, "a=three")
	}),
	watches("a watch from now begins with the next change", func(t *testing.T, f *fixture, s store) {
		set(t, s, "a", "one")
		w := watch(t, s, "", kv.FromNow())
		r := set(t, s, "b", "two")
		if c := told(t, w, "b=two"); c.Revision != r {
			t.Errorf("revision is %d, want %d", c.Revision, r)
		}
	}),
	watches("a watch after a revision misses nothing since", func(t *testing.T, f *fixture, s store) {
		set(t, s, "a", "one")
		set(t, s, "gone", "v")
		r := set(t, s, "b", "two")
		set(t, s, "c", "three")
		if err := s.Delete(f.Ctx, "gone"); err != nil {
			t.Fatal(err)
		}
		set(t, s, "a", "four")
		w := watch(t, s, "", kv.After(r))
		told(t, w, "c=three")
		told(t, w, "gone-")
		told(t, w, "a=four")
	}),
	watches("a watch can go on where another ended", func(t *testing.T, f *fixture, s store) {
		w := watch(t, s, "")
		set(t, s, "a", "one")
		last := told(t, w, "a=one").Revision
		w.Stop()
		set(t, s, "b", "two")
		told(t, watch(t, s, "", kv.After(last)), "b=two")
	}),
	watches("a deletion is told", func(t *testing.T, f *fixture, s store) {
		r := set(t, s, "a", "one")
		w := watch(t, s, "", kv.FromNow())
		if err := s.Delete(f.Ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if c := told(t, w, "a-"); c.Revision <= r {
			t.Errorf("revision of the deletion is %d, want more than %d", c.Revision, r)
		}
	}),
	watches("an expiry is told", func(t *testing.T, f *fixture, s store) {
		if undeclared(t, f.abilities.TTL, "time to live") {
			return
		}
		w := watch(t, s, "", kv.FromNow())
		set(t, s, "a", "one", kv.TTL(f.unit()))
		told(t, w, "a=one")
		ctx, cancel := context.WithTimeout(f.Ctx, f.unit()+15*time.Second)
		defer cancel()
		if c, err := w.Next(ctx); err != nil || c.Key != "a" || !c.Deleted {
			t.Fatalf("change is %v, %v; want a deleted", c, err)
		}
	}),
	watches("a watch tells of its prefix alone", func(t *testing.T, f *fixture, s store) {
		set(t, s, "user/1", "one")
		set(t, s, "users", "x")
		w := watch(t, s, "user/")
		told(t, w, "user/1=one")
		set(t, s, "other", "x")
		set(t, s, "user", "x")
		set(t, s, "user/2.*", "two")
		told(t, w, "user/2.*=two")
	}),
	watches("the last value is told whatever came between", func(t *testing.T, f *fixture, s store) {
		w := watch(t, s, "", kv.FromNow())
		for i := range 100 {
			set(t, s, "a", fmt.Sprint(i))
		}
		last := ""
		for last != "99" {
			c := next(t, w)
			if c.Value < last && len(c.Value) <= len(last) {
				t.Fatalf("%s came after %s", c.Value, last)
			}
			last = c.Value
		}
	}),
	watches("a watch goes on after a canceled wait", func(t *testing.T, f *fixture, s store) {
		w := watch(t, s, "")
		ctx, cancel := context.WithTimeout(f.Ctx, 20*time.Millisecond)
		defer cancel()
		_, err := w.Next(ctx)
		code(t, "next", err, bindings.DeadlineExceeded)
		set(t, s, "a", "one")
		told(t, w, "a=one")
	}),
	watches("a stopped watch ends", func(t *testing.T, f *fixture, s store) {
		w := watch(t, s, "")
		set(t, s, "a", "one")
		w.Stop()
		w.Stop()
		_, err := w.Next(f.Ctx)
		code(t, "next", err, bindings.Canceled)
	}),
	watches("changes can be ranged over", func(t *testing.T, f *fixture, s store) {
		set(t, s, "a", "one")
		ctx, cancel := context.WithCancel(f.Ctx)
		defer cancel()
		for c, err := range watch(t, s, "").All(ctx) {
			if err != nil || c.Value != "one" {
				t.Fatalf("change is %v, %v", c, err)
			}
			cancel()
		}
	}),
	watches("two watches are both told", func(t *testing.T, f *fixture, s store) {
		a, b := watch(t, s, "", kv.FromNow()), watch(t, s, "", kv.FromNow())
		set(t, s, "k", "v")
		told(t, a, "k=v")
		told(t, b, "k=v")
	}),
}
