package beyond_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// slowFirst is work whose first call in each pair waits until it is cancelled, and whose second succeeds at once.
func slowFirst() harness.Work {
	var calls atomic.Int32
	return func(ctx context.Context) error {
		if calls.Add(1)%2 == 1 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
}

func TestHedgeWithOthers(t *testing.T) {
	harness.Run(t, "branches that lost are no failures of the breaker", func(t *testing.T) {
		harness.FreshCall(t, beyond.HedgeBreaker)
		work := slowFirst()
		for range 10 {
			harness.OK(t, beyond.HedgeBreaker(t.Context(), work))
			synctest.Wait()
		}
	})
	harness.Run(t, "branches hold a slot each until they end", func(t *testing.T) {
		gate := make(chan struct{})
		var calls atomic.Int32
		harness.OK(t, beyond.HedgeBulkhead(t.Context(), func(context.Context) error {
			if calls.Add(1) == 1 {
				<-gate
			}
			return nil
		}))
		second := harness.NewCrowd(t, beyond.HedgeBulkhead)
		second.Enter(1)
		harness.Is(t, beyond.HedgeBulkhead(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		close(gate)
		synctest.Wait()
		harness.OK(t, beyond.HedgeBulkhead(t.Context(), harness.Succeeds))
		second.LetAll()
		second.AllOK()
	})
	harness.Run(t, "a panic of a branch is recovered for the caller", func(t *testing.T) {
		err := beyond.HedgeRecover(t.Context(), func(context.Context) error { panic("boom") })
		if panicked, ok := errors.AsType[*runtimehooks.PanicError](err); !ok || panicked.Value != any("boom") {
			t.Errorf("error must be that of the panic, not: %v", err)
		}
	})
	harness.Run(t, "a panic of a branch that lost harms nobody", func(t *testing.T) {
		var calls atomic.Int32
		harness.OK(t, beyond.HedgeRecover(t.Context(), func(ctx context.Context) error {
			if calls.Add(1) == 1 {
				<-ctx.Done()
				panic("late")
			}
			return nil
		}))
		synctest.Wait()
	})
	harness.Run(t, "Goexit of one branch leaves the call to the other", func(t *testing.T) {
		var calls atomic.Int32
		took := harness.Elapsed(func() {
			harness.OK(t, beyond.HedgeRecover(t.Context(), func(ctx context.Context) error {
				if calls.Add(1) == 1 {
					time.Sleep(1500 * time.Millisecond)
					runtime.Goexit()
				}
				return harness.Takes(time.Second, nil)(ctx)
			}))
		})
		harness.Equal(t, "time", took, 2*time.Second)
	})
}

func TestTogether(t *testing.T) {
	harness.Run(t, "the timeout begins after the wait for the limit", func(t *testing.T) {
		harness.Later()
		harness.OK(t, beyond.LimitTimeout(t.Context(), harness.Succeeds))
		time.Sleep(10 * time.Millisecond)
		took := harness.Elapsed(func() {
			harness.OK(t, beyond.LimitTimeout(t.Context(), harness.Takes(1500*time.Millisecond, nil)))
		})
		harness.Equal(t, "time", took, 2490*time.Millisecond)
	})
	harness.Run(t, "a caller's cancel ends the wait for the limit", func(t *testing.T) {
		harness.Later()
		harness.OK(t, beyond.LimitTimeout(t.Context(), harness.Succeeds))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		took := harness.Elapsed(func() {
			harness.Is(t, beyond.LimitTimeout(ctx, harness.Succeeds), context.Canceled)
		})
		harness.Equal(t, "time", took, 100*time.Millisecond)
	})
	harness.Run(t, "an attempt that ignores its deadline is a timeout, though it succeeds", func(t *testing.T) {
		calls := 0
		err := beyond.Each(t.Context(), harness.Count(&calls, harness.Ignores(2*time.Second, nil)))
		harness.Is(t, err, runtimehooks.ErrTimeout)
		harness.Equal(t, "calls", calls, 2)
		harness.OK(t, beyond.Each(t.Context(), harness.Succeeds))
	})
	harness.Run(t, "an attempt's context ends with it", func(t *testing.T) {
		var contexts []context.Context
		harness.OK(t, beyond.Each(t.Context(), func(ctx context.Context) error {
			contexts = append(contexts, ctx)
			if len(contexts) == 1 {
				return harness.ErrBoom
			}
			harness.Is(t, contexts[0].Err(), context.Canceled)
			harness.OK(t, ctx.Err())
			return nil
		}))
	})
	harness.Run(t, "a panic of the fallback is recovered", func(t *testing.T) {
		err := beyond.FallbackPanics(t.Context(), harness.Fails(harness.ErrBoom))
		if panicked, ok := errors.AsType[*runtimehooks.PanicError](err); !ok || panicked.Value != any("fallback") {
			t.Errorf("error must be that of the panic, not: %v", err)
		}
	})
	harness.Run(t, "each attempt has a span below the call's", func(t *testing.T) {
		before := otel.GetTracerProvider()
		defer otel.SetTracerProvider(before)
		recorder := tracetest.NewSpanRecorder()
		otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)))
		harness.OK(t, beyond.Spans(t.Context(), harness.Returns(new(int), harness.ErrBoom, harness.ErrBoom, nil)))
		spans := recorder.Ended()
		if len(spans) != 4 {
			t.Fatalf("there must be 4 spans, not %d", len(spans))
		}
		call := spans[3]
		harness.Equal(t, "name of the call's span", call.Name(), "beyond.Spans")
		for i, s := range spans[:3] {
			harness.Equal(t, "parent of an attempt", s.Parent().SpanID(), call.SpanContext().SpanID())
			harness.Equal(t, "duration of an attempt", s.EndTime().Sub(s.StartTime()), 0)
			harness.Equal(t, "begin of an attempt", s.StartTime().Sub(call.StartTime()), time.Duration(i)*time.Second)
		}
	})
	harness.Run(t, "a body that recovers by itself gives its slot back", func(t *testing.T) {
		harness.Later()
		err := beyond.RecoversItself(t.Context(), func(context.Context) error { panic("boom") })
		if err == nil || err.Error() != "recovered: boom" {
			t.Errorf("error must be the body's, not: %v", err)
		}
		crowd := harness.NewCrowd(t, beyond.RecoversItself)
		crowd.Enter(1)
		harness.Is(t, beyond.RecoversItself(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		crowd.LetAll()
		crowd.AllOK()
		harness.Is(t, beyond.RecoversItself(t.Context(), harness.Takes(2*time.Second, nil)), runtimehooks.ErrTimeout)
		harness.OK(t, beyond.RecoversItself(t.Context(), harness.Succeeds))
	})
}

// keyed is an implementation of beyond.Store that fails at first.
type keyed struct{ calls int }

func (k *keyed) Get(ctx context.Context, key string) (string, error) {
	if k.calls++; k.calls == 1 {
		return "", harness.ErrBoom
	}
	return key, nil
}

func TestForms(t *testing.T) {
	var keys atomic.Int64
	newKey := func() string { return fmt.Sprint("form", keys.Add(1), time.Now().UnixNano(), crowdKey.Add(1)) }
	harness.Run(t, "a decorated interface", func(t *testing.T) {
		store := &keyed{}
		got, err := beyond.InstrumentStore(store).Get(t.Context(), "x")
		harness.OK(t, err)
		harness.Equal(t, "result", got, "x")
		harness.Equal(t, "calls", store.calls, 2)
	})
	harness.Run(t, "a cached function without results but its error", func(t *testing.T) {
		calls, key := 0, newKey()
		for range 2 {
			harness.OK(t, beyond.CacheError(t.Context(), key, harness.Returns(&calls, nil)))
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a cached function with an interface as a result, which may be nil", func(t *testing.T) {
		for _, want := range []fmt.Stringer{nil, time.Second} {
			calls, key := 0, newKey()
			for range 2 {
				got, n, err := beyond.CacheInterface(t.Context(), key, func() fmt.Stringer { calls++; return want })
				harness.OK(t, err)
				harness.Equal(t, "result", got, want)
				harness.Equal(t, "second result", n, 7)
			}
			harness.Equal(t, "calls", calls, 1)
		}
	})
	harness.Run(t, "sites tell what they are", func(t *testing.T) {
		for _, s := range runtimehooks.Policies().Sites() {
			if strings.HasSuffix(s.Function, "beyond.LiveAll") {
				var names []string
				for _, a := range s.Aspects {
					names = append(names, a.Name)
				}
				harness.Equal(t, "aspects", strings.Join(names, " "), "limit cache timeout retry breaker bulkhead")
				return
			}
		}
		t.Error("beyond.LiveAll must be a site")
	})
}
