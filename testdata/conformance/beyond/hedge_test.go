package beyond_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/async"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var errA, errB = errors.New("a"), errors.New("b")

func TestHedgeErrors(t *testing.T) {
	failsFirst := func() harness.Work {
		var n atomic.Int32
		return func(context.Context) error {
			if n.Add(1) == 1 {
				time.Sleep(1100 * time.Millisecond)
				return errA
			}
			time.Sleep(time.Hour)
			return nil
		}
	}
	value := func(ctx context.Context, work harness.Work) error {
		_, err := async.Value(ctx, func(ctx context.Context) (int, error) { return 0, work(ctx) })
		time.Sleep(2 * time.Hour) // until those that lost have ended
		return err
	}
	harness.Run(t, "a body's failure is kept when the context ends, and the cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(errB) })
		harness.Is(t, value(ctx, failsFirst()), errA, errB, context.Canceled)
	})
	harness.Run(t, "a body's failure is kept when the caller's deadline passes", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		err := value(ctx, failsFirst())
		harness.Is(t, err, errA, context.DeadlineExceeded)
		harness.Not(t, err, runtimehooks.ErrTimeout)
	})
	harness.Run(t, "the failures of all bodies are kept", func(t *testing.T) {
		var n atomic.Int32
		err := value(t.Context(), func(context.Context) error {
			i := n.Add(1)
			time.Sleep(5 * time.Second)
			return []error{errA, errB, errA}[i-1]
		})
		harness.Is(t, err, errA, errB)
	})
	harness.Run(t, "what the winner has handed on is the caller's", func(t *testing.T) {
		var n atomic.Int32
		var contexts [2]context.Context
		ctx, cancel := context.WithCancel(t.Context())
		harness.OK(t, value(ctx, func(ctx context.Context) error {
			i := n.Add(1) - 1
			contexts[i] = ctx
			if i == 0 {
				<-ctx.Done()
			}
			return nil
		}))
		harness.Is(t, contexts[0].Err(), context.Canceled)
		harness.OK(t, contexts[1].Err())
		cancel()
		synctest.Wait()
		harness.Is(t, contexts[1].Err(), context.Canceled)
	})
}

func TestHedgeGivesBack(t *testing.T) {
	for _, same := range []bool{false, true} {
		name := "what a loser returns is given back"
		if same {
			name = "what the caller has got is not given back"
		}
		harness.Run(t, name, func(t *testing.T) {
			var leases [2]async.Lease
			var n atomic.Int32
			got, err := async.Take(t.Context(), func(context.Context) (*async.Lease, error) {
				i := n.Add(1) - 1
				if i == 0 {
					time.Sleep(time.Minute)
				}
				if same {
					i = 0
				}
				return &leases[i], nil
			})
			harness.OK(t, err)
			time.Sleep(time.Hour)
			synctest.Wait()
			harness.Equal(t, "winner's given back", got.Given, false)
			harness.Equal(t, "loser's given back", leases[0].Given, !same)
		})
	}
}
