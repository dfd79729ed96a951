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
)

// telemetry is an OpenTelemetry SDK that keeps everything in memory.
type telemetry struct {
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
}

// install makes an in-memory SDK the program's provider of traces and metrics.
func install() *telemetry {
	t := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSyncer(t.spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(t.reader)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return t
}

// drain returns the spans that ended since the last call, in the order in which they ended.
func (t *telemetry) drain() tracetest.SpanStubs {
	spans := t.spans.GetSpans()
	t.spans.Reset()
	return spans
}

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
