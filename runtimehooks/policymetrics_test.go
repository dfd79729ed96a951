package runtimehooks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// counts returns the data points of the policies' counters and the counts of their histograms, for
// a function, as "name{attributes}": value.
func (got telemetryOf) counts(t *testing.T, function string) map[string]int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	add := func(name string, set attribute.Set, value int64) {
		var attrs []string
		mine := false
		for _, kv := range set.ToSlice() {
			if kv.Key == "code.function.name" {
				mine = kv.Value.AsString() == function
			} else {
				attrs = append(attrs, fmt.Sprintf("%s=%s", kv.Key, kv.Value.String()))
			}
		}
		if mine {
			counts[strings.TrimPrefix(name, "ft.")+"{"+strings.Join(attrs, " ")+"}"] = value
		}
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if !strings.HasPrefix(m.Name, "ft.") {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(m.Name, p.Attributes, int64(p.Count))
				}
			}
		}
	}
	return counts
}

func TestPolicyMetrics(t *testing.T) {
	for _, c := range []struct {
		name string
		site *Site
		run  func(t *testing.T, site *Site)
		want map[string]int64
	}{
		{
			"retry", &Site{Aspects: Aspects{Retry: &Retry{Attempts: 3, Abort: []*error{&errFatal}}}},
			func(t *testing.T, site *Site) {
				for _, errs := range [][]error{{nil}, {errBusy, nil}, {errBusy}, {errFatal}, {errBusy, errFatal}} {
					body, _ := failing(errs...)
					attempts(t.Context(), site, body)
				}
			},
			map[string]int64{
				"invocations.total{fallback=notDefined result=valueReturned}":        2,
				"invocations.total{fallback=notDefined result=exceptionThrown}":      3,
				"retry.calls.total{retried=false retryResult=valueReturned}":         1,
				"retry.calls.total{retried=true retryResult=valueReturned}":          1,
				"retry.calls.total{retried=true retryResult=maxRetriesReached}":      1,
				"retry.calls.total{retried=false retryResult=exceptionNotRetryable}": 1,
				"retry.calls.total{retried=true retryResult=exceptionNotRetryable}":  1,
				"retry.retries.total{}": 4,
			},
		},
		{
			"retry of a late attempt", &Site{Aspects: Aspects{Retry: &Retry{Attempts: 9, Initial: time.Second, Max: time.Second, Factor: 1, Elapsed: 1500 * time.Millisecond}}},
			func(t *testing.T, site *Site) { body, _ := failing(errBusy); attempts(t.Context(), site, body) },
			map[string]int64{
				"invocations.total{fallback=notDefined result=exceptionThrown}":  1,
				"retry.calls.total{retried=true retryResult=maxDurationReached}": 1,
				"retry.retries.total{}": 1,
			},
		},
		{
			"timeout", &Site{Aspects: Aspects{Timeout: &Timeout{After: time.Second}}},
			func(t *testing.T, site *Site) {
				prologue(t.Context(), site, succeed)
				prologue(t.Context(), site, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
				ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
				defer cancel()
				prologue(ctx, site, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
			},
			map[string]int64{
				"invocations.total{fallback=notDefined result=valueReturned}":   1,
				"invocations.total{fallback=notDefined result=exceptionThrown}": 2,
				"timeout.calls.total{timedOut=false}":                           2,
				"timeout.calls.total{timedOut=true}":                            1,
				"timeout.executionDuration{}":                                   3,
			},
		},
		{
			"breaker", &Site{Aspects: Aspects{Breaker: &Breaker{Failures: 2, Cooldown: time.Second, Probes: 1}}},
			func(t *testing.T, site *Site) {
				time.Sleep(time.Second)
				prologue(t.Context(), site, succeed)
				fails(t.Context(), site, 4)
				time.Sleep(3 * time.Second)
				prologue(t.Context(), site, succeed)
			},
			map[string]int64{
				"invocations.total{fallback=notDefined result=valueReturned}":         2,
				"invocations.total{fallback=notDefined result=exceptionThrown}":       4,
				"circuitbreaker.calls.total{circuitBreakerResult=success}":            2,
				"circuitbreaker.calls.total{circuitBreakerResult=failure}":            2,
				"circuitbreaker.calls.total{circuitBreakerResult=circuitBreakerOpen}": 2,
				"circuitbreaker.opened.total{}":                                       1,
				"circuitbreaker.state.total{state=open}":                              int64(3 * time.Second),
			},
		},
		{
			"bulkhead", &Site{Aspects: Aspects{Bulkhead: &Bulkhead{Max: 1, Wait: time.Second, Queue: 1}}},
			func(t *testing.T, site *Site) {
				for range 3 {
					go prologue(t.Context(), site, func(context.Context) error { time.Sleep(time.Second / 2); return nil })
					synctest.Wait()
				}
				time.Sleep(time.Minute)
				go prologue(t.Context(), site, func(context.Context) error { time.Sleep(time.Hour); return nil })
				synctest.Wait()
			},
			map[string]int64{
				"invocations.total{fallback=notDefined result=valueReturned}":   2,
				"invocations.total{fallback=notDefined result=exceptionThrown}": 1,
				"bulkhead.calls.total{bulkheadResult=accepted}":                 3,
				"bulkhead.calls.total{bulkheadResult=rejected}":                 1,
				"bulkhead.executionsRunning{}":                                  1,
				"bulkhead.executionsWaiting{}":                                  0,
				"bulkhead.runningDuration{}":                                    2,
				"bulkhead.waitingDuration{}":                                    3,
			},
		},
		{
			"fallback and cache", &Site{Aspects: Aspects{Fallback: &Fallback{Skip: []*error{&errFatal}}, Cache: &Cache{Size: 10, Store: newShelf}}},
			func(t *testing.T, site *Site) {
				for _, err := range []error{nil, nil, errBusy, errFatal} {
					key := fmt.Sprint(err)
					kept(t.Context(), site, key, func(context.Context) (*request, error) { return nil, err })
				}
			},
			map[string]int64{
				"invocations.total{fallback=notApplied result=valueReturned}":   2,
				"invocations.total{fallback=notApplied result=exceptionThrown}": 1,
				"invocations.total{fallback=applied result=valueReturned}":      1,
				"cache.calls.total{cacheResult=hit}":                            1,
				"cache.calls.total{cacheResult=miss}":                           3,
			},
		},
		{
			"limit", &Site{Aspects: Aspects{Limit: &Limit{Rate: 1, Per: time.Hour, Burst: 2}}},
			func(t *testing.T, site *Site) {
				for range 5 {
					gated(t.Context(), site, Key{}, nil, succeed)
				}
			},
			map[string]int64{
				"invocations.total{fallback=notDefined result=valueReturned}":   2,
				"invocations.total{fallback=notDefined result=exceptionThrown}": 3,
				"limit.calls.total{limitResult=accepted}":                       2,
				"limit.calls.total{limitResult=refused}":                        3,
			},
		},
	} {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, %v", c.name, on), func(t *testing.T) {
				got := record(t)
				synctest.Test(t, func(t *testing.T) {
					s := c.site
					site := &Site{
						Function: fmt.Sprint("metrics of ", c.name, on), Aspects: Aspects{Retry: s.Retry, Timeout: s.Timeout, Breaker: s.Breaker, Bulkhead: s.Bulkhead,
							Fallback: s.Fallback, Cache: s.Cache, Limit: s.Limit},
					}
					want := c.want
					if on {
						site.Metrics = &Metrics{}
					} else {
						want = map[string]int64{}
					}
					c.run(t, site)
					counts := got.counts(t, site.Function)
					maps.DeleteFunc(counts, func(name string, _ int64) bool {
						return slices.Contains([]string{"circuitbreaker.state.total{state=closed}", "circuitbreaker.state.total{state=halfOpen}"}, name)
					})
					if diff := cmp.Diff(want, counts); diff != "" {
						t.Error(diff)
					}
					time.Sleep(2 * time.Hour)
				})
			})
		}
	}
}
