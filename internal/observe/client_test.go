package observe_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/internal/recorded"
)

var target = observe.Target{System: "redis", Namespace: "orders", Collection: "carts", Host: "cache.internal", Port: "6379"}

// An operation is a client span, child of the caller's, with the conventions' attributes.
func TestSpan(t *testing.T) {
	client := observe.New(target) // before the providers are installed
	spans, _ := recorded.Telemetry(t)
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	inside, call := client.Begin(ctx, "get")
	call.End(bindings.Failed("get", "carts", bindings.NotFound))
	if trace.SpanFromContext(inside).SpanContext().TraceID() != parent.SpanContext().TraceID() {
		t.Error("the operation must run in its span")
	}
	span := spans.Ended()[0]
	want := map[string]string{"db.system.name": "redis", "db.namespace": "orders", "db.collection.name": "carts", "db.operation.name": "get",
		"server.address": "cache.internal", "server.port": "6379", "error.type": "not_found"}
	if diff := cmp.Diff(want, recorded.Text(span.Attributes())); diff != "" {
		t.Error(diff)
	}
	if span.Name() != "get carts" || span.SpanKind() != trace.SpanKindClient || span.Status().Code != codes.Error ||
		span.Parent().SpanID() != parent.SpanContext().SpanID() {
		t.Errorf("span is %q, %v, %v", span.Name(), span.SpanKind(), span.Status())
	}
}

// Durations are counted by operation and by what went wrong.
func TestMetric(t *testing.T) {
	_, reader := recorded.Telemetry(t)
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
		attrs := recorded.Text(p.Attributes.ToSlice())
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
