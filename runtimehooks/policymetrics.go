package runtimehooks

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// policyMetrics records the durations of a site's policies. What is counted is in its tally, and
// read by the provider.
type policyMetrics struct {
	timeout, running, waiting duration
}

// duration is a histogram of durations with the attributes of one site. The zero duration records
// nothing.
type duration struct {
	histogram metric.Float64Histogram
	options   []metric.RecordOption
}

// Record records a duration. One that a view drops would cost a third of one that is kept, if
// nobody asked.
func (d *duration) Record(ctx context.Context, took time.Duration) {
	if d.histogram != nil && d.histogram.Enabled(ctx) {
		d.histogram.Record(ctx, took.Seconds(), d.options...)
	}
}

// measured is the sites whose policies have metrics, and the provider that reads their tallies.
var measured struct {
	mu           sync.Mutex
	sites        []*Site
	provider     telemetry.Seen
	registration metric.Registration
}

// measurePolicies returns the histograms of the site's policies, and has the provider read its
// tally.
func measurePolicies(provider metric.MeterProvider, s *Site) *policyMetrics {
	options := []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(semconv.CodeFunctionName(s.CodeName())))}
	of := func(name, description string) duration {
		return duration{telemetry.Histogram(provider, name, description), options}
	}
	p := &policyMetrics{}
	if s.Timeout != nil || s.Retry != nil && s.Retry.Each > 0 {
		p.timeout = of("ft.timeout.executionDuration", "Duration of calls with a timeout.")
	}
	if s.Bulkhead != nil {
		p.running = of("ft.bulkhead.runningDuration", "Duration of calls in a bulkhead.")
		if s.Bulkhead.Wait > 0 || s.Bulkhead.Queue > 0 {
			p.waiting = of("ft.bulkhead.waitingDuration", "Time that calls waited for a bulkhead.")
		}
	}
	measureTally(provider, s)
	return p
}

// measureTally has the provider read the site's tally.
func measureTally(provider metric.MeterProvider, s *Site) {
	measured.mu.Lock()
	defer measured.mu.Unlock()
	if !slices.Contains(measured.sites, s) {
		measured.sites = append(measured.sites, s)
	}
	if measured.registration == nil || !measured.provider.Is(provider) {
		if measured.registration != nil {
			_ = measured.registration.Unregister() // its provider may be gone
		}
		measured.provider, measured.registration = telemetry.See(provider), telemetry.ObservePolicies(provider, observeSites)
	}
}

// unmeasure has the provider read the tallies of sites no more.
func unmeasure(list []*Site) {
	measured.mu.Lock()
	defer measured.mu.Unlock()
	measured.sites = slices.DeleteFunc(measured.sites, func(s *Site) bool { return slices.Contains(list, s) })
}

// observeSites reports the tallies of all measured sites.
func observeSites(report func(instrument telemetry.Instrument, value int64, attributes ...attribute.KeyValue)) {
	measured.mu.Lock()
	sites := slices.Clone(measured.sites)
	measured.mu.Unlock()
	for _, s := range sites {
		if st := s.state.Load(); st != nil {
			name := semconv.CodeFunctionName(s.CodeName())
			observeSite(s, st, func(i telemetry.Instrument, value int64, attributes ...attribute.KeyValue) {
				if value > 0 || i.Gauge() {
					report(i, value, append([]attribute.KeyValue{name}, attributes...)...)
				}
			})
		}
	}
}

func observeSite(s *Site, st *state, report func(telemetry.Instrument, int64, ...attribute.KeyValue)) {
	t := &st.tally
	if s.Goroutine && st.on.Metrics != nil {
		ended := t.Latency.Count() // first: what ends meanwhile has begun
		report(telemetry.GoroutinesRunning, max(t.Started.Load()-ended, 0))
	}
	observeInvocations(s, t, report)
	if s.Retry != nil {
		for retried := range t.Retry {
			for how := range t.Retry[retried] {
				report(telemetry.RetryCalls, t.Retry[retried][how].Load(),
					attribute.Bool("retried", retried == 1), attribute.String("retryResult", tally.Retry(how).String()))
			}
		}
		report(telemetry.RetryRetries, t.Retries.Load())
	}
	for timedOut := range t.Timeout {
		report(telemetry.TimeoutCalls, t.Timeout[timedOut].Load(), attribute.Bool("timedOut", timedOut == 1))
	}
	if st.breaker != nil {
		observeBreaker(st, report)
	}
	if st.slots != nil {
		for rejected, result := range []string{"accepted", "rejected"} {
			report(telemetry.BulkheadCalls, t.Bulkhead[rejected].Load(), attribute.String("bulkheadResult", result))
		}
		now := st.slots.Snapshot()
		report(telemetry.BulkheadRunning, int64(now.Running))
		if s.Bulkhead.Wait > 0 || s.Bulkhead.Queue > 0 {
			report(telemetry.BulkheadWaiting, int64(now.Waiting))
		}
	}
	for refused, result := range []string{"accepted", "refused"} {
		report(telemetry.LimitCalls, t.Limit[refused].Load(), attribute.String("limitResult", result))
	}
	for how := range t.Cache {
		report(telemetry.CacheCalls, t.Cache[how].Load(), attribute.String("cacheResult", tally.Cache(how).String()))
	}
	report(telemetry.HedgeCalls, t.Hedges[0].Load())
	report(telemetry.HedgeHedges, t.Hedges[1].Load())
}

// observeInvocations reports the calls by result.
func observeInvocations(s *Site, t *tally.Tally, report func(telemetry.Instrument, int64, ...attribute.KeyValue)) {
	fallbacks := []string{"notApplied", "applied"}
	if s.Fallback == nil {
		fallbacks[0] = "notDefined"
	}
	for failed, result := range []string{"valueReturned", "exceptionThrown"} {
		for fell, fallback := range fallbacks {
			report(telemetry.Invocations, t.Invocations[failed][fell].Load(), attribute.String("result", result), attribute.String("fallback", fallback))
		}
	}
}

func observeBreaker(st *state, report func(telemetry.Instrument, int64, ...attribute.KeyValue)) {
	for how := range st.tally.Breaker {
		report(telemetry.BreakerCalls, st.tally.Breaker[how].Load(), attribute.String("circuitBreakerResult", tally.Breaker(how).String()))
	}
	now := time.Now()
	opened, spent := st.breaker.Opened(), st.breaker.Durations(now)
	if k := st.breakers.Load(); k != nil {
		opened += k.Opened()
		for state, d := range k.Durations(now) {
			spent[state] += d
		}
	}
	report(telemetry.BreakerOpened, opened)
	for state, name := range map[circuit.State]string{circuit.Closed: "closed", circuit.Open: "open", circuit.HalfOpen: "halfOpen"} {
		report(telemetry.BreakerState, int64(spent[state]), attribute.String("state", name))
	}
}
