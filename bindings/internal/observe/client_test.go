package observe_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/observe"
)

var target = observe.Target{System: "redis", Namespace: "orders", Collection: "carts", Host: "cache.internal", Port: "6379"}

// record installs providers that keep what they get.
func record(t *testing.T) (*tracetest.SpanRecorder, *sdkmetric.ManualReader) {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	t.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
	})
	return spans, reader
}

// text returns attributes by name.
func text(attrs []attribute.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range attrs {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

// An operation is a client span, child of the caller's, with the conventions' attributes.
func TestSpan(t *testing.T) {
	client := observe.New(target) // before the providers are installed
	spans, _ := record(t)
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	inside, call := client.Begin(ctx, "get")
	call.End(bindings.Failed("get", "carts", bindings.NotFound))
	if trace.SpanFromContext(inside).SpanContext().TraceID() != parent.SpanContext().TraceID() {
		t.Error("the operation must run in its span")
	}
	span := spans.Ended()[0]
	want := map[string]string{"db.system.name": "redis", "db.namespace": "orders", "db.collection.name": "carts", "db.operation.name": "get",
		"server.address": "cache.internal", "server.port": "6379", "error.type": "not_found"}
	if diff := cmp.Diff(want, text(span.Attributes())); diff != "" {
		t.Error(diff)
	}
	if span.Name() != "get carts" || span.SpanKind() != trace.SpanKindClient || span.Status().Code != codes.Error ||
		span.Parent().SpanID() != parent.SpanContext().SpanID() {
		t.Errorf("span is %q, %v, %v", span.Name(), span.SpanKind(), span.Status())
	}
}

// Durations are counted by operation and by what went wrong.
func TestMetric(t *testing.T) {
	_, reader := record(t)
	client := observe.New(target)
	for _, err := range []error{nil, nil, bindings.Unavailable, errors.New("plain")} {
		_, call := client.Begin(t.Context(), "set")
		call.End(err)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	m := data.ScopeMetrics[0].Metrics[0]
	if m.Name != "db.client.operation.duration" || m.Unit != "s" {
		t.Errorf("metric is %q in %q", m.Name, m.Unit)
	}
	counts := map[string]uint64{}
	for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
		attrs := text(p.Attributes.ToSlice())
		counts[attrs["db.operation.name"]+" "+attrs["error.type"]] = p.Count
	}
	if diff := cmp.Diff(map[string]uint64{"set ": 2, "set unavailable": 1, "set _OTHER": 1}, counts); diff != "" {
		t.Error(diff)
	}
}

// Where nobody listens nothing is allocated.
func TestAllocations(t *testing.T) {
	client := observe.New(target)
	for name, install := range map[string]func(){
		"none": func() {},
		"noop": func() {
			otel.SetTracerProvider(tracenoop.NewTracerProvider())
			otel.SetMeterProvider(metricnoop.NewMeterProvider())
		},
	} {
		install()
		got := testing.AllocsPerRun(100, func() {
			_, call := client.Begin(context.Background(), "get")
			call.End(nil)
		})
		if got != 0 {
			t.Errorf("%s: %v allocations, want 0", name, got)
		}
	}
}
