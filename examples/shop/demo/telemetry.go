package demo

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// telemetry is an OpenTelemetry SDK that keeps everything in memory.
type telemetry struct {
	spans  *tracetest.InMemoryExporter
	ended  bell
	reader *metric.ManualReader
}

// install makes an in-memory SDK the program's provider of traces and metrics.
func install() *telemetry {
	t := &telemetry{spans: tracetest.NewInMemoryExporter(), ended: make(bell, 1), reader: metric.NewManualReader()}
	// The bell rings after the exporter has the span.
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSyncer(t.spans), trace.WithSpanProcessor(t.ended)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(t.reader)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return t
}

// drain returns the spans that ended since the last call, in the order in which they ended, once as
// many messages have been processed as orders were placed.
func (t *telemetry) drain(ctx context.Context, orders int) (tracetest.SpanStubs, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the invoices of %d orders were not written within %v", orders, limit))
	defer cancel()
	for {
		spans := t.spans.GetSpans()
		if processed(spans) >= orders {
			t.spans.Reset()
			return spans, nil
		}
		select {
		case <-t.ended:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// processed counts the messages that were handled.
func processed(spans tracetest.SpanStubs) (n int) {
	for _, span := range spans {
		if span.SpanKind == oteltrace.SpanKindConsumer {
			n++
		}
	}
	return n
}

// wovenScope is the instrumentation scope of what is woven.
const wovenScope = "github.com/instrumentgo/instrument"

// woven counts the spans of functions. Bindings record theirs in a plain build as well.
func woven(spans tracetest.SpanStubs) (n int) {
	for _, span := range spans {
		if span.InstrumentationScope.Name == wovenScope {
			n++
		}
	}
	return n
}

// bell is a span processor that rings when a span has ended.
type bell chan struct{}

func (b bell) OnEnd(trace.ReadOnlySpan) {
	select {
	case b <- struct{}{}:
	default: // it rings already
	}
}
func (bell) OnStart(context.Context, trace.ReadWriteSpan) {}
func (bell) Shutdown(context.Context) error               { return nil }
func (bell) ForceFlush(context.Context) error             { return nil }

// measured returns the metrics so far: durations by function or route, and the counters.
func (t *telemetry) measured(ctx context.Context) ([]table, []count, error) {
	var data metricdata.ResourceMetrics
	if err := t.reader.Collect(ctx, &data); err != nil {
		return nil, nil, fmt.Errorf("collect metrics: %w", err)
	}
	var metrics []metricdata.Metrics
	for _, scope := range data.ScopeMetrics {
		metrics = append(metrics, scope.Metrics...)
	}
	return tables(metrics), counts(metrics), nil
}
