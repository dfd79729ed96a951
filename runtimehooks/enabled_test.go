package runtimehooks

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// picky is a meter provider whose histograms are enabled or not, and that notes which ones record.
type picky struct {
	metricnoop.MeterProvider
	enabled  func(histogram string) bool
	recorded *[]string
}

func (p picky) Meter(string, ...metric.MeterOption) metric.Meter { return pickyMeter{picky: p} }

type pickyMeter struct {
	metricnoop.Meter
	picky picky
}

func (p pickyMeter) Float64Histogram(name string, _ ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return pickyHistogram{picky: p.picky, name: name}, nil
}

type pickyHistogram struct {
	metricnoop.Float64Histogram
	picky picky
	name  string
}

func (h pickyHistogram) Enabled(context.Context) bool { return h.picky.enabled(h.name) }

func (h pickyHistogram) Record(context.Context, float64, ...metric.RecordOption) {
	*h.picky.recorded = append(*h.picky.recorded, h.name)
}

// What nobody aggregates is not recorded, and what somebody does not care for takes nothing from
// others.
func TestOnlyEnabledHistogramsRecord(t *testing.T) {
	const all, timeout, running = "function.call.duration", "ft.timeout.executionDuration", "ft.bulkhead.runningDuration"
	for _, enabled := range [][]string{{all, timeout, running}, {all}, {timeout}, {running}, nil} {
		var recorded []string
		install(t, tracenoop.NewTracerProvider(), picky{enabled: func(name string) bool { return slices.Contains(enabled, name) }, recorded: &recorded})
		site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Timeout: &Timeout{After: time.Hour}, Bulkhead: &Bulkhead{Max: 1}, Retry: &Retry{Attempts: 1}}}
		attempts(t.Context(), site, func(context.Context) error { return nil })
		attempts(t.Context(), site, func(context.Context) error { return errBusy })
		slices.Sort(recorded)
		var want []string
		for _, name := range enabled {
			want = append(want, name, name)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, recorded); diff != "" {
			t.Errorf("enabled are %v, and recorded (-want +got):\n%s", enabled, diff)
		}
	}
}

// A view that drops the policies' metrics leaves those of functions.
func TestDroppedPolicyMetrics(t *testing.T) {
	got := telemetryOf{reader: sdkmetric.NewManualReader()}
	drop := sdkmetric.NewView(sdkmetric.Instrument{Name: "ft.*"}, sdkmetric.Stream{Aggregation: sdkmetric.AggregationDrop{}})
	install(t, tracenoop.NewTracerProvider(), sdkmetric.NewMeterProvider(sdkmetric.WithReader(got.reader), sdkmetric.WithView(drop)))
	site := &Site{Function: function, Aspects: Aspects{Metrics: &Metrics{}, Timeout: &Timeout{After: time.Hour}, Bulkhead: &Bulkhead{Max: 1}, Retry: &Retry{Attempts: 1}}}
	attempts(t.Context(), site, func(context.Context) error { return nil })
	if counts := got.counts(t, function); len(counts) > 0 {
		t.Errorf("policies must have no metrics, and have %v", counts)
	}
	if m, points := got.points(t); m.Name != "function.call.duration" || len(points) != 1 || points[0].Count != 1 {
		t.Errorf("the call must be counted once in function.call.duration, not in %s as %v", m.Name, points)
	}
}
