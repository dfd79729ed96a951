package kv_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// poor is a store without any ability, which fails if it is asked for one.
type poor struct{ t *testing.T }

func (p poor) Abilities() kv.Abilities { return kv.Abilities{} }

func (p poor) Get(context.Context, string) (kv.Record, error) { return kv.Record{}, bindings.NotFound }

func (p poor) Set(_ context.Context, _ string, _ []byte, w kv.Write) (kv.Revision, error) {
	if w.TTL != kv.Endless {
		p.t.Error("a store must not see a time to live that it does not declare")
	}
	return 1, nil
}

func (p poor) Delete(_ context.Context, _ string, r kv.Revision) error {
	if r != 0 {
		p.t.Error("a store must not see a revision that it cannot compare")
	}
	return nil
}

func (p poor) List(context.Context, string, string, int) (kv.Page, error) { return kv.Page{}, nil }

// boastful has every method, and declares none of them.
type boastful struct{ poor }

func (b boastful) CompareAndSwap(context.Context, string, []byte, kv.Revision, kv.Write) (kv.Record, error) {
	b.t.Error("compare and swap is not declared")
	return kv.Record{}, nil
}

func (b boastful) Watch(context.Context, string, kv.From) (kv.Feed, error) {
	b.t.Error("watch is not declared")
	return nil, nil
}

// What is not declared is refused, whether the store has the method or not, and it never sees the
// operation.
func TestUndeclaredIsRefused(t *testing.T) {
	for _, store := range []kv.Store{poor{t}, boastful{poor{t}}} {
		s, err := kv.New[string, int]("carts", store)
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		_, set := s.Set(ctx, "k", 1, kv.TTL(1))
		_, swap := s.CompareAndSwap(ctx, "k", 1, 2)
		_, increment := s.Increment(ctx, "k", 1)
		_, watch := s.Watch(ctx, "")
		for what, err := range map[string]error{"set": set, "compare and swap": swap, "increment": increment, "watch": watch,
			"compare and delete": s.CompareAndDelete(ctx, "k", 1)} {
			if !errors.Is(err, bindings.Unimplemented) || !strings.HasPrefix(err.Error(), what+" carts: unimplemented: the provider does not declare ") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

// A field that nobody has bound gives an error that says so, and no panic.
func TestUnboundStore(t *testing.T) {
	var s kv.Of[string, int]
	_, err := s.Get(t.Context(), "k")
	if !errors.Is(err, bindings.FailedPrecondition) || !strings.Contains(err.Error(), "must come from the Open") {
		t.Errorf("get: %v", err)
	}
}

// stale is a store whose entry changes each time it is looked at.
type stale struct {
	poor
	reads int
}

func (s *stale) Abilities() kv.Abilities { return kv.Abilities{CompareAndSwap: true} }

func (s *stale) Get(_ context.Context, key string) (kv.Record, error) {
	s.reads++
	return kv.Record{Key: key, Value: []byte("1"), Revision: kv.Revision(s.reads)}, nil
}

func (s *stale) CompareAndSwap(_ context.Context, key string, _ []byte, old kv.Revision, _ kv.Write) (kv.Record, error) {
	if s.reads < 5 {
		return kv.Record{Key: key, Value: []byte("1")}, bindings.FailedPrecondition
	}
	return kv.Record{Key: key, Revision: old + 1}, nil
}

// An update tries again for as long as others are faster, and ends with its context.
func TestUpdateTriesAgain(t *testing.T) {
	store := &stale{poor: poor{t}}
	s, err := kv.New[string, int]("carts", store)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Update(t.Context(), "k", func(n int, found bool) (int, error) { return n + 1, nil })
	if err != nil || e.Value != 2 || store.reads != 5 {
		t.Errorf("update is %v, %v after %d reads", e, err, store.reads)
	}
	store.reads = -1 << 40
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Update(ctx, "k", func(n int, found bool) (int, error) {
		cancel()
		return n, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("update is %v, want that it was canceled", err)
	}
}

// An error of a precondition that is not about the revision does not make an update try for ever.
func TestUpdateGivesUp(t *testing.T) {
	s, err := kv.New[string, int]("carts", poor{t})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("k", kv.MaxKey+1)
	if _, err := s.Update(t.Context(), long, func(int, bool) (int, error) { return 1, nil }); !errors.Is(err, bindings.FailedPrecondition) {
		t.Errorf("update is %v", err)
	}
}
