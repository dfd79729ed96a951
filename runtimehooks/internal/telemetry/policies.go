package telemetry

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Instrument is one of the counters and gauges of policies and goroutines, which a provider reads
// when it collects.
type Instrument int

// The instruments, in the shapes of MicroProfile Fault Tolerance where that has them.
const (
	Invocations Instrument = iota
	RetryCalls
	RetryRetries
	TimeoutCalls
	BreakerCalls
	BreakerState
	BreakerOpened
	BulkheadCalls
	BulkheadRunning
	BulkheadWaiting
	LimitCalls
	CacheCalls
	HedgeCalls
	HedgeHedges
	GoroutinesRunning
)

var instruments = [...]struct{ name, unit, description string }{
	Invocations:     {"ft.invocations.total", "{call}", "Calls of functions with policies, by result."},
	RetryCalls:      {"ft.retry.calls.total", "{call}", "Calls with a retry, by whether and how they ended."},
	RetryRetries:    {"ft.retry.retries.total", "{retry}", "Attempts after the first."},
	TimeoutCalls:    {"ft.timeout.calls.total", "{call}", "Calls with a timeout, by whether they missed it."},
	BreakerCalls:    {"ft.circuitbreaker.calls.total", "{call}", "Attempts at a circuit breaker, by result."},
	BreakerState:    {"ft.circuitbreaker.state.total", "ns", "Time spent in each state."},
	BreakerOpened:   {"ft.circuitbreaker.opened.total", "{transition}", "Changes from closed to open."},
	BulkheadCalls:   {"ft.bulkhead.calls.total", "{call}", "Attempts at a bulkhead, by result."},
	BulkheadRunning: {"ft.bulkhead.executionsRunning", "{call}", "Calls that hold a slot."},
	BulkheadWaiting: {"ft.bulkhead.executionsWaiting", "{call}", "Calls that wait for a slot."},
	LimitCalls:      {"ft.limit.calls.total", "{call}", "Calls at a limit, by result."},
	CacheCalls:      {"ft.cache.calls.total", "{call}", "Calls at a cache, by result."},
	HedgeCalls:      {"ft.hedge.calls.total", "{call}", "Calls that may be hedged."},
	HedgeHedges:     {"ft.hedge.hedges.total", "{hedge}", "Bodies that were begun beside others."},

	GoroutinesRunning: {"goroutine.running", "{goroutine}", "Goroutines that a go statement has started and that run."},
}

// Gauge reports whether the instrument goes up and down.
func (i Instrument) Gauge() bool {
	return i == BulkheadRunning || i == BulkheadWaiting || i == GoroutinesRunning
}

// ObservePolicies has the provider call read whenever it collects. Where the provider cannot make
// an instrument, the error goes to OpenTelemetry's error handler. The registration is never nil.
func ObservePolicies(provider metric.MeterProvider, read func(report func(Instrument, int64, ...attribute.KeyValue))) metric.Registration {
	meter := provider.Meter(Scope, metric.WithSchemaURL(SchemaURL))
	made := make([]metric.Int64Observable, len(instruments))
	var all []metric.Observable
	for i, d := range instruments {
		var err error
		if Instrument(i).Gauge() {
			made[i], err = meter.Int64ObservableUpDownCounter(d.name, metric.WithUnit(d.unit), metric.WithDescription(d.description))
		} else {
			made[i], err = meter.Int64ObservableCounter(d.name, metric.WithUnit(d.unit), metric.WithDescription(d.description))
		}
		if err != nil {
			otel.Handle(err)
			return unregistered{}
		}
		all = append(all, made[i])
	}
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		read(func(i Instrument, value int64, attributes ...attribute.KeyValue) {
			o.ObserveInt64(made[i], value, metric.WithAttributes(attributes...))
		})
		return nil
	}, all...)
	if err != nil {
		otel.Handle(err)
	}
	if registration == nil {
		return unregistered{}
	}
	return registration
}

// unregistered is the registration of a callback that the provider did not take.
type unregistered struct{ metric.Registration }

// Unregister does nothing.
func (unregistered) Unregister() error { return nil }
