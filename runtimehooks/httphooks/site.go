package httphooks

import (
	"net/http"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
	"github.com/instrumentgo/instrument/runtimehooks/internal/toggle"
)

// Site is one woven handler with its aspects: static data, completed at its first call. It must not be copied after
// that. Retry and Around have no effect.
type Site struct {
	runtimehooks.Site

	building sync.Mutex
	state    atomic.Pointer[state] // nil before the first call
}

// Call returns the record of one call of the handler, to be kept in a local variable. Its Enter comes next.
func (s *Site) Call() Call { return Call{site: s} }

// state is what a site computes once, and again when the program installs other providers. It never changes.
type state struct {
	tracers telemetry.Seen // the provider that tracer is from; unset without trace
	tracer  trace.Tracer   // nil without trace
	kind    trace.SpanStartOption

	meters    telemetry.Seen             // the provider that durations is from; unset without metrics
	durations *telemetry.Series[outcome] // nil without metrics

	breaker *circuit.Breaker // nil without breaker
	missed  *runtimehooks.TimeoutError
	clock   bool // whether any aspect needs the time
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

// outcomes is how many combinations of metric attributes are kept prepared per handler.
const outcomes = 256

// build computes the state. A breaker outlives the change of a provider.
func (s *Site) build() *state {
	s.building.Lock()
	defer s.building.Unlock()
	old := s.state.Load()
	if old != nil && old.current() {
		return old
	}
	st := &state{clock: s.Metrics != nil || s.Log != nil || s.Timeout != nil || s.Breaker != nil || s.Recover != nil}
	if s.Trace != nil {
		provider := otel.GetTracerProvider()
		st.tracers, st.tracer = telemetry.See(provider), telemetry.Tracer(provider)
		st.kind = trace.WithSpanKind(telemetry.Kind(s.Trace.Kind, trace.SpanKindServer))
	}
	if s.Metrics != nil {
		provider := otel.GetMeterProvider()
		h := telemetry.Histogram(provider, "http.server.request.duration", "Duration of HTTP server requests.")
		st.meters, st.durations = telemetry.See(provider), telemetry.NewSeries(h, outcomes, outcome.attributes)
	}
	if s.Timeout != nil {
		st.missed = &runtimehooks.TimeoutError{Site: s.Function, After: s.Timeout.After}
	}
	if b := s.Breaker; b != nil {
		if old != nil {
			st.breaker = old.breaker
		} else {
			st.breaker = circuit.Get(b.Name, s.Function, circuit.Config{
				Failures: b.Failures, Rate: b.Rate, Window: b.Window, Cooldown: b.Cooldown, Probes: b.Probes,
			})
		}
	}
	s.state.Store(st)
	return st
}

// panicStatus is the status of the response to a recovered panic.
func (s *Site) panicStatus() int {
	if s.Recover.Status == 0 {
		return http.StatusInternalServerError
	}
	return s.Recover.Status
}
