package timeout_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/timeout"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

func TestTimeout(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name    string
		call    service
		takes   time.Duration
		timeout time.Duration // 0 where the work fails before it
	}{
		{"one second, missed", timeout.Client{}.Second, 20 * time.Second, time.Second},
		{"one second, kept", timeout.Client{}.Second, 10 * ms, 0},
		{"two seconds, missed", timeout.Client{}.Longer, 2500 * ms, 2 * time.Second},
		{"two seconds, kept", timeout.Client{}.Longer, 1500 * ms, 0},
		{"half a second, missed", timeout.Client{}.Shorter, 1000 * ms, 500 * ms},
		{"half a second, kept", timeout.Client{}.Shorter, 10 * ms, 0},
		{"another unit, missed", timeout.Client{}.Unit, 2500 * ms, 2 * time.Second},
		{"another unit, kept", timeout.Client{}.Unit, 1500 * ms, 0},
		{"a type's, missed", timeout.Second{}.Inherits, 20 * time.Second, time.Second},
		{"a type's, kept", timeout.Second{}.Inherits, 10 * ms, 0},
		{"a method's beats its type's, missed", timeout.Second{}.Overrides, 2500 * ms, 2 * time.Second},
		{"a method's beats its type's, kept", timeout.Second{}.Overrides, 1500 * ms, 0},
		{"a type's shorter one, missed", timeout.Shorter{}.Inherits, 1000 * ms, 500 * ms},
		{"a type's shorter one, kept", timeout.Shorter{}.Inherits, 10 * ms, 0},
		{"a method's longer one beats its type's, missed", timeout.Shorter{}.Overrides, 2500 * ms, 2 * time.Second},
		{"a method's longer one beats its type's, kept", timeout.Shorter{}.Overrides, 1500 * ms, 0},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var err error
			took := harness.Elapsed(func() { err = c.call(t.Context(), harness.Takes(c.takes, harness.ErrBoom)) })
			if c.timeout > 0 {
				harness.Is(t, err, runtimehooks.ErrTimeout, context.DeadlineExceeded)
				harness.Equal(t, "time", took, c.timeout)
				return
			}
			harness.Is(t, err, harness.ErrBoom)
			harness.Not(t, err, runtimehooks.ErrTimeout)
			harness.Equal(t, "time", took, c.takes)
		})
	}
}

func TestTimeoutUninterruptable(t *testing.T) {
	const limit, work = 500 * time.Millisecond, time.Second

	harness.Run(t, "the caller waits for the work and then gets the timeout", func(t *testing.T) {
		took := harness.Elapsed(func() {
			harness.Is(t, timeout.Sync(t.Context(), harness.Ignores(work, nil)), runtimehooks.ErrTimeout)
		})
		harness.Equal(t, "time", took, work)
		harness.OK(t, t.Context().Err())
	})
	harness.Run(t, "hedged: the caller gets the timeout while the work goes on", func(t *testing.T) {
		var done atomic.Bool
		took := harness.Elapsed(func() {
			harness.Is(t, timeout.Hedged(t.Context(), noting(&done, harness.Ignores(work, nil))), runtimehooks.ErrTimeout)
		})
		harness.Equal(t, "time", took, limit)
		harness.Equal(t, "work done", done.Load(), false)
		time.Sleep(work)
		harness.Equal(t, "work done", done.Load(), true)
	})
	harness.Run(t, "hedged: the caller's context lives on", func(t *testing.T) {
		harness.Is(t, timeout.Hedged(t.Context(), harness.Ignores(8*limit, nil)), runtimehooks.ErrTimeout)
		harness.OK(t, t.Context().Err())
		time.Sleep(8 * limit)
	})
	harness.Run(t, "hedged: the slot is held until the work ends, and what is queued meanwhile never begins", func(t *testing.T) {
		var begun atomic.Int32
		gate := make(chan struct{})
		work := func(context.Context) error { begun.Add(1); <-gate; return nil }
		for range 2 { // the first runs on; the second waits until its own timeout
			took := harness.Elapsed(func() {
				harness.Is(t, timeout.HedgedQueue(t.Context(), work), runtimehooks.ErrTimeout)
			})
			synctest.Wait()
			harness.Equal(t, "time", took, limit)
			harness.Equal(t, "works begun", begun.Load(), 1)
		}
		third := make(chan error, 1)
		go func() { third <- timeout.HedgedQueue(t.Context(), work) }()
		time.Sleep(limit / 5)
		harness.Is(t, timeout.HedgedQueue(t.Context(), work), runtimehooks.ErrFull)
		harness.Is(t, <-third, runtimehooks.ErrTimeout)
		close(gate)
		synctest.Wait()
		harness.Equal(t, "works begun", begun.Load(), 1)
	})
	harness.Run(t, "time in the queue counts", func(t *testing.T) {
		gate := make(chan struct{})
		first := make(chan error, 1)
		go func() { first <- timeout.Queue(t.Context(), func(context.Context) error { <-gate; return nil }) }()
		synctest.Wait()
		time.AfterFunc(limit*3/5, func() { close(gate) })
		took := harness.Elapsed(func() {
			harness.Is(t, timeout.Queue(t.Context(), harness.Takes(work, nil)), runtimehooks.ErrTimeout)
		})
		harness.Equal(t, "time", took, limit)
		harness.OK(t, <-first)
	})
	harness.Run(t, "hedged: the next work begins while the old ones run", func(t *testing.T) {
		var begun atomic.Int32
		took := harness.Elapsed(func() {
			harness.Is(t, timeout.Again(t.Context(), func(ctx context.Context) error {
				begun.Add(1)
				time.Sleep(time.Minute)
				return nil
			}), runtimehooks.ErrTimeout)
		})
		harness.Equal(t, "time", took, 3*limit)
		harness.Equal(t, "works begun", begun.Load(), 3)
		time.Sleep(time.Minute)
	})
	harness.Run(t, "hedged: the fallback answers at the deadline", func(t *testing.T) {
		took := harness.Elapsed(func() {
			got, err := timeout.Fallback(t.Context(), harness.Ignores(time.Minute, nil))
			harness.OK(t, err)
			harness.Equal(t, "result", got, "fallback")
		})
		harness.Equal(t, "time", took, limit)
		time.Sleep(time.Minute)
	})
}

// noting is work that notes its end.
func noting(done *atomic.Bool, work harness.Work) harness.Work {
	return func(ctx context.Context) error {
		defer done.Store(true)
		return work(ctx)
	}
}
