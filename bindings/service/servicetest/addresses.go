package servicetest

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

var addressCases = []testCase{
	{"calls are spread over the instances", func(t *testing.T, f *fixture) {
		all := []*fake{{}, {}, {}}
		for _, impl := range all {
			f.serve(t, impl)
		}
		pay := f.client(t)
		for range 30 {
			if err := pay.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, impl := range all {
			if n := impl.calls.Load(); n != 10 {
				t.Errorf("instance %d has %d calls of 30", i, n)
			}
		}
	}},
	{"when one of two instances dies no idempotent call fails, and soon no other", func(t *testing.T, f *fixture) {
		find := func(context.Context, payments.OrderID) (*payments.Receipt, error) { return nil, nil }
		a, b := &fake{find: find}, &fake{find: find}
		first := f.mortal(t, a)
		f.mortal(t, b)
		pay := f.client(t)
		for range 4 {
			if err := pay.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if a.calls.Load() != 2 {
			t.Errorf("the first instance has %d calls of 4", a.calls.Load())
		}
		before := b.calls.Load()
		kill(first) // with idle connections
		for range 20 {
			if _, err := pay.Find(t.Context(), "o-1"); err != nil {
				t.Fatalf("an idempotent call after the death of the other instance: %v", err)
			}
		}
		for range 20 {
			if err := pay.Ping(t.Context()); err != nil {
				t.Fatalf("a later call: %v", err)
			}
		}
		if n := b.calls.Load() - before; n != 40 {
			t.Errorf("the instance that lives has %d calls of 40", n)
		}
	}},
	{"a call that was sent is not sent again unless it is idempotent", func(t *testing.T, f *fixture) {
		var broken, sound atomic.Int64
		abort := &fake{
			find: func(context.Context, payments.OrderID) (*payments.Receipt, error) {
				broken.Add(1)
				panic(http.ErrAbortHandler)
			},
			charge: func(context.Context, payments.OrderID, int64) (payments.Receipt, error) {
				broken.Add(1)
				panic(http.ErrAbortHandler)
			},
		}
		good := &fake{
			find: func(context.Context, payments.OrderID) (*payments.Receipt, error) { sound.Add(1); return nil, nil },
			charge: func(context.Context, payments.OrderID, int64) (payments.Receipt, error) {
				sound.Add(1)
				return payments.Receipt{}, nil
			},
		}
		f.mortal(t, abort)
		f.mortal(t, good)
		pay := f.client(t)
		for range 4 {
			if _, err := pay.Find(t.Context(), "o-1"); err != nil {
				t.Errorf("find: %v", err)
			}
		}
		if broken.Load() == 0 {
			t.Error("the broken instance has no call")
		}
		broken.Store(0)
		sound.Store(0)
		failed := int64(0)
		for range 4 {
			if _, err := pay.Charge(t.Context(), "o-1", 1); err != nil {
				code(t, "charge", err, bindings.Unavailable)
				failed++
			}
		}
		if failed == 0 || failed != broken.Load() || failed+sound.Load() != 4 {
			t.Errorf("of 4 calls %d failed; the broken instance has %d, the other %d", failed, broken.Load(), sound.Load())
		}
	}},
	{"when all instances are dead the call is Unavailable", func(t *testing.T, f *fixture) {
		a, b := f.mortal(t, &fake{}), f.mortal(t, &fake{})
		pay := f.client(t)
		kill(a)
		kill(b)
		for range 3 {
			code(t, "ping", pay.Ping(t.Context()), bindings.Unavailable)
		}
	}},
}
