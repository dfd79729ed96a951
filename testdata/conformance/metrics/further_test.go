package metrics_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/metrics"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// TestFurtherTelemetry is about policies that the kit does not know.
func TestFurtherTelemetry(t *testing.T) {
	harness.Run(t, "a limit", func(t *testing.T) {
		harness.Later()
		m := measure(t, "Limit")
		harness.OK(t, metrics.Limit(t.Context(), harness.Succeeds))
		harness.Is(t, metrics.Limit(t.Context(), harness.Succeeds), runtimehooks.ErrLimited)
		m.grown(t, map[string]int64{"ft.limit.calls.total limitResult=accepted": 1, "ft.limit.calls.total limitResult=refused": 1, returned: 1, thrown: 1})
	})
	harness.Run(t, "a cache", func(t *testing.T) {
		harness.Later()
		m := measure(t, "Cache")
		key, slow := fmt.Sprint(time.Now().UnixNano()), harness.Takes(time.Second, nil)
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- metrics.Cache(t.Context(), key, slow) }()
			synctest.Wait()
		}
		harness.OK(t, <-results)
		harness.OK(t, <-results)
		harness.OK(t, metrics.Cache(t.Context(), key, slow))
		m.grown(t, map[string]int64{"ft.cache.calls.total cacheResult=miss": 1, "ft.cache.calls.total cacheResult=shared": 1,
			"ft.cache.calls.total cacheResult=hit": 1, returned: 3})
	})
	harness.Run(t, "hedging", func(t *testing.T) {
		m := measure(t, "Hedge")
		harness.OK(t, metrics.Hedge(t.Context(), harness.Succeeds))
		harness.OK(t, metrics.Hedge(t.Context(), harness.Takes(2*time.Second, nil)))
		m.grown(t, map[string]int64{"ft.hedge.calls.total": 2, "ft.hedge.hedges.total": 1, returned: 2})
	})
	harness.Run(t, "a hedged call is one call of its retry", func(t *testing.T) {
		m := measure(t, "HedgeRetry")
		var works atomic.Int32
		harness.OK(t, metrics.HedgeRetry(t.Context(), func(ctx context.Context) error {
			if works.Add(1) == 1 {
				<-ctx.Done()
			}
			return ctx.Err()
		}))
		synctest.Wait()
		m.grown(t, map[string]int64{"ft.hedge.calls.total": 1, "ft.hedge.hedges.total": 1, retryKey(false, "valueReturned"): 1,
			"ft.circuitbreaker.calls.total circuitBreakerResult=success": 1, returned: 1})
	})
	harness.Run(t, "a timeout that the fallback answers", func(t *testing.T) {
		m := measure(t, "TimeoutFallback")
		harness.OK(t, metrics.TimeoutFallback(t.Context(), harness.Takes(time.Hour, nil), harness.Ignores(time.Minute, nil)))
		m.grown(t, map[string]int64{"ft.timeout.calls.total timedOut=true": 1, "ft.invocations.total fallback=applied result=valueReturned": 1})
		m.histogram(t, "ft.timeout.executionDuration", 1, 2*time.Second)
	})
	harness.Run(t, "a panic that is recovered", func(t *testing.T) {
		m := measure(t, "Panics")
		_ = metrics.Panics(t.Context(), func(context.Context) error { panic("boom") })
		m.grown(t, map[string]int64{retryKey(false, "exceptionNotRetryable"): 1, "ft.circuitbreaker.calls.total circuitBreakerResult=failure": 1,
			accepted: 1, thrown: 1})
		m.value(t, running, 0)
	})
}
