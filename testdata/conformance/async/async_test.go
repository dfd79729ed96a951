package async_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/async"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

// key is that of a value in a context.
type key struct{}

func TestAsynchronous(t *testing.T) {
	for _, c := range []struct {
		name string
		call service
	}{{"of a function", async.Hedged}, {"of a type", async.Type{}.Hedged}} {
		harness.Run(t, "a call is not over while its work runs, "+c.name, func(t *testing.T) {
			crowd := harness.NewCrowd(t, c.call)
			crowd.Enter(1)
			harness.Equal(t, "works", int(crowd.Running.Load()), 1)
			harness.Equal(t, "results", len(crowd.Results()), 0)
			crowd.LetAll()
			crowd.AllOK()
		})
		harness.Run(t, "a call is over when its work has ended, "+c.name, func(t *testing.T) {
			took := harness.Elapsed(func() { harness.OK(t, c.call(t.Context(), harness.Takes(time.Second, nil))) })
			harness.Equal(t, "time", took, time.Second)
		})
	}
	harness.Run(t, "the work sees the values of the caller's context", func(t *testing.T) {
		ctx := context.WithValue(t.Context(), key{}, "value")
		harness.OK(t, async.Hedged(ctx, func(ctx context.Context) error {
			harness.Equal(t, "value", ctx.Value(key{}), any("value"))
			return nil
		}))
	})
}

func TestAsynchronousCS(t *testing.T) {
	harness.Run(t, "an error of the work is the caller's", func(t *testing.T) {
		harness.Is(t, async.Hedged(t.Context(), harness.Takes(time.Second, harness.ErrBoom)), harness.ErrBoom)
	})
	harness.Run(t, "a panic of the work is the caller's", func(t *testing.T) {
		defer func() { harness.Equal(t, "panic", recover(), any("boom")) }()
		_ = async.Hedged(t.Context(), func(context.Context) error { panic("boom") })
		t.Error("call must panic")
	})
}

func TestAsyncCancellation(t *testing.T) {
	harness.Run(t, "a cancel reaches the work", func(t *testing.T) {
		var heard atomic.Bool
		took := harness.Elapsed(func() {
			harness.Is(t, async.Hedged(cancelledAfter(t, time.Second), func(ctx context.Context) error {
				<-ctx.Done()
				heard.Store(true)
				return ctx.Err()
			}), context.Canceled)
		})
		synctest.Wait()
		harness.Equal(t, "time", took, time.Second)
		harness.Equal(t, "work cancelled", heard.Load(), true)
	})
	harness.Run(t, "the caller does not wait for work that ignores its cancel", func(t *testing.T) {
		var done atomic.Bool
		took := harness.Elapsed(func() {
			harness.Is(t, async.Hedged(cancelledAfter(t, time.Second), func(context.Context) error {
				time.Sleep(time.Minute)
				done.Store(true)
				return nil
			}), context.Canceled)
		})
		harness.Equal(t, "time", took, time.Second)
		harness.Equal(t, "work done", done.Load(), false)
		time.Sleep(time.Minute)
		harness.Equal(t, "work done", done.Load(), true)
	})
	harness.Run(t, "what is cancelled keeps its slot until its work ends", func(t *testing.T) {
		crowd := harness.NewCrowd(t, async.Slot)
		crowd.EnterContext(cancelledAfter(t, time.Second), 1)
		time.Sleep(2 * time.Second)
		for _, err := range crowd.Results() {
			harness.Is(t, err, context.Canceled)
		}
		crowd.Enter(1)
		harness.Equal(t, "works begun", int(crowd.Begun.Load()), 1)
		crowd.Let()
		harness.Equal(t, "works begun", int(crowd.Begun.Load()), 2)
		crowd.LetAll()
		crowd.AllOK()
	})
	harness.Run(t, "what is cancelled in the queue never begins", func(t *testing.T) {
		crowd := harness.NewCrowd(t, async.Slot)
		crowd.Enter(1)
		crowd.EnterContext(cancelledAfter(t, time.Second), 1)
		time.Sleep(2 * time.Second)
		for _, err := range crowd.Results() {
			harness.Is(t, err, context.Canceled)
		}
		crowd.LetAll()
		harness.Equal(t, "works begun", int(crowd.Begun.Load()), 1)
		crowd.AllOK()
	})
	harness.Run(t, "what is cancelled is not retried", func(t *testing.T) {
		var calls atomic.Int32
		harness.Is(t, async.Retry(cancelledAfter(t, time.Second), func(ctx context.Context) error {
			calls.Add(1)
			<-ctx.Done()
			return ctx.Err()
		}), context.Canceled)
		time.Sleep(time.Minute)
		harness.Equal(t, "works", calls.Load(), 1)
	})
}

// cancelledAfter returns a context that is cancelled after so long.
func cancelledAfter(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, cancel)
	return ctx
}

func TestAsyncTimeout(t *testing.T) {
	for _, c := range []struct {
		name string
		call service
		work time.Duration
		want error
		took time.Duration
	}{
		{"slow work misses it", async.Timeout, 5 * time.Second, runtimehooks.ErrTimeout, 2 * time.Second},
		{"quick work keeps it", async.Timeout, time.Second / 2, nil, time.Second / 2},
		{"a type's directives are for its methods", async.TimeoutType{}.Serve, 5 * time.Second, runtimehooks.ErrTimeout, 2 * time.Second},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			took := harness.Elapsed(func() { harness.Is(t, c.call(t.Context(), harness.Ignores(c.work, nil)), c.want) })
			harness.Equal(t, "time", took, c.took)
			time.Sleep(c.work)
		})
	}
}

func TestAsyncFallback(t *testing.T) {
	for _, c := range []struct {
		name  string
		work  func(branch int32, ctx context.Context) error
		want  string
		err   error
		took  time.Duration
		works int32
	}{
		{"is not asked when the first work succeeds", func(int32, context.Context) error { return nil }, "body", nil, 0, 1},
		{"answers when the only work fails", func(int32, context.Context) error { return harness.ErrBoom }, "fallback", nil, 0, 1},
		{"answers when the work fails later", func(_ int32, ctx context.Context) error {
			return harness.Takes(time.Second/2, harness.ErrBoom)(ctx)
		}, "fallback", nil, time.Second / 2, 1},
		{"is not asked when a later work succeeds", func(n int32, ctx context.Context) error {
			if n == 1 {
				return harness.Takes(1500*time.Millisecond, harness.ErrBoom)(ctx)
			}
			return harness.Takes(time.Second, nil)(ctx)
		}, "body", nil, 2 * time.Second, 2},
		{"answers when all works have failed", func(n int32, ctx context.Context) error {
			return harness.Takes(1500*time.Millisecond, harness.ErrBoom)(ctx)
		}, "fallback", nil, 2500 * time.Millisecond, 2},
		{"its own failure is the call's", func(int32, context.Context) error { return async.ErrNoFallback }, "", async.ErrNoFallback, 0, 1},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var works atomic.Int32
			took := harness.Elapsed(func() {
				got, err := async.Fallback(t.Context(), func(ctx context.Context) error { return c.work(works.Add(1), ctx) })
				harness.Is(t, err, c.err)
				harness.Equal(t, "result", got, c.want)
			})
			harness.Equal(t, "time", took, c.took)
			harness.Equal(t, "works", works.Load(), c.works)
		})
	}
}

// TestHedge is about hedging itself, which the kit does not know.
func TestHedge(t *testing.T) {
	harness.Run(t, "the first success wins and the others are cancelled", func(t *testing.T) {
		var begun, cancelled atomic.Int32
		took := harness.Elapsed(func() {
			got, err := async.Value(t.Context(), func(ctx context.Context) (int, error) {
				n := begun.Add(1)
				if n == 2 {
					return 2, harness.Takes(time.Second/2, nil)(ctx)
				}
				<-ctx.Done()
				cancelled.Add(1)
				return 0, ctx.Err()
			})
			harness.OK(t, err)
			harness.Equal(t, "result", got, 2)
		})
		synctest.Wait()
		harness.Equal(t, "time", took, 1500*time.Millisecond)
		harness.Equal(t, "works", begun.Load(), 2)
		harness.Equal(t, "works cancelled", cancelled.Load(), 1)
	})
	harness.Run(t, "a loser that ends later changes no result", func(t *testing.T) {
		var begun atomic.Int32
		got, err := async.Value(t.Context(), func(context.Context) (int, error) {
			n := begun.Add(1)
			if n == 1 {
				time.Sleep(time.Minute)
			}
			return int(n), nil
		})
		harness.OK(t, err)
		harness.Equal(t, "result", got, 2)
		time.Sleep(time.Hour)
		harness.Equal(t, "result", got, 2)
	})
	harness.Run(t, "no more works than max", func(t *testing.T) {
		var begun atomic.Int32
		took := harness.Elapsed(func() {
			_, err := async.Value(t.Context(), func(ctx context.Context) (int, error) {
				begun.Add(1)
				return 0, harness.Takes(time.Minute, harness.ErrBoom)(ctx)
			})
			harness.Is(t, err, harness.ErrBoom)
		})
		harness.Equal(t, "works", begun.Load(), 3)
		harness.Equal(t, "time", took, time.Minute+2*time.Second)
	})
}
