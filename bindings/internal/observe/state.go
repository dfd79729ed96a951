package observe

import (
	"maps"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// boundaries are the semantic conventions' for db.client.operation.duration, in seconds.
var boundaries = []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}

// state is what a client computes once, and again when the program installs other providers.
type state struct {
	tracers, meters seen // the providers

	tracer      trace.Tracer // nil where nobody sees spans
	spanOptions []trace.SpanStartOption
	durations   metric.Float64Histogram // nil where nobody sees metrics

	common []attribute.KeyValue
	adding sync.Mutex
	known  atomic.Pointer[map[series][]metric.RecordOption] // copied on write
}

// series identifies the attributes of a data point that are not the same for all of a client's.
type series struct{ op, summary, errorType string }

func newState(target Target, tracers trace.TracerProvider, meters metric.MeterProvider) *state {
	st := &state{tracers: see(tracers), meters: see(meters), common: target.attributes()}
	st.known.Store(&map[series][]metric.RecordOption{})
	if !silent(tracers) {
		st.tracer = tracers.Tracer(Scope, trace.WithSchemaURL(semconv.SchemaURL))
		st.spanOptions = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(st.common...)}
	}
	if silent(meters) {
		return st
	}
	h, err := meters.Meter(Scope, metric.WithSchemaURL(semconv.SchemaURL)).Float64Histogram("db.client.operation.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of database client operations."),
		metric.WithExplicitBucketBoundaries(boundaries...))
	if err != nil {
		otel.Handle(err)
		return st
	}
	st.durations = h
	return st
}

// current reports whether the providers are still those that st was computed from.
func (st *state) current() bool {
	return st.tracers.is(otel.GetTracerProvider()) && st.meters.is(otel.GetMeterProvider())
}

// seen is a provider, to be compared with the one that is installed later. One that cannot be compared, which would panic,
// is known by its type.
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

// silent reports whether a provider is known to record nothing: OpenTelemetry's own until the program installs one, and
// that of the noop packages.
func silent(provider any) bool {
	t := reflect.TypeOf(provider)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()
	return pkg == "go.opentelemetry.io/otel/internal/global" || strings.HasPrefix(pkg, "go.opentelemetry.io/otel/") && strings.HasSuffix(pkg, "/noop")
}

// options returns the attributes of a series, prepared. There are as many as operations or summaries times codes.
func (st *state) options(key series) []metric.RecordOption {
	if options, ok := (*st.known.Load())[key]; ok {
		return options
	}
	attrs := st.common[:len(st.common):len(st.common)]
	if key.op != "" {
		attrs = append(attrs, semconv.DBOperationName(key.op))
	}
	if key.summary != "" {
		attrs = append(attrs, semconv.DBQuerySummary(key.summary))
	}
	if key.errorType != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(key.errorType))
	}
	options := []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attrs...))}
	st.adding.Lock()
	defer st.adding.Unlock()
	known := maps.Clone(*st.known.Load())
	known[key] = options
	st.known.Store(&known)
	return options
}
