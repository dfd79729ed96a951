package observe

import (
	"context"
	"maps"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// series identifies a data point by the attributes that are not the same for all of one client or
// server.
type series interface {
	comparable
	attributes() []attribute.KeyValue
}

// recorder records what one client or server does: a span for each operation and a point of one
// histogram.
type recorder[S series] struct {
	kind      trace.SpanKind
	common    []attribute.KeyValue // what all spans and points have
	histogram func(metric.Meter) (metric.Float64Histogram, error)
	counter   func(metric.Meter) (metric.Int64Counter, error) // nil for none
	state     atomic.Pointer[state[S]]
	building  sync.Mutex
}

// listening returns the state for the providers that are installed now, nil if nobody listens.
func (r *recorder[S]) listening(ctx context.Context) *state[S] {
	st := r.state.Load()
	if st == nil || !st.current() {
		st = r.build()
	}
	if st.tracer == nil && (st.durations == nil || !st.durations.Enabled(ctx)) {
		return nil
	}
	return st
}

func (r *recorder[S]) build() *state[S] {
	r.building.Lock()
	defer r.building.Unlock()
	if st := r.state.Load(); st != nil && st.current() {
		return st
	}
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	st := &state[S]{tracers: see(tracers), meters: see(meters), common: r.common}
	st.known.Store(&map[S]prepared{})
	if !silent(tracers) {
		st.tracer = tracers.Tracer(Scope, trace.WithSchemaURL(semconv.SchemaURL))
		st.spanOptions = []trace.SpanStartOption{trace.WithSpanKind(r.kind), trace.WithAttributes(st.common...)}
	}
	if !silent(meters) {
		meter := meters.Meter(Scope, metric.WithSchemaURL(semconv.SchemaURL))
		st.durations = handled(r.histogram(meter))
		if r.counter != nil {
			st.counts = handled(r.counter(meter))
		}
	}
	r.state.Store(st)
	return st
}

// handled returns an instrument, nil if it cannot be made.
func handled[I any](instrument I, err error) (none I) {
	if err != nil {
		otel.Handle(err)
		return none
	}
	return instrument
}

// state is what a recorder computes once, and again when the program installs other providers.
type state[S series] struct {
	tracers, meters seen // the providers

	tracer      trace.Tracer // nil where nobody sees spans
	spanOptions []trace.SpanStartOption
	durations   metric.Float64Histogram // nil where nobody sees metrics
	counts      metric.Int64Counter     // nil where nobody sees metrics, or nothing is counted

	common []attribute.KeyValue
	adding sync.Mutex
	known  atomic.Pointer[map[S]prepared] // copied on write
}

// prepared are the attributes of a series, as each instrument takes them.
type prepared struct {
	record []metric.RecordOption
	add    []metric.AddOption
}

// current reports whether the providers are still those that st was computed from.
func (st *state[S]) current() bool {
	return st.tracers.is(otel.GetTracerProvider()) && st.meters.is(otel.GetMeterProvider())
}

// record adds a point for an operation that began at start, unless nobody sees metrics.
func (st *state[S]) record(ctx context.Context, start time.Time, key S) {
	if d := st.durations; d != nil {
		d.Record(ctx, time.Since(start).Seconds(), st.options(key).record...)
	}
}

// add counts n, unless nobody sees metrics.
func (st *state[S]) add(ctx context.Context, n int64, key S) {
	if c := st.counts; c != nil {
		c.Add(ctx, n, st.options(key).add...)
	}
}

// options returns the attributes of a series, prepared.
func (st *state[S]) options(key S) prepared {
	if options, ok := (*st.known.Load())[key]; ok {
		return options
	}
	attrs := append(st.common[:len(st.common):len(st.common)], key.attributes()...)
	set := metric.WithAttributeSet(attribute.NewSet(attrs...))
	options := prepared{[]metric.RecordOption{set}, []metric.AddOption{set}}
	st.adding.Lock()
	defer st.adding.Unlock()
	known := maps.Clone(*st.known.Load())
	known[key] = options
	st.known.Store(&known)
	return options
}

// seen is a provider, to be compared with the one that is installed later. One that cannot be
// compared, which would panic, is known by its type.
type seen struct {
	value any
	kind  reflect.Type // set instead of value
}

func see(provider any) seen {
	if v := reflect.ValueOf(provider); v.IsValid() && !v.Comparable() {
		return seen{kind: v.Type()}
	}
	return seen{value: provider}
}

func (s seen) is(provider any) bool {
	if s.kind != nil {
		return reflect.TypeOf(provider) == s.kind
	}
	return s.value == provider
}

// silent reports whether a provider is known to record nothing: OpenTelemetry's own until the
// program installs one, and that of the noop packages.
func silent(provider any) bool {
	t := reflect.TypeOf(provider)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	return pkg == "go.opentelemetry.io/otel/internal/global" || strings.HasPrefix(pkg, "go.opentelemetry.io/otel/") &&
		strings.HasSuffix(pkg, "/noop")
}
