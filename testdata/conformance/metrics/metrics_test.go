package metrics_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/metrics"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var meter = harness.NewMeter()

// measured is a function's metrics before a test.
type measured struct {
	function string
	before   harness.Snapshot
}

func measure(t *testing.T, name string) *measured {
	t.Helper()
	function := "example.com/conformance/metrics." + name
	return &measured{function, meter.Of(t, function)}
}

// grown checks by how much the sums have grown, all others not at all. Time in states is left out.
func (m *measured) grown(t *testing.T, want map[string]int64) {
	t.Helper()
	got := meter.Of(t, m.function).Since(m.before)
	maps.DeleteFunc(got, func(name string, _ int64) bool { return isState(name) })
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s must not change, not by %d", name, got[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		harness.Equal(t, name, got[name], want[name])
	}
}

func isState(name string) bool {
	return len(name) > len(stateTotal) && name[:len(stateTotal)] == stateTotal
}

const (
	returned   = "ft.invocations.total fallback=notDefined result=valueReturned"
	thrown     = "ft.invocations.total fallback=notDefined result=exceptionThrown"
	retries    = "ft.retry.retries.total"
	stateTotal = "ft.circuitbreaker.state.total"
)

func retryKey(retried bool, result string) string {
	if retried {
		return "ft.retry.calls.total retried=true retryResult=" + result
	}
	return "ft.retry.calls.total retried=false retryResult=" + result
}

func TestRetryTelemetry(t *testing.T) {
	boom := harness.ErrBoom
	for _, c := range []struct {
		name, function string
		call           func(context.Context, harness.Work) error
		work           func() harness.Work
		calls          int
		want           map[string]int64
	}{
		{"success at once", "Retry", metrics.Retry, scripted(nil), 1, map[string]int64{
			retryKey(false, "valueReturned"): 1, returned: 1}},
		{"success after three retries", "Retry", metrics.Retry, scripted(boom, boom, boom, nil), 1, map[string]int64{
			retryKey(true, "valueReturned"): 1, retries: 3, returned: 1}},
		{"not retryable at once", "Retry", metrics.Retry, scripted(metrics.ErrFinal), 1, map[string]int64{
			retryKey(false, "exceptionNotRetryable"): 1, thrown: 1}},
		{"not retryable after three retries", "Retry", metrics.Retry, scripted(boom, boom, boom, metrics.ErrFinal), 1, map[string]int64{
			retryKey(true, "exceptionNotRetryable"): 1, retries: 3, thrown: 1}},
		{"all attempts fail, twice", "Retry", metrics.Retry, scripted(boom), 2, map[string]int64{
			retryKey(true, "maxRetriesReached"): 2, retries: 10, thrown: 2}},
		{"the only attempt fails", "RetryOnce", metrics.RetryOnce, scripted(boom), 1, map[string]int64{
			retryKey(false, "maxRetriesReached"): 1, thrown: 1}},
		{"the time is over", "RetryElapsed", metrics.RetryElapsed, slowly(110 * time.Millisecond), 1, map[string]int64{
			retryKey(true, "maxDurationReached"): 1, retries: 9, thrown: 1}},
		{"the time is over after the first attempt", "RetryElapsed", metrics.RetryElapsed, slowly(1500 * time.Millisecond), 1, map[string]int64{
			retryKey(false, "maxDurationReached"): 1, thrown: 1}},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			m := measure(t, c.function)
			for range c.calls {
				_ = c.call(t.Context(), c.work())
			}
			m.grown(t, c.want)
		})
	}
	units(t, "retry metrics have their units", map[string]string{"ft.retry.calls.total": "{call}", "ft.retry.retries.total": "{retry}"})
}

// scripted makes work that returns errors in turn.
func scripted(errs ...error) func() harness.Work {
	return func() harness.Work { return harness.Returns(new(int), errs...) }
}

// slowly makes work that fails after so long.
func slowly(d time.Duration) func() harness.Work {
	return func() harness.Work { return harness.Takes(d, harness.ErrBoom) }
}

// units checks units. Those of counts are annotations, as OpenTelemetry wants them.
func units(t *testing.T, name string, want map[string]string) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		all := meter.Metrics(t)
		for _, metric := range slices.Sorted(maps.Keys(want)) {
			if _, ok := all[metric]; !ok {
				t.Errorf("metric %s must be there", metric)
			}
			harness.Equal(t, "unit of "+metric, all[metric].Unit, want[metric])
		}
	})
}

func TestCircuitBreakerTelemetry(t *testing.T) {
	const success, failure, open, opened = "ft.circuitbreaker.calls.total circuitBreakerResult=success",
		"ft.circuitbreaker.calls.total circuitBreakerResult=failure",
		"ft.circuitbreaker.calls.total circuitBreakerResult=circuitBreakerOpen",
		"ft.circuitbreaker.opened.total"
	harness.Run(t, "success, failure, refusal and opening", func(t *testing.T) {
		harness.FreshCall(t, metrics.Breaker)
		m := measure(t, "Breaker")
		_ = metrics.Breaker(t.Context(), harness.Fails(harness.ErrBoom))
		m.grown(t, map[string]int64{failure: 1, thrown: 1})
		_ = metrics.Breaker(t.Context(), harness.Fails(harness.ErrBoom))
		m.grown(t, map[string]int64{failure: 2, opened: 1, thrown: 2})
		harness.Is(t, metrics.Breaker(t.Context(), harness.Succeeds), runtimehooks.ErrOpen)
		m.grown(t, map[string]int64{failure: 2, open: 1, opened: 1, thrown: 3})
		time.Sleep(time.Second)
		for range 2 {
			harness.OK(t, metrics.Breaker(t.Context(), harness.Succeeds))
		}
		m.grown(t, map[string]int64{failure: 2, open: 1, opened: 1, success: 2, thrown: 3, returned: 2})
		harness.Is(t, metrics.Breaker(t.Context(), harness.Fails(metrics.ErrOther)), metrics.ErrOther)
		harness.Is(t, metrics.Breaker(t.Context(), harness.Fails(metrics.ErrSkipped)), metrics.ErrSkipped)
		m.grown(t, map[string]int64{failure: 2, open: 1, opened: 1, success: 4, thrown: 5, returned: 2})
	})
	harness.Run(t, "time in each state", func(t *testing.T) {
		harness.FreshCall(t, metrics.Breaker)
		m := measure(t, "Breaker")
		time.Sleep(3 * time.Second) // closed
		for range 2 {
			_ = metrics.Breaker(t.Context(), harness.Fails(harness.ErrBoom))
		}
		time.Sleep(2 * time.Second) // open
		harness.OK(t, metrics.Breaker(t.Context(), harness.Succeeds))
		time.Sleep(time.Second) // half-open
		harness.OK(t, metrics.Breaker(t.Context(), harness.Succeeds))
		got := meter.Of(t, m.function).Since(m.before)
		for state, want := range map[string]time.Duration{"closed": 3 * time.Second, "open": 2 * time.Second, "halfOpen": time.Second} {
			harness.Equal(t, "time "+state, time.Duration(got[stateTotal+" state="+state]), want)
		}
	})
	units(t, "breaker metrics have their units", map[string]string{
		"ft.circuitbreaker.calls.total": "{call}", "ft.circuitbreaker.state.total": "ns", "ft.circuitbreaker.opened.total": "{transition}"})
}

func TestTimeoutTelemetry(t *testing.T) {
	harness.Run(t, "missed and kept", func(t *testing.T) {
		m := measure(t, "Timeout")
		for range 2 {
			harness.Is(t, metrics.Timeout(t.Context(), harness.Takes(2*time.Second, nil)), runtimehooks.ErrTimeout)
		}
		harness.OK(t, metrics.Timeout(t.Context(), harness.Takes(100*time.Millisecond, nil)))
		m.grown(t, map[string]int64{"ft.timeout.calls.total timedOut=true": 2, "ft.timeout.calls.total timedOut=false": 1, returned: 1, thrown: 2})
	})
	harness.Run(t, "durations", func(t *testing.T) {
		m := measure(t, "TimeoutHistogram")
		harness.OK(t, metrics.TimeoutHistogram(t.Context(), harness.Takes(300*time.Millisecond, nil)))
		harness.Is(t, metrics.TimeoutHistogram(t.Context(), harness.Takes(5*time.Second, nil)), runtimehooks.ErrTimeout)
		m.histogram(t, "ft.timeout.executionDuration", 2, 2300*time.Millisecond)
	})
	units(t, "timeout metrics have their units", map[string]string{"ft.timeout.calls.total": "{call}", "ft.timeout.executionDuration": "s"})
}

// histogram checks how many durations have been added, and their sum.
func (m *measured) histogram(t *testing.T, name string, count uint64, sum time.Duration) {
	t.Helper()
	got, before := meter.Of(t, m.function).Histograms[name], m.before.Histograms[name]
	harness.Equal(t, "count of "+name, got.Count-before.Count, count)
	harness.Equal(t, "sum of "+name, time.Duration((got.Sum-before.Sum)*float64(time.Second)+0.5).Round(time.Microsecond), sum)
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	if !slices.Equal(got.Bounds, bounds) {
		t.Errorf("bounds of %s must be %v, not %v", name, bounds, got.Bounds)
	}
}

const (
	accepted = "ft.bulkhead.calls.total bulkheadResult=accepted"
	rejected = "ft.bulkhead.calls.total bulkheadResult=rejected"
	running  = "ft.bulkhead.executionsRunning"
	waiting  = "ft.bulkhead.executionsWaiting"
)

func TestBulkheadTelemetry(t *testing.T) {
	harness.Run(t, "running and accepted", func(t *testing.T) {
		m := measure(t, "Bulkhead")
		crowd := harness.NewCrowd(t, metrics.Bulkhead)
		crowd.Enter(2)
		m.value(t, running, 2)
		crowd.LetAll()
		crowd.AllOK()
		m.value(t, running, 0)
		m.grown(t, map[string]int64{accepted: 2, returned: 2})
		if _, ok := meter.Of(t, m.function).Sums[waiting]; ok {
			t.Errorf("%s must not be there without a queue", waiting)
		}
	})
	harness.Run(t, "rejected", func(t *testing.T) {
		m := measure(t, "Bulkhead")
		crowd := harness.NewCrowd(t, metrics.Bulkhead)
		crowd.Enter(2)
		harness.Is(t, metrics.Bulkhead(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		m.value(t, running, 2)
		crowd.LetAll()
		crowd.AllOK()
		m.grown(t, map[string]int64{accepted: 2, rejected: 1, returned: 2, thrown: 1})
	})
	harness.Run(t, "durations, without those of refusals", func(t *testing.T) {
		m := measure(t, "BulkheadHistogram")
		crowd := harness.NewCrowd(t, metrics.BulkheadHistogram)
		crowd.Enter(2)
		harness.Is(t, metrics.BulkheadHistogram(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		time.Sleep(time.Second)
		crowd.LetAll()
		crowd.AllOK()
		m.histogram(t, "ft.bulkhead.runningDuration", 2, 2*time.Second)
		for range 2 {
			harness.OK(t, metrics.BulkheadHistogram(t.Context(), harness.Succeeds))
		}
		m.histogram(t, "ft.bulkhead.runningDuration", 4, 2*time.Second)
	})
	harness.Run(t, "waiting", func(t *testing.T) {
		m := measure(t, "BulkheadQueue")
		crowd := harness.NewCrowd(t, metrics.BulkheadQueue)
		crowd.Enter(4)
		harness.Is(t, metrics.BulkheadQueue(t.Context(), harness.Succeeds), runtimehooks.ErrFull)
		m.value(t, running, 2)
		m.value(t, waiting, 2)
		time.Sleep(time.Second)
		crowd.LetAll()
		crowd.AllOK()
		m.value(t, running, 0)
		m.value(t, waiting, 0)
		m.grown(t, map[string]int64{accepted: 4, rejected: 1, returned: 4, thrown: 1})
		m.histogram(t, "ft.bulkhead.waitingDuration", 4, 2*time.Second)
	})
	units(t, "bulkhead metrics have their units", map[string]string{
		"ft.bulkhead.calls.total": "{call}", running: "{call}", waiting: "{call}",
		"ft.bulkhead.runningDuration": "s", "ft.bulkhead.waitingDuration": "s"})
}

// value checks what a sum is now.
func (m *measured) value(t *testing.T, name string, want int64) {
	t.Helper()
	harness.Equal(t, name, meter.Of(t, m.function).Sums[name], want)
}
