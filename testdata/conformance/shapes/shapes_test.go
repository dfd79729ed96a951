package shapes_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/shapes"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var keys atomic.Int64

func newKey() string { return fmt.Sprint("key", keys.Add(1)) }

func TestSignatures(t *testing.T) {
	harness.Run(t, "unnamed parameters", func(t *testing.T) {
		got, err := shapes.Unnamed(t.Context(), "x", 7)
		harness.OK(t, err)
		harness.Equal(t, "result", got, "x7 true")
	})
	harness.Run(t, "blank parameters and results", func(t *testing.T) {
		got, err := shapes.Blank(t.Context(), 7, "x")
		harness.OK(t, err)
		harness.Equal(t, "result", got, 8)
	})
	harness.Run(t, "names that woven code would choose", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			n, text, err := shapes.Names(t.Context(), key, 1, true, func() (int, error) {
				if calls++; calls == 1 {
					return 0, harness.ErrBoom
				}
				return calls, nil
			}, "a", "b", "c", "d", "e")
			harness.OK(t, err)
			harness.Equal(t, "result", n, 2)
			harness.Equal(t, "second result", text, key+"abcde")
		}
		harness.Equal(t, "calls", calls, 2)
		n, text, err := shapes.Names(t.Context(), key, 2, true, func() (int, error) { return 0, harness.ErrBoom }, "", "", "", "", "")
		harness.OK(t, err)
		harness.Equal(t, "fallback's result", n, 2)
		harness.Equal(t, "fallback's second result", text, key+" instead")
	})
	harness.Run(t, "parameters that hide packages and predeclared names", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			n, err := shapes.Shadows(t.Context(), func() error {
				if calls++; calls == 1 {
					return harness.ErrBoom
				}
				return nil
			}, key, 1, 2, 3, 4)
			harness.OK(t, err)
			harness.Equal(t, "result", n, 10+len(key))
		}
		harness.Equal(t, "calls", calls, 2)
	})
	harness.Run(t, "a context at the end and an error at the beginning", func(t *testing.T) {
		calls := 0
		err, n := shapes.ContextLast(harness.Returns(&calls, harness.ErrBoom, nil), t.Context())
		harness.OK(t, err)
		harness.Equal(t, "result", n, 7)
		harness.Equal(t, "calls", calls, 2)
		err, _ = shapes.ContextLast(harness.Takes(time.Minute, nil), t.Context())
		harness.Is(t, err, runtimehooks.ErrTimeout)
	})
	harness.Run(t, "a variadic function", func(t *testing.T) {
		key := newKey()
		for range 2 {
			got, err := shapes.Variadic(t.Context(), key, "a", "b")
			harness.OK(t, err)
			harness.Equal(t, "result", got, "a"+key+"b")
		}
	})
	harness.Run(t, "results of many kinds", func(t *testing.T) {
		key := newKey()
		for range 2 {
			n, s, m, p, a, st, err := shapes.Results(t.Context(), key)
			harness.OK(t, err)
			harness.Equal(t, "results", fmt.Sprintf("%d %s %v %d %v %v", n, s, m, *p, a, st), "3 x map[x:1] 3 [1 2] {4}")
		}
	})
	harness.Run(t, "parameters that the body changes", func(t *testing.T) {
		list := make([]int, 0, 10)
		calls := 0
		n, err := shapes.Changes(t.Context(), 1, list, func(_ context.Context, n, length int) error {
			harness.Equal(t, "changed parameter", n, 2)
			harness.Equal(t, "changed list", length, 1)
			if calls++; calls < 3 {
				return harness.ErrBoom
			}
			return nil
		})
		harness.OK(t, err)
		harness.Equal(t, "result", n, 2)
		harness.Equal(t, "calls", calls, 3)
	})
	harness.Run(t, "a method of a generic type", func(t *testing.T) {
		key, calls := newKey(), 0
		g := &shapes.Generic[string, []int]{Key: key, Work: func(context.Context) ([]int, error) {
			if calls++; calls == 1 {
				return nil, harness.ErrBoom
			}
			return []int{1, 2}, nil
		}}
		for want := range 2 {
			k, v, err := g.Get(t.Context())
			harness.OK(t, err)
			harness.Equal(t, "results", fmt.Sprint(k, v), key+"[1 2]")
			harness.Equal(t, "calls", calls, 2+want)
		}
		other := &shapes.Generic[string, string]{Key: key, Work: func(context.Context) (string, error) { return "", harness.ErrBoom }}
		k, v, err := other.Get(t.Context())
		harness.OK(t, err)
		harness.Equal(t, "results of another type", k+v, key)
	})
}

func TestGuards(t *testing.T) {
	requests := []*shapes.Request{nil, {}, {Tenant: &shapes.Tenant{}}}
	harness.Run(t, "a limit holds where there is no key", func(t *testing.T) {
		harness.Later()
		harness.OK(t, shapes.GuardedLimit(t.Context(), requests[0]))
		harness.OK(t, shapes.GuardedLimit(t.Context(), requests[1]))
		harness.Is(t, shapes.GuardedLimit(t.Context(), requests[2]), runtimehooks.ErrLimited)
		harness.OK(t, shapes.GuardedLimit(t.Context(), &shapes.Request{Tenant: &shapes.Tenant{Name: "x"}}))
	})
	harness.Run(t, "a breaker holds where there is no key", func(t *testing.T) {
		harness.FreshCall(t, func(ctx context.Context, work harness.Work) error { return shapes.GuardedBreaker(ctx, nil, work) })
		for _, r := range requests[:2] {
			harness.Is(t, shapes.GuardedBreaker(t.Context(), r, harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		}
		harness.Is(t, shapes.GuardedBreaker(t.Context(), requests[2], harness.Succeeds), runtimehooks.ErrOpen)
		harness.OK(t, shapes.GuardedBreaker(t.Context(), &shapes.Request{Tenant: &shapes.Tenant{Name: "x"}}, harness.Succeeds))
	})
	harness.Run(t, "a cache keeps nothing where there is no key", func(t *testing.T) {
		calls := 0
		for _, r := range []*shapes.Request{nil, nil, {ID: "x"}, {ID: "x"}} {
			n, err := shapes.GuardedCache(t.Context(), r, harness.Returns(&calls, nil))
			harness.OK(t, err)
			harness.Equal(t, "result", n, 1)
		}
		harness.Equal(t, "calls", calls, 4)
		key := newKey()
		for range 2 {
			_, err := shapes.GuardedCache(t.Context(), &shapes.Request{Tenant: &shapes.Tenant{Name: "x"}, ID: key}, harness.Returns(&calls, nil))
			harness.OK(t, err)
		}
		harness.Equal(t, "calls with a key", calls, 5)
	})
	harness.Run(t, "functions of one name share a bulkhead", func(t *testing.T) {
		one, other := harness.NewCrowd(t, shapes.Pooled), harness.NewCrowd(t, shapes.PooledToo)
		one.Enter(1)
		other.Enter(1)
		harness.Is(t, shapes.Pooled(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		harness.Is(t, shapes.PooledToo(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		one.LetAll()
		harness.OK(t, shapes.PooledToo(t.Context(), harness.Succeeds))
		other.LetAll()
		one.AllOK()
		other.AllOK()
	})
	for _, c := range []struct {
		name  string
		err   error
		calls int
	}{
		{"if lets an error be retried", harness.ErrBoom, 3},
		{"what if does not let is not retried", errors.New("other"), 1},
		{"unless beats if", fmt.Errorf("%w %w", harness.ErrBoom, &shapes.Failure{Code: 1}), 1},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			harness.Is(t, shapes.Conditions(t.Context(), harness.Returns(&calls, c.err)), c.err)
			harness.Equal(t, "calls", calls, c.calls)
		})
	}
}
