package peers_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/conformance/harness"
	"example.com/conformance/peers"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// panics makes a call whose work panics.
func panics(t *testing.T, call func(context.Context, harness.Work) error) {
	t.Helper()
	defer func() { harness.Equal(t, "panic", recover(), any("boom")) }()
	_ = call(t.Context(), func(context.Context) error { panic("boom") })
	t.Error("call must panic")
}

func TestFailsafe(t *testing.T) {
	harness.Run(t, "a panic does not lose the slot", func(t *testing.T) {
		for range 3 {
			panics(t, peers.Bulkhead)
		}
		harness.OK(t, peers.Bulkhead(t.Context(), harness.Succeeds))
	})
	harness.Run(t, "a panic does not leave a half-open breaker stuck", func(t *testing.T) {
		harness.FreshCall(t, peers.Breaker)
		harness.Play(t, "FFO.", time.Second, peers.Breaker)
		panics(t, peers.Breaker)
		harness.Play(t, "O.S", time.Second, peers.Breaker)
	})
	harness.Run(t, "the work's error is not lost when the context ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		calls := 0
		took := harness.Elapsed(func() {
			harness.Is(t, peers.Retry(ctx, harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
		})
		harness.Equal(t, "calls", calls, 2)
		harness.Equal(t, "time", took, time.Second)
		harness.Is(t, peers.Retry(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			return harness.ErrBoom
		}), context.DeadlineExceeded, harness.ErrBoom)
	})
	harness.Run(t, "a caller's cancel is no failure", func(t *testing.T) { neutral(t) })
}

// neutral checks that cancelled calls open no breaker.
func neutral(t *testing.T) {
	t.Helper()
	harness.FreshCall(t, peers.Breaker)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		harness.Is(t, peers.Breaker(ctx, func(ctx context.Context) error { cancel(); return ctx.Err() }), context.Canceled)
	}
	harness.Play(t, "S", 0, peers.Breaker)
}

func TestGobreaker(t *testing.T) {
	harness.Run(t, "a listener may ask for the state", func(t *testing.T) {
		harness.FreshCall(t, peers.Breaker)
		var seen runtimehooks.BreakerState
		defer runtimehooks.OnBreakerChange(func(c runtimehooks.BreakerChange) {
			seen, _ = runtimehooks.StateOfBreaker("payments")
		})()
		harness.Play(t, "FF", 0, peers.Breaker)
		harness.Equal(t, "state", seen, runtimehooks.BreakerOpen)
	})
	harness.Run(t, "a caller's cancel is no failure", func(t *testing.T) { neutral(t) })
}

func TestBackoff(t *testing.T) {
	harness.Run(t, "one try with a permanent error leaks no wrapper", func(t *testing.T) {
		if err := peers.Once(t.Context(), harness.Fails(backoff.Permanent(harness.ErrBoom))); err != harness.ErrBoom {
			t.Errorf("error must be the one inside, not: %v", err)
		}
	})
	harness.Run(t, "a cancelled context does not lose the work's error", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		harness.Is(t, peers.Retry(ctx, func(context.Context) error {
			cancel()
			return harness.ErrBoom
		}), context.Canceled, harness.ErrBoom)
	})
	harness.Run(t, "calls at a time have pauses of their own", func(t *testing.T) {
		const callers = 50
		results := make(chan time.Duration, callers)
		for i := range callers {
			go func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				results <- harness.Elapsed(func() { harness.Is(t, peers.Exponential(t.Context(), harness.Fails(harness.ErrBoom)), harness.ErrBoom) })
			}()
		}
		for range callers {
			harness.Equal(t, "time", <-results, 7*time.Second)
		}
	})
}

func TestGowrap(t *testing.T) {
	harness.Run(t, "a half-open breaker admits one of 50", func(t *testing.T) {
		harness.FreshCall(t, peers.Breaker)
		harness.Play(t, "FFO.", time.Second, peers.Breaker)
		crowd := harness.NewCrowd(t, peers.Breaker)
		crowd.Enter(50)
		harness.Equal(t, "works at a time", int(crowd.Running.Load()), 1)
		harness.Equal(t, "refusals", len(crowd.Results()), 49)
		crowd.LetAll()
		crowd.AllOK()
	})
	harness.Run(t, "a late success does not close a breaker", func(t *testing.T) {
		harness.FreshCall(t, peers.Breaker)
		crowd := harness.NewCrowd(t, peers.Breaker)
		crowd.Enter(1)
		harness.Play(t, "FFO", 0, peers.Breaker)
		crowd.LetAll()
		crowd.AllOK()
		harness.Play(t, "O", 0, peers.Breaker)
	})
	harness.Run(t, "a call that is late reports no success", func(t *testing.T) {
		harness.Is(t, peers.Timeout(t.Context(), harness.Ignores(2*time.Second, nil)), runtimehooks.ErrTimeout)
	})
	harness.Run(t, "a panic reaches the span and the breaker", func(t *testing.T) {
		spans := record(t)
		harness.FreshCall(t, peers.Traced)
		spans.Reset()
		panics(t, peers.Traced)
		panics(t, peers.Traced)
		harness.Play(t, "O", 0, peers.Traced)
		ended := spans.Ended()
		harness.Equal(t, "spans", len(ended), 3)
		harness.Equal(t, "status", ended[0].Status().Code, codes.Error)
		exception(t, ended[0])
	})
	harness.Run(t, "a limit has no goroutine", func(t *testing.T) {
		harness.Later()
		harness.OK(t, peers.Limit(t.Context(), harness.Succeeds))
		harness.Is(t, peers.Limit(t.Context(), harness.Succeeds), runtimehooks.ErrLimited)
		// A goroutine that is left would keep the bubble from ending.
	})
}

func TestOpenTelemetry(t *testing.T) {
	harness.Run(t, "a panic is recorded though the span ends in a deferred call", func(t *testing.T) {
		spans := record(t)
		harness.FreshCall(t, peers.Traced)
		spans.Reset()
		panics(t, peers.Traced)
		ended := spans.Ended()
		harness.Equal(t, "spans", len(ended), 1)
		exception(t, ended[0])
	})
}

// record records spans until the end of the test.
func record(t *testing.T) *tracetest.SpanRecorder {
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	spans := tracetest.NewSpanRecorder()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	return spans
}

// exception checks that the span has recorded the panic with its stack.
func exception(t *testing.T, span sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, e := range span.Events() {
		if e.Name != "exception" {
			continue
		}
		for _, kv := range e.Attributes {
			if kv.Key == "exception.stacktrace" && kv.Value.AsString() != "" {
				return
			}
		}
	}
	t.Error("span must have the event exception with a stack")
}

func TestSharedState(t *testing.T) {
	t.Run("1000 calls at a time share no pauses", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var calls atomic.Int32
			results := make(chan error, 1000)
			for range 1000 {
				go func() {
					results <- peers.Exponential(t.Context(), func(context.Context) error { calls.Add(1); return harness.ErrBoom })
				}()
			}
			for range 1000 {
				harness.Is(t, <-results, harness.ErrBoom)
			}
			harness.Equal(t, "works", calls.Load(), 4000)
		})
	})
}
