package beyond_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type policy = func(context.Context, harness.Work) error

// Which errors are failures to a breaker.
func TestBreakerFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  policy
		fail  error // opens it
		err   error
		opens bool
	}{
		{"an error that says nothing", beyond.BreakerFault, harness.ErrBoom, beyond.ErrOther, true},
		{"the callee's fault", beyond.BreakerFault, harness.ErrBoom, beyond.ErrDown, true},
		{"the caller's fault", beyond.BreakerFault, harness.ErrBoom, beyond.ErrAsked, false},
		{"the caller's fault, wrapped", beyond.BreakerFault, harness.ErrBoom, fmt.Errorf("ask: %w", beyond.ErrAsked), false},
		{"the caller's fault, as a judge says", beyond.BreakerFault, harness.ErrBoom, beyond.ErrTold, false},
		{"arguments that were refused", beyond.BreakerFault, harness.ErrBoom, &runtimehooks.InvalidError{Err: harness.ErrBoom}, false},
		{"a caller that was refused", beyond.BreakerFault, harness.ErrBoom, &runtimehooks.DeniedError{Err: harness.ErrBoom}, false},
		{"on, another error", beyond.BreakerOn, beyond.ErrCounts, beyond.ErrOther, false},
		{"on, its error", beyond.BreakerOn, beyond.ErrCounts, beyond.ErrCounts, true},
		{"skip beats on", beyond.BreakerOn, beyond.ErrCounts, beyond.ErrSkipped, false},
		{"on, the caller's fault as well", beyond.BreakerOn, beyond.ErrCounts, errors.Join(beyond.ErrAsked, beyond.ErrCounts), true},
		{"if, true of the caller's fault", beyond.BreakerIf, beyond.ErrAsked, beyond.ErrAsked, true},
		{"if, false", beyond.BreakerIf, beyond.ErrAsked, beyond.ErrOther, false},
		{"unless, true", beyond.BreakerUnless, harness.ErrBoom, beyond.ErrUnlessIt, false},
		{"unless, false", beyond.BreakerUnless, harness.ErrBoom, beyond.ErrOther, true},
		{"unless, false of the caller's fault", beyond.BreakerUnless, harness.ErrBoom, beyond.ErrAsked, false},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.Fresh(t,
				func() error { return c.call(t.Context(), harness.Fails(c.fail)) },
				func() error { return c.call(t.Context(), harness.Succeeds) })
			if err := c.call(t.Context(), harness.Fails(c.err)); !errors.Is(err, c.err) {
				t.Errorf("error must be that of the work, not: %v", err)
			}
			err := c.call(t.Context(), harness.Succeeds)
			harness.Equal(t, "the breaker opens", errors.Is(err, runtimehooks.ErrOpen), c.opens)
		})
	}
}

// A function that is asked about an error and panics counts as a failure, and holds no permit for ever.
func TestBreakerPredicatePanics(t *testing.T) {
	for _, c := range []struct {
		name string
		call policy
	}{{"prologue", beyond.BreakerUnless}, {"attempts", beyond.BreakerPanics}} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.FreshCall(t, c.call)
			func() {
				defer func() { harness.Equal(t, "panic", recover(), "unless panics") }()
				c.call(t.Context(), harness.Fails(beyond.ErrPanics))
			}()
			harness.Is(t, c.call(t.Context(), harness.Succeeds), runtimehooks.ErrOpen)
			time.Sleep(time.Second)
			harness.OK(t, c.call(t.Context(), harness.Succeeds))
			harness.OK(t, c.call(t.Context(), harness.Succeeds))
		})
	}
}

// A retry does not repeat what would be answered alike.
func TestRetryFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  policy
		err   error
		calls int
	}{
		{"an error that says nothing", beyond.RetryFault, beyond.ErrOther, 3},
		{"the callee's fault", beyond.RetryFault, beyond.ErrDown, 3},
		{"the caller's fault", beyond.RetryFault, beyond.ErrAsked, 1},
		{"the caller's fault, as a judge says", beyond.RetryFault, beyond.ErrTold, 1},
		{"if, true of the caller's fault", beyond.RetryIf, beyond.ErrAsked, 3},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			harness.Is(t, c.call(t.Context(), harness.Returns(&calls, c.err)), c.err)
			harness.Equal(t, "calls", calls, c.calls)
		})
	}
}

// A hedge takes an error for the answer that another body would give, too, and waits for the others after one that it may
// not.
func TestHedgeFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		call policy
		err  error
		ends bool
	}{
		{"an error that says nothing", beyond.HedgeFault, beyond.ErrOther, false},
		{"the caller's fault", beyond.HedgeFault, beyond.ErrAsked, true},
		{"the caller's fault, as a judge says", beyond.HedgeFault, beyond.ErrTold, true},
		{"if, true of the caller's fault", beyond.HedgeIf, beyond.ErrAsked, false},
		{"if, false", beyond.HedgeIf, beyond.ErrOther, true},
		{"unless, true", beyond.HedgeUnless, beyond.ErrUnlessIt, true},
		{"unless, false", beyond.HedgeUnless, beyond.ErrOther, false},
		{"skip", beyond.HedgeUnless, beyond.ErrSkipped, true},
		{"on, its error", beyond.HedgeOn, beyond.ErrCounts, false},
		{"on, another error", beyond.HedgeOn, beyond.ErrOther, true},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var n atomic.Int32
			var loser context.Context
			err := c.call(t.Context(), func(ctx context.Context) error {
				if n.Add(1) == 1 {
					time.Sleep(1500 * time.Millisecond)
					return c.err
				}
				loser = ctx
				time.Sleep(time.Second)
				return nil
			})
			if c.ends {
				harness.Is(t, err, c.err)
				harness.Equal(t, "the other body is told", loser.Err(), context.Canceled)
			} else {
				harness.OK(t, err)
			}
			time.Sleep(time.Minute) // until the other has ended
		})
	}
}
