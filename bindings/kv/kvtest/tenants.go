package kvtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// operation is one way to reach an entry.
type operation struct {
	name string
	do   func(ctx context.Context, s store, r kv.Revision) error
}

// operations are all ways to reach the entry "k".
var operations = []operation{
	{"get", func(ctx context.Context, s store, _ kv.Revision) error { _, err := s.Get(ctx, "k"); return err }},
	{"entry", func(ctx context.Context, s store, _ kv.Revision) error { _, err := s.Entry(ctx, "k"); return err }},
	{"get many", func(ctx context.Context, s store, _ kv.Revision) error {
		got, err := s.GetMany(ctx, "k")
		return found(err, len(got))
	}},
	{"list", func(ctx context.Context, s store, _ kv.Revision) error {
		n := 0
		for _, err := range s.Keys(ctx, "") {
			if err != nil {
				return err
			}
			n++
		}
		return found(nil, n)
	}},
	{"compare and swap", func(ctx context.Context, s store, r kv.Revision) error {
		_, err := s.CompareAndSwap(ctx, "k", r, "stolen")
		return err
	}},
	{"compare and delete", func(ctx context.Context, s store, r kv.Revision) error { return s.CompareAndDelete(ctx, "k", r) }},
	{"watch", func(ctx context.Context, s store, _ kv.Revision) error {
		w, err := s.Watch(ctx, "")
		if err != nil {
			return err
		}
		defer w.Stop()
		if _, err := s.Set(ctx, "end", "v"); err != nil {
			return err
		}
		defer s.Delete(ctx, "end")
		c, err := w.Next(ctx)
		if err == nil && c.Key == "end" {
			return bindings.NotFound
		}
		return err
	}},
	{"increment", func(ctx context.Context, s store, _ kv.Revision) error {
		n, err := s.Increment(ctx, "k", 1)
		if err != nil {
			return err
		}
		return errors.Join(found(nil, int(n-1)), s.Delete(ctx, "k"))
	}},
	{"set if absent", func(ctx context.Context, s store, _ kv.Revision) error {
		if _, err := s.Set(ctx, "k", "theirs", kv.IfAbsent()); err != nil {
			return err
		}
		return errors.Join(bindings.NotFound, s.Delete(ctx, "k"))
	}},
	{"set", func(ctx context.Context, s store, _ kv.Revision) error {
		_, err := s.Set(ctx, "k", "theirs")
		return errors.Join(err, bindings.NotFound)
	}},
	{"set many", func(ctx context.Context, s store, _ kv.Revision) error {
		return errors.Join(s.SetMany(ctx, []kv.Entry[string, string]{{Key: "k", Value: "theirs"}}), bindings.NotFound)
	}},
	{"delete", func(ctx context.Context, s store, _ kv.Revision) error {
		return errors.Join(s.Delete(ctx, "k"), bindings.NotFound)
	}},
}

// found returns NotFound if there was nothing.
func found(err error, n int) error {
	if err == nil && n == 0 {
		return bindings.NotFound
	}
	return err
}

// apart checks that no operation on b reaches the entry k that a has.
func apart(t *testing.T, a, b store, ctxA, ctxB context.Context) {
	t.Helper()
	r, err := a.Set(ctxA, "k", "mine")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		err := op.do(ctxB, b, r)
		if !errors.Is(err, bindings.NotFound) && bindings.Code(err) != bindings.Unimplemented {
			t.Errorf("%s across the border: %v, want that there is nothing", op.name, err)
		}
		if got, err := a.Entry(ctxA, "k"); err != nil || got.Value != "mine" || got.Revision != r {
			t.Fatalf("after %s across the border the entry is %v, %v", op.name, got, err)
		}
	}
}

var tenantCases = []testCase{
	{"bindings do not see each other", func(t *testing.T, f *fixture) {
		apart(t, f.store(t, entries), f.store(t, others), f.Ctx, f.Ctx)
	}},
	{"services do not see each other", func(t *testing.T, f *fixture) {
		apart(t, f.store(t, entries), f.store(t, foreign), f.Ctx, f.Ctx)
	}},
	{"tenants do not see each other", func(t *testing.T, f *fixture) {
		s := f.store(t, tenants)
		apart(t, s, s, bindings.WithTenant(f.Ctx, "a"), bindings.WithTenant(f.Ctx, "b"))
	}},
	{"nobody sees a tenant's entries without being it", func(t *testing.T, f *fixture) {
		s := f.store(t, tenants)
		r, err := s.Set(bindings.WithTenant(f.Ctx, "a"), "k", "mine")
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range operations {
			for _, ctx := range []context.Context{f.Ctx, bindings.WithTenant(bindings.WithTenant(f.Ctx, "a"), "")} {
				if err := op.do(ctx, s, r); bindings.Code(err) != bindings.FailedPrecondition && !errors.Is(err, bindings.FailedPrecondition) {
					t.Errorf("%s without a tenant: %v, want that a tenant is missing", op.name, err)
				}
			}
		}
		if got, err := s.Get(bindings.WithTenant(f.Ctx, "a"), "k"); err != nil || got != "mine" {
			t.Errorf("entry is %q, %v afterwards", got, err)
		}
	}},
	{"tenants with similar names are apart", func(t *testing.T, f *fixture) {
		s := f.store(t, tenants)
		names := []string{"a", "A", "a_b", "a.b", "a/b", "a__b", "a-b", "a b", "*", ">", "..", "_61", "%61", "ä", "tenants", "a:b",
			strings.Repeat("long", 100), strings.Repeat("long", 100) + "er"}
		for _, name := range names {
			if _, err := s.Set(bindings.WithTenant(f.Ctx, name), "k", name); err != nil {
				t.Fatalf("tenant %q: %v", name, err)
			}
		}
		for _, name := range names {
			if got, err := s.Get(bindings.WithTenant(f.Ctx, name), "k"); err != nil || got != name {
				t.Errorf("tenant %q reads %q, %v", name, got, err)
			}
		}
	}},
	{"a binding is scoped to tenants where the program says so", func(t *testing.T, f *fixture) {
		s := f.store(t, others, kv.PerTenant())
		_, err := s.Get(f.Ctx, "k")
		code(t, "get without a tenant", err, bindings.FailedPrecondition)
		apart(t, s, f.store(t, others), bindings.WithTenant(f.Ctx, "a"), f.Ctx)
	}},
	{"a tenant does not matter to a binding that is not scoped", func(t *testing.T, f *fixture) {
		s := f.store(t, entries)
		set(t, s, "k", "shared")
		if got, err := s.Get(bindings.WithTenant(f.Ctx, "a"), "k"); err != nil || got != "shared" {
			t.Errorf("tenant reads %q, %v", got, err)
		}
	}},
	{"many tenants at once stay apart", func(t *testing.T, f *fixture) {
		s := f.store(t, tenants)
		together(8, func(i int) {
			ctx := bindings.WithTenant(f.Ctx, fmt.Sprint(i%4))
			for range 5 {
				if _, err := s.Set(ctx, "k", fmt.Sprint(i%4)); err != nil {
					t.Error(err)
				}
				if got, err := s.Get(ctx, "k"); err != nil || got != fmt.Sprint(i%4) {
					t.Errorf("tenant %d reads %q, %v", i%4, got, err)
				}
			}
		})
	}},
}
