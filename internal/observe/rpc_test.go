package observe_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// Where nobody listens a call allocates nothing.
func TestRPCAllocations(t *testing.T) {
	calls := observe.NewRPC("instrument", "shop.Service", "", "", false)
	for name, install := range map[string]func(){
		"none": func() {},
		"noop": func() {
			otel.SetTracerProvider(tracenoop.NewTracerProvider())
			otel.SetMeterProvider(metricnoop.NewMeterProvider())
		},
	} {
		install()
		got := testing.AllocsPerRun(100, func() {
			_, call := calls.Begin(context.Background(), "Buy", "Buy")
			call.Address("host", "8080")
			call.End(observe.Outcome{Code: "ok"})
		})
		if got != 0 {
			t.Errorf("%s: %v allocations, want 0", name, got)
		}
	}
}

// Calls are recorded by the providers that are installed when they are made, each side under its
// own name.
func TestRPCSides(t *testing.T) {
	client, server := observe.NewRPC("instrument", "shop.Service", "shop", "80", false), observe.NewRPC("instrument", "shop.Service", "", "", true)
	_, early := client.Begin(t.Context(), "Buy", "Buy")
	early.End(observe.Outcome{Code: "ok"})
	spans, reader := recorded.Telemetry(t)
	for _, side := range []*observe.RPC{client, server} {
		_, call := side.Begin(t.Context(), "Buy", "Buy")
		call.End(observe.Outcome{Code: "ok"})
	}
	if n := len(spans.Ended()); n != 2 {
		t.Errorf("%d spans", n)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		names[m.Name] = true
	}
	if len(names) != 2 || !names["rpc.client.call.duration"] || !names["rpc.server.call.duration"] {
		t.Errorf("metrics are %v", names)
	}
}
