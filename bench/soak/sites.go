package main

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/cachehooks"
)

// The policies of the sites, each so tight that it has work to do.
func trace() *runtimehooks.Trace      { return &runtimehooks.Trace{} }
func metrics() *runtimehooks.Metrics  { return &runtimehooks.Metrics{} }
func recovers() *runtimehooks.Recover { return &runtimehooks.Recover{} }

func timeout() *runtimehooks.Timeout { return &runtimehooks.Timeout{After: 15 * time.Millisecond} }

func retry() *runtimehooks.Retry {
	return &runtimehooks.Retry{
		Attempts: 3, Initial: 500 * time.Microsecond, Max: 2 * time.Millisecond, Factor: 2, Jitter: 0.5, Budget: 0.2,
	}
}

// retryEach is a retry whose attempts have deadlines and spans of their own.
func retryEach() *runtimehooks.Retry {
	r := retry()
	r.Each, r.Spans, r.Budget = 6*time.Millisecond, "attempt", 0
	return r
}

func breaker() *runtimehooks.Breaker {
	return &runtimehooks.Breaker{Failures: 4, Cooldown: 4 * time.Millisecond, Probes: 2}
}

// windowed is a breaker that is judged by rates.
func windowed(period time.Duration) *runtimehooks.Breaker {
	return &runtimehooks.Breaker{
		Rate: 0.4, Window: 20, Period: period, Min: 10, Slow: 5 * time.Millisecond, SlowRate: 0.5, Cooldown: 4 * time.Millisecond, Probes: 3,
		Skip: []*error{&errGone},
	}
}

func limit(wait time.Duration) *runtimehooks.Limit {
	return &runtimehooks.Limit{Rate: 400, Per: time.Second, Burst: 20, Wait: wait}
}

// bulkhead has fewer slots than there are callers.
func bulkhead(wait time.Duration, queue int) *runtimehooks.Bulkhead {
	return &runtimehooks.Bulkhead{Max: 2, Wait: wait, Queue: queue}
}

func hedge(budget float64) *runtimehooks.Hedge {
	return &runtimehooks.Hedge{Delay: time.Millisecond, Max: 3, Budget: budget}
}

func cache(negative bool) *runtimehooks.Cache {
	return &runtimehooks.Cache{TTL: 20 * time.Millisecond, Size: 100, Negative: negative, Store: cachehooks.New}
}

func fallback() *runtimehooks.Fallback { return &runtimehooks.Fallback{Skip: []*error{&errGone}} }

func idempotent(wait time.Duration) *runtimehooks.Idempotent {
	return &runtimehooks.Idempotent{TTL: time.Hour, Lease: time.Hour, Wait: wait}
}

type aspects = runtimehooks.Aspects

func on(a aspects) *runtimehooks.Site { return &runtimehooks.Site{Aspects: a} }

// newSubjects returns the subjects of a run, which no other run shares anything with: prefix is in
// their names.
func newSubjects(prefix string) []*subject {
	one := &crowd{}
	shared := func() *runtimehooks.Bulkhead {
		return &runtimehooks.Bulkhead{Name: prefix + " shared", Max: 3, Wait: 2 * time.Millisecond, Queue: 4}
	}
	const ms = time.Millisecond
	list := []*subject{
		{name: "eight",
			site: on(aspects{Recover: recovers(), Trace: trace(), Limit: limit(0), Timeout: timeout(), Retry: retry(), Breaker: breaker(), Bulkhead: bulkhead(2*ms, 4)})},
		{name: "eight, nobody cancels", steady: true,
			site: on(aspects{Recover: recovers(), Trace: trace(), Limit: limit(0), Timeout: timeout(), Retry: retry(), Breaker: breaker(), Bulkhead: bulkhead(0, 0)})},
		{name: "eight without recover and trace",
			site: on(aspects{Limit: limit(3 * ms), Timeout: timeout(), Retry: retry(), Breaker: windowed(0), Bulkhead: bulkhead(0, 3)})},
		{name: "eight keys", keys: 5, keyed: true,
			site: on(aspects{Recover: recovers(), Trace: trace(), Limit: limit(0), Timeout: timeout(), Retry: retry(), Breaker: breaker(), Bulkhead: bulkhead(2*ms, 0)})},
		{name: "prologue", woven: (*subject).prologue,
			site: on(aspects{Trace: trace(), Limit: limit(ms), Timeout: timeout(), Breaker: breaker(), Bulkhead: bulkhead(ms, 4)})},
		{name: "prologue without limit", woven: (*subject).prologue,
			site: on(aspects{Timeout: timeout(), Breaker: windowed(20 * ms), Bulkhead: bulkhead(0, 4)})},
		{name: "retry alone", site: on(aspects{Trace: trace(), Retry: retry()})},
		{name: "retry each, bulkhead", site: on(aspects{Trace: trace(), Timeout: timeout(), Retry: retryEach(), Bulkhead: bulkhead(0, 3)})},
		{name: "retry each, breaker", site: on(aspects{Recover: recovers(), Retry: retryEach(), Breaker: windowed(20 * ms)})},
		{name: "hedge alone", woven: (*subject).hedged, site: on(aspects{Hedge: hedge(0)})},
		{name: "hedge, bulkhead", woven: (*subject).hedged,
			site: on(aspects{Recover: recovers(), Trace: trace(), Timeout: timeout(), Hedge: hedge(0.5), Bulkhead: bulkhead(ms, 4)})},
		{name: "hedge, retry, breaker", woven: (*subject).hedged,
			site: on(aspects{Trace: trace(), Timeout: timeout(), Hedge: hedge(0), Retry: retryEach(), Breaker: breaker(), Bulkhead: bulkhead(0, 3)})},
		{name: "hedge, cache, fallback", keys: 8, woven: (*subject).hedged,
			site: on(aspects{Recover: recovers(), Timeout: timeout(), Cache: cache(false), Fallback: fallback(), Hedge: hedge(0)})},
		{name: "cache, fallback", keys: 8,
			site: on(aspects{Trace: trace(), Cache: cache(false), Fallback: fallback(), Timeout: timeout()})},
		{name: "cache, negative", keys: 8,
			site: on(aspects{Recover: recovers(), Cache: cache(true), Timeout: timeout(), Retry: retryEach(), Bulkhead: bulkhead(ms, 3)})},
		{name: "fallback, bulkhead", site: on(aspects{Trace: trace(), Fallback: fallback(), Breaker: breaker(), Bulkhead: bulkhead(0, 0)})},
		{name: "idempotent", site: on(aspects{Trace: trace(), Idempotent: idempotent(0), Retry: retry(), Breaker: breaker()})},
		{name: "idempotent, waiting",
			site: on(aspects{Recover: recovers(), Idempotent: idempotent(30 * ms), Retry: retry(), Bulkhead: bulkhead(0, 3)})},
		{name: "shared bulkhead, first", shared: one,
			site: on(aspects{Trace: trace(), Timeout: timeout(), Retry: retryEach(), Bulkhead: shared()})},
		{name: "shared bulkhead, second", shared: one, woven: (*subject).hedged, site: on(aspects{Hedge: hedge(0), Bulkhead: shared()})},
	}
	for _, s := range list {
		s.site.Function, s.site.Name, s.site.Metrics = prefix+"."+s.name, s.name, metrics()
		s.counts.ended = map[string]int64{}
		if s.woven == nil {
			s.woven = (*subject).attempts
		}
		if s.site.Idempotent != nil {
			s.store, s.successes = &memory{values: map[string]stored{}}, map[string]int{}
		}
		runtimehooks.Register(s.site)
	}
	return list
}
