package metrics_test

import (
	"context"
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/metrics"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestFallbackTelemetry(t *testing.T) {
	const (
		alone       = "ft.invocations.total fallback=notApplied result=valueReturned"
		applied     = "ft.invocations.total fallback=applied result=valueReturned"
		aloneThrown = "ft.invocations.total fallback=notApplied result=exceptionThrown"
		bothThrown  = "ft.invocations.total fallback=applied result=exceptionThrown"
	)
	pass, fail := harness.Succeeds, harness.Fails(harness.ErrBoom)
	for _, c := range []struct {
		name, function string
		call           func(ctx context.Context, work, instead harness.Work) error
	}{
		{"a function", "Fallback", metrics.Fallback},
		{"a method", "Handler.Fallback", metrics.Handler{}.Fallback},
	} {
		harness.Run(t, "applied and not applied, "+c.name, func(t *testing.T) {
			m := measure(t, c.function)
			harness.OK(t, c.call(t.Context(), pass, pass))
			m.grown(t, map[string]int64{alone: 1})
			harness.OK(t, c.call(t.Context(), fail, pass))
			m.grown(t, map[string]int64{alone: 1, applied: 1})
			harness.Is(t, c.call(t.Context(), fail, fail), harness.ErrBoom)
			m.grown(t, map[string]int64{alone: 1, applied: 1, bothThrown: 1})
			harness.Is(t, c.call(t.Context(), harness.Fails(metrics.ErrFinal), pass), metrics.ErrFinal)
			m.grown(t, map[string]int64{alone: 1, applied: 1, bothThrown: 1, aloneThrown: 1})
		})
	}
	units(t, "invocations have their unit", map[string]string{"ft.invocations.total": "{call}"})
}

func TestAllAnnotationTelemetry(t *testing.T) {
	harness.Run(t, "a call with all policies", func(t *testing.T) {
		harness.OK(t, metrics.All(t.Context(), harness.Succeeds))
		m := measure(t, "All")
		time.Sleep(time.Second)
		harness.OK(t, metrics.All(t.Context(), harness.Succeeds))
		m.grown(t, map[string]int64{
			"ft.invocations.total fallback=notApplied result=valueReturned": 1,
			retryKey(false, "valueReturned"):                                1,
			"ft.timeout.calls.total timedOut=false":                         1,
			"ft.circuitbreaker.calls.total circuitBreakerResult=success":    1,
			accepted: 1,
		})
		m.value(t, running, 0)
		m.value(t, waiting, 0)
		m.histogram(t, "ft.timeout.executionDuration", 1, 0)
		m.histogram(t, "ft.bulkhead.runningDuration", 1, 0)
		m.histogram(t, "ft.bulkhead.waitingDuration", 1, 0)
	})
}

func TestClassLevelTelemetry(t *testing.T) {
	harness.Run(t, "a type's metrics are of each method", func(t *testing.T) {
		one, other := measure(t, "Class.One"), measure(t, "Class.Other")
		harness.Is(t, metrics.Class{}.One(t.Context(), harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		one.grown(t, map[string]int64{retryKey(true, "maxRetriesReached"): 1, retries: 5, thrown: 1})
		other.grown(t, nil)
	})
}

func TestClashingNameTelemetry(t *testing.T) {
	harness.Run(t, "methods of one name are told apart", func(t *testing.T) {
		first, second := measure(t, "First.Serve"), measure(t, "Second.Serve")
		harness.OK(t, metrics.First{}.Serve(t.Context(), harness.Succeeds))
		first.grown(t, map[string]int64{retryKey(false, "valueReturned"): 1, returned: 1})
		second.grown(t, nil)
	})
}

func TestFaultToleranceDisabledTelemetry(t *testing.T) {
	harness.Run(t, "a function without metrics has none", func(t *testing.T) {
		m := measure(t, "Unmeasured")
		harness.OK(t, metrics.Unmeasured(t.Context(), harness.Returns(new(int), harness.ErrBoom, nil)))
		m.grown(t, nil)
		if n := len(meter.Of(t, m.function).Histograms); n > 0 {
			t.Errorf("there must be no histograms, not %d", n)
		}
	})
	harness.Run(t, "a policy that is off counts nothing", func(t *testing.T) {
		harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{"*": {"retry": {"enabled": "false"}}}})
		m := measure(t, "Retry")
		harness.Is(t, metrics.Retry(t.Context(), harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		m.grown(t, map[string]int64{thrown: 1})
	})
}

// TestMetricsDisabled is about metrics that are switched off while policies are on.
func TestMetricsDisabled(t *testing.T) {
	harness.Run(t, "metrics that are off count nothing", func(t *testing.T) {
		harness.OK(t, metrics.Retry(t.Context(), harness.Succeeds))
		m := measure(t, "Retry")
		harness.Override(t, runtimehooks.Overrides{Sites: map[string]runtimehooks.AspectOverrides{"*": {"metrics": {"enabled": "false"}}}})
		calls := 0
		harness.Is(t, metrics.Retry(t.Context(), harness.Returns(&calls, harness.ErrBoom)), harness.ErrBoom)
		harness.Equal(t, "calls", calls, 6)
		m.grown(t, nil)
	})
}
