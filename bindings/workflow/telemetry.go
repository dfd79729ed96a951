package workflow

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
)

// begin begins the span of an execution, which belongs to the trace of whoever started the run. An
// execution after an interruption has a span of its own in that trace.
func begin(ctx context.Context, name string, of map[string]string) (context.Context, trace.Span) {
	if of != nil {
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.MapCarrier(of))
	}
	return otel.Tracer(observe.Scope).Start(ctx, name, trace.WithSpanKind(trace.SpanKindInternal))
}

// failed records how a run or a step has failed, if it has.
func failed(span trace.Span, f *failure) {
	if f == nil || !span.IsRecording() {
		return
	}
	kind := f.Code
	if kind == "" {
		kind = "_OTHER"
	}
	span.SetAttributes(attribute.String("error.type", kind))
	span.SetStatus(codes.Error, f.Text)
}
