package runtimehooks

import (
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/toggle"
	"github.com/instrumentgo/instrument/runtimehooks/internal/unwind"
)

// state is what a site computes once, and again when the program installs other providers. Nothing of it changes but depth.
type state struct {
	tracers telemetry.Seen // the provider that tracer is from; unset without trace
	tracer  trace.Tracer   // nil without trace
	span    string         // name of the spans
	start   []trace.SpanStartOption
	attrs   []attribute.KeyValue // of recording spans

	meters    telemetry.Seen       // the provider that durations is from; unset without metrics
	durations *telemetry.Durations // nil without metrics

	breaker *circuit.Breaker // nil without breaker
	missed  *TimeoutError    // cause of the end of a context whose timeout is over
	clock   bool             // whether any aspect needs the time

	incurious bool // whether only a span reads the value of a panic
	depth     unwind.Depth
}

// load returns the site's state for a call that begins now, or nil if sites are switched off.
func (s *Site) load() *state {
	if toggle.Off() {
		return nil
	}
	st := s.state.Load()
	if st != nil && st.current() {
		return st
	}
	return s.build()
}

// current reports whether the providers are still those that st was built from.
func (st *state) current() bool {
	return (st.tracer == nil || st.tracers.Is(otel.GetTracerProvider())) &&
		(st.durations == nil || st.meters.Is(otel.GetMeterProvider()))
}

// incurious reports whether no aspect but trace reads the value of a panic. The functions that a generic one stands for have
// frames of several sizes under one site, where a distance means nothing.
func (s *Site) incurious() bool {
	return s.Recover == nil && s.Log == nil && !strings.Contains(s.Function, "[") && unwind.Measurable()
}

// build computes the state. A breaker outlives the change of a provider.
func (s *Site) build() *state {
	s.building.Lock()
	defer s.building.Unlock()
	old := s.state.Load()
	if old != nil && old.current() {
		return old
	}
	st := &state{incurious: s.incurious(), clock: s.Metrics != nil || s.Log != nil || s.Timeout != nil || s.Retry != nil || s.Breaker != nil}
	if t := s.Trace; t != nil {
		provider := otel.GetTracerProvider()
		st.tracers, st.tracer = telemetry.See(provider), telemetry.Tracer(provider)
		st.span = t.Name
		if st.span == "" {
			st.span = s.Name
		}
		st.start = []trace.SpanStartOption{trace.WithSpanKind(telemetry.Kind(t.Kind, trace.SpanKindInternal))}
		st.attrs = []attribute.KeyValue{semconv.CodeFunctionName(s.Function)}
	}
	if s.Metrics != nil {
		provider := otel.GetMeterProvider()
		st.meters, st.durations = telemetry.See(provider), telemetry.NewDurations(provider, s.Function)
	}
	if s.Timeout != nil {
		st.missed = &TimeoutError{Site: s.Function, After: s.Timeout.After}
	}
	if s.Breaker != nil {
		if old != nil {
			st.breaker = old.breaker
		} else {
			st.breaker = s.Breaker.circuit(s.Function)
		}
	}
	s.state.Store(st)
	return st
}
