package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Get is measured.
//
//instrument:metrics
func Get(ctx context.Context, id string) error { return nil }

func main() {
	ctx, reader := context.Background(), metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	Get(ctx, "a")
	Get(ctx, "b")

	var all metricdata.ResourceMetrics
	reader.Collect(ctx, &all)
	for _, m := range all.ScopeMetrics[0].Metrics {
		if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
			name, _ := h.DataPoints[0].Attributes.Value("code.function.name")
			fmt.Println(m.Name, m.Unit, name.AsString(), h.DataPoints[0].Count)
		}
	}

	// Output: function.call.duration s main.Get 2
}
