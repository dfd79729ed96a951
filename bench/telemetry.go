package bench

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// What every contender calls the function in its spans and metrics.
const (
	spanName = "Stock.Reserve"
	function = "github.com/instrumentgo/instrument/bench.(*Stock).Reserve"
)

// instruments are the OpenTelemetry instruments of the contenders that are not woven, with every
// option prepared once.
type instruments struct {
	tracer    trace.Tracer
	start     []trace.SpanStartOption
	attrs     []attribute.KeyValue
	histogram metric.Float64Histogram
	success   []metric.RecordOption
}

// newInstruments returns instruments of the installed providers.
func newInstruments() *instruments {
	h, err := otel.GetMeterProvider().Meter(runtimehooks.Scope, metric.WithSchemaURL(semconv.SchemaURL)).Float64Histogram(
		"function.call.duration", metric.WithUnit("s"), metric.WithDescription("Duration of function calls."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
	if err != nil {
		otel.Handle(err)
	}
	name := semconv.CodeFunctionName(function)
	return &instruments{
		tracer:    otel.GetTracerProvider().Tracer(runtimehooks.Scope, trace.WithSchemaURL(semconv.SchemaURL)),
		start:     []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindInternal)},
		attrs:     []attribute.KeyValue{name},
		histogram: h,
		success:   []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(name))},
	}
}

// begin starts the span.
func (i *instruments) begin(ctx context.Context) (context.Context, trace.Span) {
	ctx, span := i.tracer.Start(ctx, spanName, i.start...)
	if span.IsRecording() {
		span.SetAttributes(i.attrs...)
	}
	return ctx, span
}

// end ends the span of a call that returns err.
func (i *instruments) end(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		span.SetStatus(codes.Error, err.Error())
		span.SetAttributes(semconv.ErrorType(err))
		span.RecordError(err)
	}
	span.End()
}

// record records the duration of a call that returns err.
func (i *instruments) record(ctx context.Context, took time.Duration, err error) {
	if err == nil {
		i.histogram.Record(ctx, took.Seconds(), i.success...)
		return
	}
	i.histogram.Record(ctx, took.Seconds(), metric.WithAttributes(i.attrs[0], semconv.ErrorType(err)))
}

// retrying records that an attempt follows, the n-th from 1, after a pause and because of err.
func retrying(span trace.Span, n int, pause time.Duration, err error) {
	if span.IsRecording() {
		span.AddEvent("retry", trace.WithAttributes(
			attribute.Int("retry.attempt", n),
			attribute.Float64("retry.delay", pause.Seconds()),
			semconv.ErrorType(err),
		))
	}
}
