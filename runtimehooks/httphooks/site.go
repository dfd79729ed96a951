package httphooks

import (
	"net/http"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Site is one woven handler with its aspects: static data, completed at its first call. It must not
// be copied after that. Retry and Around have no effect.
type Site struct {
	runtimehooks.Site

	building sync.Mutex
	state    atomic.Pointer[state] // nil before the first call
}

// Call returns the record of one call of the handler, to be kept in a local variable. Its Enter
// comes next.
func (s *Site) Call() Call { return Call{site: s} }

// state is what a site computes once, and again when the program installs other providers or its
// aspects change. Nothing of it changes but named.
type state struct {
	on *runtimehooks.Aspects

	tracers telemetry.Seen // the provider that tracer is from; unset without trace
	tracer  trace.Tracer   // nil without trace
	kind    trace.SpanStartOption
	inner   trace.SpanStartOption // below the span of the request
	named   atomic.Pointer[named] // the first span's name

	meters    telemetry.Seen             // the provider that durations is from; unset without metrics
	durations *telemetry.Series[outcome] // nil without metrics
}

// load returns the site's state for a call that begins now, with the effective aspects.
func (s *Site) load(on *runtimehooks.Aspects) *state {
	st := s.state.Load()
	if st != nil && st.current(on) {
		return st
	}
	return s.build(on)
}

// current reports whether the aspects and the providers are still those that st was built from.
func (st *state) current(on *runtimehooks.Aspects) bool {
	return st.on == on && (st.tracer == nil || st.tracers.Is(otel.GetTracerProvider())) &&
		(st.durations == nil || st.meters.Is(otel.GetMeterProvider()))
}

// outcomes is how many combinations of metric attributes are kept prepared per handler.
const outcomes = 256

// build computes the state.
func (s *Site) build(on *runtimehooks.Aspects) *state {
	s.building.Lock()
	defer s.building.Unlock()
	if old := s.state.Load(); old != nil && old.current(on) {
		return old
	}
	st := &state{on: on}
	if on.Trace != nil {
		provider := otel.GetTracerProvider()
		st.tracers, st.tracer = telemetry.See(provider), telemetry.Tracer(provider)
		st.kind = trace.WithSpanKind(telemetry.Kind(on.Trace.Kind, trace.SpanKindServer))
		st.inner = trace.WithSpanKind(telemetry.Kind(on.Trace.Kind, trace.SpanKindInternal))
	}
	if on.Metrics != nil {
		provider := otel.GetMeterProvider()
		st.meters, st.durations = telemetry.See(provider), NewDurations(provider).series
	}
	s.state.Store(st)
	return st
}

// panicStatus is the status of the response to a recovered panic.
func (st *state) panicStatus() int {
	if st.on.Recover.Status == 0 {
		return http.StatusInternalServerError
	}
	return st.on.Recover.Status
}

// named is the name of a span, with what it is made of.
type named struct{ method, route, name string }

// spanName is the function spanName, which it need not call again for a handler with one method and
// one route, as most have.
func (st *state) spanName(method, route string) string {
	n := st.named.Load()
	if n == nil {
		n = &named{method, route, spanName(method, route)}
		st.named.Store(n)
	}
	if n.method == method && n.route == route {
		return n.name
	}
	return spanName(method, route)
}
