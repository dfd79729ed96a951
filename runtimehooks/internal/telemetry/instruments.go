package telemetry

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Instruments are what calls of a protocol are recorded with. K is a combination of the attributes
// of points.
type Instruments[K comparable] struct {
	Tracer    trace.Tracer
	Kind      trace.SpanStartOption
	Durations *Series[K]

	tracers, meters Seen
}

// Installed holds the instruments of the providers that the program has installed. They are made at
// the first call, and again when it installs others.
type Installed[K comparable] struct {
	making sync.Mutex
	latest atomic.Pointer[Instruments[K]]
}

// Current returns the instruments, or nil if they must be renewed. It is apart from Renew, whose
// arguments a call would allocate.
func (i *Installed[K]) Current() *Instruments[K] {
	in := i.latest.Load()
	if in == nil || !in.tracers.Is(otel.GetTracerProvider()) || !in.meters.Is(otel.GetMeterProvider()) {
		return nil
	}
	return in
}

// Renew returns the instruments, which it makes if nobody else has: spans are of the kind, and the
// histogram keeps at most limit combinations prepared, whose attributes attributes returns.
func (i *Installed[K]) Renew(kind trace.SpanKind, metric, description string, limit int, attributes func(K) []attribute.KeyValue) *Instruments[K] {
	i.making.Lock()
	defer i.making.Unlock()
	if in := i.Current(); in != nil {
		return in
	}
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	in := &Instruments[K]{
		Tracer: Tracer(tracers), Kind: trace.WithSpanKind(kind),
		Durations: NewSeries(Histogram(meters, metric, description), limit, attributes),
		tracers:   See(tracers), meters: See(meters),
	}
	i.latest.Store(in)
	return in
}
