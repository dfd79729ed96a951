package observe

import (
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// Meters holds the instruments, a T, of the meter provider that the program has installed. They are
// made when they are first asked for, and again when it installs another.
type Meters[T any] struct{ latest atomic.Pointer[metered[T]] }

type metered[T any] struct {
	of          seen
	instruments T
}

// Get returns the instruments. What build cannot make is an error that OpenTelemetry handles.
func (m *Meters[T]) Get(build func(metric.MeterProvider) (T, error)) *T {
	provider := otel.GetMeterProvider()
	if latest := m.latest.Load(); latest != nil && latest.of.is(provider) {
		return &latest.instruments
	}
	instruments, err := build(provider)
	if err != nil {
		otel.Handle(err)
	}
	made := &metered[T]{see(provider), instruments}
	m.latest.Store(made)
	return &made.instruments
}
