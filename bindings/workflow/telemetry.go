package workflow

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
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

// counter is workflow.runs, of the meter provider that is installed when a run is counted.
type counter struct {
	meters observe.Meters[metric.Int64Counter]
}

// add counts a run of a workflow that has ended, or that does not go on by itself.
func (c *counter) add(ctx context.Context, workflow string, status Status) {
	runs := *c.meters.Get(func(provider metric.MeterProvider) (metric.Int64Counter, error) {
		return provider.Meter(observe.Scope).Int64Counter("workflow.runs", metric.WithUnit("{run}"),
			metric.WithDescription("Runs of workflows that have ended, or that do not go on by themselves."))
	})
	runs.Add(ctx, 1, metric.WithAttributes(attribute.String("workflow.name", workflow), attribute.String("workflow.run.status", string(status))))
}

// stops says that the run does not go on by itself: an operator must see that. It says so again
// after a restart.
func (r *run) stops(status Status, reason string) {
	ctx := context.Background()
	r.part.counter.add(ctx, r.binding, status)
	slog.WarnContext(ctx, "a run of a workflow is "+string(status), "workflow", r.binding, "run", r.exec.Key(), "reason", reason)
}
