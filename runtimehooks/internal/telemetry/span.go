package telemetry

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Tracer returns the provider's tracer for the scope. If none has been installed, a person at a
// terminal is told in a while.
func Tracer(provider trace.TracerProvider) trace.Tracer {
	if isDefault(provider) {
		warn()
	}
	return provider.Tracer(Scope, trace.WithSchemaURL(SchemaURL))
}

// Kind returns the span kind that an option's text names, or byDefault for "".
func Kind(text string, byDefault trace.SpanKind) trace.SpanKind {
	switch text {
	case "internal":
		return trace.SpanKindInternal
	case "server":
		return trace.SpanKindServer
	case "client":
		return trace.SpanKindClient
	case "producer":
		return trace.SpanKindProducer
	case "consumer":
		return trace.SpanKindConsumer
	}
	return byDefault
}

// Mark records a failure on a recording span: its status, error.type, and one event "exception" for
// an error or panic.
func (f *Failure) Mark(span trace.Span) {
	if f.Type == "" {
		return
	}
	span.SetStatus(codes.Error, f.Text())
	span.SetAttributes(semconv.ErrorTypeKey.String(f.Type))
	if attrs := f.exception(); attrs != nil {
		span.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(attrs...))
	}
}

// Retry records that an attempt begins, the n-th from 1, after a pause and because of err.
func Retry(span trace.Span, n int, pause time.Duration, err error) {
	span.AddEvent("retry", trace.WithAttributes(
		attribute.Int("retry.attempt", n),
		attribute.Float64("retry.delay", pause.Seconds()),
		semconv.ErrorTypeKey.String(errorType(err)),
	))
}

// BreakerChange records that a circuit breaker changed its state.
func BreakerChange(span trace.Span, name, from, to string) {
	span.AddEvent("breaker", trace.WithAttributes(
		attribute.String("breaker.name", name), attribute.String("breaker.from", from), attribute.String("breaker.to", to)))
}

// Hedge records that the body runs once more beside the others, the n-th from 1.
func Hedge(span trace.Span, n int) {
	span.AddEvent("hedge", trace.WithAttributes(attribute.Int("hedge.attempt", n)))
}
