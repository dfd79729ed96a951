package demo

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otelmetric "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"
)

func TestTreesAreTheSameInEachRun(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	tracer := trace.NewTracerProvider(trace.WithSyncer(exporter)).Tracer("test")

	ctx, request := tracer.Start(t.Context(), "POST /orders", oteltrace.WithSpanKind(oteltrace.SpanKindServer),
		oteltrace.WithAttributes(attribute.String("http.route", "/orders")))
	_, reserve := tracer.Start(ctx, "Warehouse.Reserve", oteltrace.WithAttributes(attribute.String("sku", "desk lamp")))
	reserve.End()
	_, charge := tracer.Start(ctx, "Client.Charge")
	charge.AddEvent("retry", oteltrace.WithAttributes(attribute.Int("attempt", 1), attribute.Float64("delay", 0.0213)))
	fail(charge, errors.New("refused, try again in 187.25ms"))
	charge.End()
	fail(request, errors.New("refused"))
	request.End()

	want := `POST /orders (server)  ✗ errors.errorString
├─ Warehouse.Reserve  sku="desk lamp"
└─ Client.Charge  ✗ errors.errorString
     · retry  attempt=1
     ✗ refused, try again in …
`
	if got := trees(exporter.GetSpans()); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func fail(span oteltrace.Span, err error) {
	span.RecordError(err)
	span.SetStatus(codes.Error, err.Error())
}

func TestMetricsCountCallsNotTime(t *testing.T) {
	reader := metric.NewManualReader()
	meter := metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")
	calls, err := meter.Float64Histogram("function.call.duration", otelmetric.WithUnit("s"))
	if err != nil {
		t.Fatal(err)
	}
	function := attribute.String("code.function.name", "example.com/shop/orders.(*Service).Place")
	for range 3 {
		calls.Record(t.Context(), 0.01, otelmetric.WithAttributes(function))
	}
	calls.Record(t.Context(), 0.02, otelmetric.WithAttributes(function, attribute.String("error.type", "*example.com/x.Error")))
	opened, err := meter.Int64Counter("ft.opened")
	if err != nil {
		t.Fatal(err)
	}
	opened.Add(t.Context(), 1, otelmetric.WithAttributes(function, attribute.String("name", "payments")))
	open, err := meter.Int64Counter("ft.open.time", otelmetric.WithUnit("ns"))
	if err != nil {
		t.Fatal(err)
	}
	open.Add(t.Context(), 12345)

	tables, counts, err := (&telemetry{reader: reader}).measured(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 1 || len(tables[0].rows) != 1 {
		t.Fatalf("got tables %v, want one with one row", tables)
	}
	r := tables[0].rows[0]
	if r.name != "orders.(*Service).Place" || r.calls != 4 || r.rate() != "1 (25%)" || r.ends() != "x.Error ×1" {
		t.Errorf("got %q, %d calls, failed %q, outcomes %q", r.name, r.calls, r.rate(), r.ends())
	}
	if want := (count{"ft.opened", "orders.(*Service).Place", "name=payments", 1}); len(counts) != 1 || counts[0] != want {
		t.Errorf("got counters %v, want only %v", counts, want)
	}
}
