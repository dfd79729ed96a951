package entryhooks

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Site is one woven function that an [Entry] describes, with its aspects: static data, completed at
// its first call. It must not be copied after that. Retry and Around have no effect.
type Site[P any] struct {
	runtimehooks.Site
	Entry *Entry[P]

	kept kept[P]
}

// Call returns the record of one call of the function, to be kept in a local variable. Its Enter
// comes next.
func (s *Site[P]) Call() Call[P] {
	return Call[P]{call[P]{site: &s.Site, kept: &s.kept, about: s.kept.describe(s.Entry.describe)}}
}

// ErrorSite is one woven function that an [ErrorEntry] describes.
type ErrorSite[P any] struct {
	runtimehooks.Site
	Entry *ErrorEntry[P]

	kept kept[P]
}

// Call returns the record of one call of the function.
func (s *ErrorSite[P]) Call() ErrorCall[P] {
	return ErrorCall[P]{call[P]{site: &s.Site, kept: &s.kept, about: s.kept.describe(s.Entry.describe)}}
}

// kept is what a site keeps between calls.
type kept[P any] struct {
	mu    sync.Mutex
	about atomic.Pointer[description[P]] // nil before the first call
	state atomic.Pointer[state]          // likewise
}

func (k *kept[P]) describe(make func() *description[P]) *description[P] {
	d := k.about.Load()
	if d == nil {
		d = make()
		k.about.Store(d)
	}
	return d
}

// state is what a site computes once, and again when the program installs other providers or its
// aspects change.
type state struct {
	on *runtimehooks.Aspects

	tracers telemetry.Seen // the provider that tracer is from; unset without trace
	tracer  trace.Tracer   // nil without trace
	inner   []trace.SpanStartOption
	server  trace.SpanStartOption
	name    attribute.KeyValue // code.function.name

	meters    telemetry.Seen       // the provider that the histograms are from; unset without metrics
	requests  *httphooks.Durations // nil without metrics
	durations *telemetry.Durations // likewise
}

// load returns the site's state for a call that begins now, with the effective aspects.
func (k *kept[P]) load(site *runtimehooks.Site, on *runtimehooks.Aspects) *state {
	if st := k.state.Load(); st != nil && st.current(on) {
		return st
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if st := k.state.Load(); st != nil && st.current(on) {
		return st
	}
	st := newState(site, on)
	k.state.Store(st)
	return st
}

// current reports whether the aspects and the providers are still those that st was built from.
func (st *state) current(on *runtimehooks.Aspects) bool {
	return st.on == on && (st.tracer == nil || st.tracers.Is(otel.GetTracerProvider())) &&
		(st.requests == nil || st.meters.Is(otel.GetMeterProvider()))
}

func newState(site *runtimehooks.Site, on *runtimehooks.Aspects) *state {
	st := &state{on: on, name: telemetry.FunctionName(site.CodeName())}
	if on.Trace != nil {
		provider := otel.GetTracerProvider()
		st.tracers, st.tracer = telemetry.See(provider), telemetry.Tracer(provider)
		st.server = trace.WithSpanKind(telemetry.Kind(on.Trace.Kind, trace.SpanKindServer))
		st.inner = []trace.SpanStartOption{
			trace.WithSpanKind(telemetry.Kind(on.Trace.Kind, trace.SpanKindInternal)), trace.WithAttributes(st.name),
		}
	}
	if on.Metrics != nil {
		provider := otel.GetMeterProvider()
		st.meters, st.requests = telemetry.See(provider), httphooks.NewDurations(provider)
		st.durations = telemetry.NewDurations(provider, site.CodeName())
	}
	return st
}
