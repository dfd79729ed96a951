package kvtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

var quotaCases = []testCase{
	{"a full tenant leaves the others alone", func(t *testing.T, f *fixture) {
		s, value := f.store(t, cramped), strings.Repeat("v", providertest.Piece)
		greedy, modest := bindings.WithTenant(f.Ctx, "greedy"), bindings.WithTenant(f.Ctx, "modest")
		n := providertest.Fill(t, func(i int) error { _, err := s.Set(greedy, fmt.Sprint(i), value); return err })
		if _, err := s.Set(modest, "k", value); err != nil {
			t.Errorf("set of another tenant: %v", err)
		}
		if _, err := f.store(t, tenants).Set(greedy, "k", value); err != nil {
			t.Errorf("set of another binding: %v", err)
		}
		for i := range n {
			if got, err := s.Get(greedy, fmt.Sprint(i)); err != nil || got != value {
				t.Errorf("get of entry %d in a full binding is %.10q, %v", i, got, err)
			}
		}
		_, err := s.Get(greedy, fmt.Sprint(n))
		code(t, "get of what did not fit", err, bindings.NotFound)
	}},
	{"what is deleted makes room", func(t *testing.T, f *fixture) {
		s, value := f.store(t, cramped), strings.Repeat("v", providertest.Piece)
		ctx := bindings.WithTenant(f.Ctx, "a")
		n := providertest.Fill(t, func(i int) error { _, err := s.Set(ctx, fmt.Sprint(i), value); return err })
		for i := range 3 {
			if err := s.Delete(ctx, fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 2 { // marks of deletions may take some of it
			if _, err := s.Set(ctx, fmt.Sprint(n+i), value); err != nil {
				t.Errorf("set after a deletion: %v", err)
			}
		}
	}},
	{"an entry of a full binding can be replaced", func(t *testing.T, f *fixture) {
		s, ctx := f.store(t, cramped), bindings.WithTenant(f.Ctx, "a")
		last, _ := brim(t, ctx, s)
		if _, err := s.Set(ctx, last, ""); err != nil {
			t.Fatalf("replace in a full binding: %v", err)
		}
	}},
	{"an entry of a full binding can be deleted", func(t *testing.T, f *fixture) {
		s, ctx := f.store(t, cramped), bindings.WithTenant(f.Ctx, "a")
		last, r := brim(t, ctx, s)
		w, err := s.Watch(ctx, last)
		if !undeclared(t, f.abilities.Watch, "watch") {
			if err != nil {
				t.Fatal(err)
			}
			defer w.Stop()
			if c, err := w.Next(f.Ctx); err != nil || c.Revision != r {
				t.Fatalf("watch tells %v, %v; want revision %d", c, err, r)
			}
		}
		if err := s.Delete(ctx, last); err != nil {
			t.Fatalf("delete in a full binding: %v", err)
		}
		if f.abilities.Watch {
			if c, err := w.Next(f.Ctx); err != nil || !c.Deleted {
				t.Errorf("watch tells %v, %v; want the deletion", c, err)
			}
		}
		if err := s.Delete(ctx, fmt.Sprintf("%d-0000", providertest.Piece)); err != nil {
			t.Errorf("delete of another: %v", err)
		}
	}},
	{"a swap that does not fit leaves the entry", func(t *testing.T, f *fixture) {
		if undeclared(t, f.abilities.CompareAndSwap, "compare and swap") {
			return
		}
		s, value := f.store(t, cramped), strings.Repeat("v", providertest.Piece)
		ctx := bindings.WithTenant(f.Ctx, "a")
		r, err := s.Set(ctx, "k", "small")
		if err != nil {
			t.Fatal(err)
		}
		providertest.Fill(t, func(i int) error { _, err := s.Set(ctx, fmt.Sprint(i), value); return err })
		_, err = s.CompareAndSwap(ctx, "k", r, strings.Repeat("v", 2*providertest.Piece))
		code(t, "swap", err, bindings.ResourceExhausted)
		if e, err := s.Entry(ctx, "k"); err != nil || e.Value != "small" || e.Revision != r {
			t.Errorf("entry is %v, %v; want what it was", e, err)
		}
	}},
}

// brim fills a store until not even the smallest entry fits, and returns the key of the last one
// and its revision.
func brim(t *testing.T, ctx context.Context, s store) (last string, revision kv.Revision) {
	t.Helper()
	for _, value := range []string{strings.Repeat("v", providertest.Piece), strings.Repeat("v", 99), ""} {
		var err error
		for i := 0; err == nil; i++ {
			var r kv.Revision
			key := fmt.Sprintf("%d-%04d", len(value), i)
			if r, err = s.Set(ctx, key, value); err == nil {
				last, revision = key, r
			}
		}
		code(t, "set over the quota", err, bindings.ResourceExhausted)
	}
	return last, revision
}
