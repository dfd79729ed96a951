package bench

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// tracing is one way in which a program has its spans handled.
type tracing struct {
	name     string
	provider func() trace.TracerProvider
}

// tracings are what the benchmarks run with. The meter provider is always the SDK's.
func tracings() []tracing {
	return []tracing{
		{"noop", func() trace.TracerProvider { return tracenoop.NewTracerProvider() }},
		{"unsampled", func() trace.TracerProvider { return sdkTracers(sdktrace.NeverSample(), discard{}) }},
		{"sampled", func() trace.TracerProvider { return sdkTracers(sdktrace.AlwaysSample(), discard{}) }},
	}
}

func sdkTracers(sampler sdktrace.Sampler, processor sdktrace.SpanProcessor) trace.TracerProvider {
	return sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(processor))
}

// discard is a span processor that does nothing.
type discard struct{}

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                  { return nil }
func (discard) ForceFlush(context.Context) error                { return nil }

// install installs the tracer provider and an SDK meter provider, and at the end of tb some that do
// nothing. It returns the reader of the meter provider.
func install(tb testing.TB, tracers trace.TracerProvider, views ...sdkmetric.View) sdkmetric.Reader {
	reader := sdkmetric.NewManualReader()
	otel.SetTracerProvider(tracers)
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithView(views...)))
	tb.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
	})
	return reader
}

// telemetry is what the installed providers have got.
type telemetry struct {
	spans  *tracetest.SpanRecorder
	reader sdkmetric.Reader
}

// record installs an SDK that keeps everything.
func record(t *testing.T) telemetry {
	spans := tracetest.NewSpanRecorder()
	return telemetry{spans, install(t, sdkTracers(sdktrace.AlwaysSample(), spans))}
}

// points returns the name and data points of the histogram of calls. Woven code also has metrics of
// its policies.
func (got telemetry) points(t *testing.T) map[string][]metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	points := map[string][]metricdata.HistogramDataPoint[float64]{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "function.call.duration" {
				continue
			}
			points[m.Name] = append(points[m.Name], m.Data.(metricdata.Histogram[float64]).DataPoints...)
		}
	}
	return points
}
