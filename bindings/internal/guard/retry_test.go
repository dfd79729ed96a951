package guard_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// What is the same done twice is done again, whether the server did it or not, and the pauses are
// the policy's.
func TestRepeatable(t *testing.T) {
	for _, f := range []fate{down, lost} {
		for name, do := range map[string]func(ctx context.Context, o kv.Of[string, int]) error{
			"get":    func(ctx context.Context, o kv.Of[string, int]) error { _, err := o.Get(ctx, "k"); return err },
			"set":    func(ctx context.Context, o kv.Of[string, int]) error { _, err := o.Set(ctx, "k", 7); return err },
			"delete": func(ctx context.Context, o kv.Of[string, int]) error { return o.Delete(ctx, "k") },
			"list":   func(ctx context.Context, o kv.Of[string, int]) error { _, err := o.List(ctx, "", "", 5); return err },
			"watch": func(ctx context.Context, o kv.Of[string, int]) error {
				w, err := o.Watch(ctx, "")
				if err == nil {
					w.Stop()
				}
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, o := carts(t, retries("attempts", "3", "initial", "20ms"))
					o.Set(t.Context(), "k", 1)
					s.next(f, f)
					start := time.Now()
					if err := do(t.Context(), o); err != nil || s.count() != 3 || time.Since(start) != 60*time.Millisecond {
						t.Errorf("error %v after %d calls and %v, want 3 and 60ms", err, s.count(), time.Since(start))
					}
					s.next(f, f, f, f)
					err := do(t.Context(), o)
					again, _ := errors.AsType[*runtimehooks.RetryError](err)
					if !errors.Is(err, bindings.Unavailable) || s.count() != 3 || again == nil || again.Attempts != 3 {
						t.Errorf("error %v after %d calls, want Unavailable after 3", err, s.count())
					}
				})
			})
		}
	}
}

// Several at once are read and written one by one where the provider has no other way, and each is
// retried.
func TestMany(t *testing.T) {
	s, o := carts(t, retries("initial", "0s"))
	s.next(down, fate{}, down)
	err := o.SetMany(t.Context(), []kv.Entry[string, int]{{Key: "a", Value: 1}, {Key: "b", Value: 2}})
	if err != nil || s.count() != 4 {
		t.Errorf("set many is %v after %d calls, want 4", err, s.count())
	}
	s.next(fate{}, down)
	if all, err := o.GetMany(t.Context(), "a", "b", "c"); err != nil || len(all) != 2 || s.count() != 4 {
		t.Errorf("get many is %v, %v after %d calls, want 4", all, err, s.count())
	}
}

// Answers are not asked for again.
func TestAnswersAreFinal(t *testing.T) {
	s, o := carts(t, retries())
	for _, code := range []bindings.ErrorCode{bindings.NotFound, bindings.FailedPrecondition, bindings.AlreadyExists, bindings.PermissionDenied, bindings.Unknown} {
		s.next(fate{before: bindings.Errorf(code, "no")})
		if _, err := o.Get(t.Context(), "k"); !errors.Is(err, code) || s.count() != 1 {
			t.Errorf("%v is %v after %d calls", code, err, s.count())
		}
	}
}

// An increment is never done twice, whatever has become of the first.
func TestIncrementIsDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, f := range []fate{down, lost, {slow: time.Minute}, {takes: time.Minute}} {
			s, o := carts(t, retries("attempts", "5", "each", "1s"))
			s.next(f)
			_, err := o.Increment(t.Context(), "n", 1)
			if code := bindings.Code(err); code != bindings.Unavailable && code != bindings.DeadlineExceeded || s.count() != 1 {
				t.Errorf("increment is %v after %d calls", err, s.count())
			}
			if n, _ := o.Get(t.Context(), "n"); n > 1 {
				t.Errorf("the number is %d", n)
			}
		}
	})
}

// A write with a condition that was done, and whose answer was lost, must not be said to have found
// somebody else's.
func TestConditionalInDoubt(t *testing.T) {
	for name, do := range map[string]func(ctx context.Context, o kv.Of[string, int], r kv.Revision) error{
		"compare and swap": func(ctx context.Context, o kv.Of[string, int], r kv.Revision) error {
			_, err := o.CompareAndSwap(ctx, "k", r, 2)
			return err
		},
		"compare and delete": func(ctx context.Context, o kv.Of[string, int], r kv.Revision) error {
			return o.CompareAndDelete(ctx, "k", r)
		},
		"set if absent": func(ctx context.Context, o kv.Of[string, int], r kv.Revision) error {
			_, err := o.Set(ctx, "new", 2, kv.IfAbsent())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, o := carts(t, retries("initial", "0s"))
			r, err := o.Set(t.Context(), "k", 1)
			if err != nil {
				t.Fatal(err)
			}
			s.next(lost)
			err = do(t.Context(), o, r)
			if bindings.Code(err) != bindings.Unavailable || s.count() != 2 || errors.Is(err, bindings.FailedPrecondition) ||
				errors.Is(err, bindings.AlreadyExists) || errors.Is(err, bindings.NotFound) {
				t.Errorf("lost: error %v after %d calls, want Unavailable after 2", err, s.count())
			}
			o.Delete(t.Context(), "new")
			if r, err = o.Set(t.Context(), "k", 1); err != nil {
				t.Fatal(err)
			}
			s.next(down, down)
			if err := do(t.Context(), o, r); err != nil || s.count() != 3 {
				t.Errorf("down: error %v after %d calls, want nil after 3", err, s.count())
			}
			s.next()
			err = do(t.Context(), o, r) // what is known to be another's state is told
			if code := bindings.Code(err); code == bindings.OK || code == bindings.Unavailable || s.count() != 1 {
				t.Errorf("stale: error %v after %d calls", err, s.count())
			}
		})
	}
}

// Under random faults nothing is done twice that must not be: with one writer, no condition fails
// that the writer knows to hold, and a counter is between what was confirmed and what was tried.
func TestSeededFaults(t *testing.T) {
	for seed := range 20 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "carts", Policy: []bindings.PolicyAspect{retries("attempts", "4")},
					URL: fmt.Sprintf("mem:?seed=%d&errors=0.2&lost=0.2&latency=20ms", seed)}}}
				p, err := bindings.Open(t.Context(), env, mem.Provider)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close(context.Background())
				o := store(t, p, "carts")
				confirmed, tried := map[string]int{}, map[string]int{}
				count := func(key string, err error) {
					switch tried[key]++; bindings.Code(err) {
					case bindings.OK:
						confirmed[key]++
					case bindings.Unavailable:
					default:
						t.Errorf("%s is %v, want success or doubt", key, err)
					}
				}
				for range 100 {
					_, err := o.Increment(t.Context(), "added", 1)
					count("added", err)
					_, err = o.Update(t.Context(), "swapped", func(n int, _ bool) (int, error) { return n + 1, nil })
					count("swapped", err)
				}
				for key := range tried {
					n, err := o.Get(t.Context(), key)
					for ; bindings.Retryable(err); n, err = o.Get(t.Context(), key) {
					}
					if n < confirmed[key] || n > tried[key] || confirmed[key] < 50 {
						t.Errorf("%s is %d (%v) after %d of %d", key, n, err, confirmed[key], tried[key])
					}
				}
			})
		})
	}
}
