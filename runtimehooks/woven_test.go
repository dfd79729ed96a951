package runtimehooks

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// function is the name of every site in the tests.
const function = "example.com/shop/orders.(*Service).Place"

var (
	errBusy  = errors.New("busy")
	errFatal = errors.New("fatal")
)

// prologue calls body as a function woven under the prologue shape does.
func prologue(ctx context.Context, site *Site, body func(context.Context) error) (err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Allow(&err) {
		return
	}
	return body(ctx)
}

// attempts calls body as a function woven under the attempt shape does.
func attempts(ctx context.Context, site *Site, body func(context.Context) error) (err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		err = func(ctx context.Context) error {
			return body(ctx)
		}(ctx)
	}
	return
}

// advised calls body as a function woven with custom advice does.
func advised(ctx context.Context, site *Site, body func(context.Context) (int, error)) (r0 int, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		err = call.Around(ctx, func(ctx context.Context) error {
			r0, err = func(ctx context.Context) (int, error) {
				return body(ctx)
			}(ctx)
			return err
		})
	}
	return
}

// shapes are both shapes, for what must hold in each.
var shapes = map[string]func(context.Context, *Site, func(context.Context) error) error{
	"prologue": prologue,
	"attempt":  attempts,
}

// failing returns a body that fails with each error in turn, and with the last one from then on,
// and its count of calls.
func failing(errs ...error) (body func(context.Context) error, calls *int) {
	calls = new(int)
	return func(context.Context) error {
		*calls++
		return errs[min(*calls, len(errs))-1]
	}, calls
}

// telemetryOf is what the installed providers have got.
type telemetryOf struct {
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

// record installs an SDK that keeps everything.
func record(t testing.TB) telemetryOf {
	got := telemetryOf{tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()}
	install(t, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(got.spans)),
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(got.reader)))
	return got
}

// span returns the only span that has ended.
func (got telemetryOf) span(t *testing.T) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := got.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans ended, want 1", len(ended))
	}
	return ended[0]
}

// points returns the data points of the histogram of calls. Policies have metrics beside it.
func (got telemetryOf) points(t *testing.T) (metricdata.Metrics, []metricdata.HistogramDataPoint[float64]) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == "function.call.duration" && scope.Scope.Name == Scope {
				return m, m.Data.(metricdata.Histogram[float64]).DataPoints
			}
		}
	}
	t.Fatal("there is no metric function.call.duration")
	return metricdata.Metrics{}, nil
}

// text returns the attributes as text, by key.
func text(attrs []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range attrs {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// events returns the names of the span's events.
func events(span sdktrace.ReadOnlySpan) []string {
	names := []string{}
	for _, e := range span.Events() {
		names = append(names, e.Name)
	}
	return names
}
