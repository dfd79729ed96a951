package telemetry

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// boundaries are the semantic conventions' for durations in seconds.
var boundaries = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// Histogram returns the provider's histogram of durations in seconds with the given name. Where the
// provider cannot make it, the error goes to OpenTelemetry's error handler and the histogram
// records nothing.
func Histogram(provider metric.MeterProvider, name, description string) metric.Float64Histogram {
	meter := provider.Meter(Scope, metric.WithSchemaURL(SchemaURL))
	h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(boundaries...))
	if err != nil {
		otel.Handle(err)
	}
	if h == nil {
		h = noop.Float64Histogram{}
	}
	return h
}

// Series is a histogram with the record options of each combination of attributes prepared once. K
// identifies a combination.
type Series[K comparable] struct {
	histogram  metric.Float64Histogram
	attributes func(K) []attribute.KeyValue
	limit      int

	adding sync.Mutex
	known  atomic.Pointer[map[K][]metric.RecordOption] // copied on write
}

// NewSeries prepares at most limit combinations; what comes after that is prepared for each record.
// attributes returns a combination's attributes.
func NewSeries[K comparable](h metric.Float64Histogram, limit int, attributes func(K) []attribute.KeyValue) *Series[K] {
	s := &Series[K]{histogram: h, attributes: attributes, limit: limit}
	s.known.Store(&map[K][]metric.RecordOption{})
	return s
}

// Record records a duration in seconds, if anybody wants to know it.
func (s *Series[K]) Record(ctx context.Context, seconds float64, key K) {
	if !s.histogram.Enabled(ctx) {
		return
	}
	options, ok := (*s.known.Load())[key]
	if !ok {
		options = s.add(key)
	}
	s.histogram.Record(ctx, seconds, options...)
}

// Room reports whether key is known, or may still become so.
func (s *Series[K]) Room(key K) bool {
	known := *s.known.Load()
	_, ok := known[key]
	return ok || len(known) < s.limit
}

func (s *Series[K]) add(key K) []metric.RecordOption {
	options := []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(s.attributes(key)...))}
	s.adding.Lock()
	defer s.adding.Unlock()
	known := *s.known.Load()
	if len(known) < s.limit {
		known = maps.Clone(known)
		known[key] = options
		s.known.Store(&known)
	}
	return options
}
