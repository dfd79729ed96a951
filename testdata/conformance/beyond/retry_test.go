package beyond_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var errGone = errors.New("the client is gone")

// after is an error that asks for a pause.
type after time.Duration

func (after) Error() string               { return "come later" }
func (a after) RetryAfter() time.Duration { return time.Duration(a) }

func TestRetry(t *testing.T) {
	harness.Run(t, "an error's RetryAfter sets the pause", func(t *testing.T) {
		took := harness.Elapsed(func() {
			harness.OK(t, beyond.Retry(t.Context(), harness.Returns(new(int), after(5*time.Second), after(0), nil)))
		})
		harness.Equal(t, "time", took, 6*time.Second)
	})
	harness.Run(t, "a RetryAfter longer than max ends it with that error", func(t *testing.T) {
		calls := 0
		took := harness.Elapsed(func() {
			harness.Is(t, beyond.Retry(t.Context(), harness.Returns(&calls, after(6*time.Second), nil)), after(6*time.Second))
		})
		harness.Equal(t, "time", took, 0)
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "what wraps a permanent error is kept", func(t *testing.T) {
		calls := 0
		wrapped := fmt.Errorf("read the order: %w", errors.Join(harness.ErrBoom, backoff.Permanent(context.Canceled)))
		if err := beyond.Retry(t.Context(), harness.Returns(&calls, wrapped)); err != wrapped {
			t.Errorf("error must be the one that was returned, not: %v", err)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a caller's cancel keeps its cause", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(500*time.Millisecond, func() { cancel(errGone) })
		harness.Is(t, beyond.Retry(ctx, harness.Fails(harness.ErrBoom)), context.Canceled, harness.ErrBoom, errGone)
	})
	harness.Run(t, "a pause that the deadline would end is not slept", func(t *testing.T) {
		calls := 0
		took := harness.Elapsed(func() {
			harness.Is(t, beyond.Deadline(t.Context(), harness.Returns(&calls, after(time.Minute))), after(time.Minute))
		})
		harness.Equal(t, "time", took, 0)
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a caller's cancel during the pause ends it at once and keeps the error", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		took := harness.Elapsed(func() {
			harness.Is(t, beyond.Retry(ctx, harness.Fails(harness.ErrBoom)), context.Canceled, harness.ErrBoom)
		})
		harness.Equal(t, "time", took, 500*time.Millisecond)
	})
	harness.Run(t, "a permanent error ends it, and comes without its wrapper", func(t *testing.T) {
		calls := 0
		err := beyond.Retry(t.Context(), harness.Returns(&calls, backoff.Permanent(harness.ErrBoom)))
		if err != harness.ErrBoom {
			t.Errorf("error must be the one inside, not: %v", err)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a budget lets a few retries through, and a share of the calls", func(t *testing.T) {
		harness.Later()
		calls := 0
		for range 100 {
			_ = beyond.Budget(t.Context(), harness.Returns(&calls, harness.ErrBoom))
		}
		harness.Equal(t, "calls", calls, 100+10+10)
		time.Sleep(time.Minute)
		calls = 0
		harness.Is(t, beyond.Budget(t.Context(), harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
		harness.Equal(t, "calls a minute later", calls, 2)
	})
	harness.Run(t, "a budget that is used up leaves the call's own error", func(t *testing.T) {
		harness.Later()
		for range 50 {
			_ = beyond.Budget(t.Context(), harness.Fails(harness.ErrBoom))
		}
		err := beyond.Budget(t.Context(), harness.Fails(harness.ErrBoom))
		if err != harness.ErrBoom {
			t.Errorf("error must be that of the only attempt, not: %v", err)
		}
	})
	harness.Run(t, "a budget holds for hedging as well", func(t *testing.T) {
		harness.Later()
		var works atomic.Int32
		for range 100 {
			harness.OK(t, beyond.HedgeBudget(t.Context(), func(ctx context.Context) error {
				works.Add(1)
				return harness.Takes(10*time.Millisecond, nil)(ctx)
			}))
		}
		harness.Equal(t, "works", works.Load(), 100+10+10)
	})
	harness.Run(t, "an early deadline of the caller's is the caller's", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := beyond.Deadline(ctx, harness.Takes(time.Hour, nil))
		harness.Is(t, err, context.DeadlineExceeded)
		harness.Not(t, err, runtimehooks.ErrTimeout)
	})
	harness.Run(t, "success after the deadline is a timeout", func(t *testing.T) {
		harness.Is(t, beyond.Deadline(t.Context(), harness.Ignores(time.Minute, nil)), runtimehooks.ErrTimeout)
	})
}

func TestResults(t *testing.T) {
	harness.Run(t, "nil is a result", func(t *testing.T) {
		calls := 0
		got, err := beyond.Value(t.Context(), func(context.Context) (*int, error) { calls++; return nil, nil })
		harness.OK(t, err)
		harness.Equal(t, "result", got, nil)
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a result beside an error is kept", func(t *testing.T) {
		n := 7
		got, err := beyond.Value(t.Context(), func(context.Context) (*int, error) { return &n, harness.ErrBoom })
		harness.Is(t, err, harness.ErrBoom)
		harness.Equal(t, "result", got, &n)
	})
	harness.Run(t, "a result of an earlier attempt is forgotten", func(t *testing.T) {
		n, calls := 7, 0
		got, err := beyond.Value(t.Context(), func(context.Context) (*int, error) {
			if calls++; calls == 1 {
				return &n, harness.ErrBoom
			}
			return nil, nil
		})
		harness.OK(t, err)
		harness.Equal(t, "result", got, nil)
	})
	harness.Run(t, "results of type parameters", func(t *testing.T) {
		calls := 0
		got, err := beyond.Generic(t.Context(), func(context.Context) (string, error) {
			if calls++; calls == 1 {
				return "", harness.ErrBoom
			}
			return "x", nil
		})
		harness.OK(t, err)
		harness.Equal(t, "result", got, "x")
		type pair struct{ a, b int }
		both, err := beyond.Generic(t.Context(), func(context.Context) (pair, error) { return pair{1, 2}, nil })
		harness.OK(t, err)
		harness.Equal(t, "result", both, pair{1, 2})
	})
	harness.Run(t, "named results that a deferred function sets", func(t *testing.T) {
		n, err := beyond.Named(t.Context(), harness.Returns(new(int), harness.ErrBoom, nil))
		harness.OK(t, err)
		harness.Equal(t, "result", n, 11)
	})
	harness.Run(t, "an error that is typed is found through RetryError", func(t *testing.T) {
		err := beyond.Retry(t.Context(), harness.Fails(after(time.Millisecond)))
		if _, ok := errors.AsType[after](err); !ok {
			t.Errorf("error must hold the attempt's, not: %v", err)
		}
	})
}
