package harness

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// Meter reads the metrics of a program.
type Meter struct{ reader *sdkmetric.ManualReader }

// NewMeter installs a provider of metrics and returns what reads them.
func NewMeter() *Meter {
	reader := sdkmetric.NewManualReader()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	return &Meter{reader}
}

// Metrics returns all metrics by name.
func (m *Meter) Metrics(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := m.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, metric := range scope.Metrics {
			byName[metric.Name] = metric
		}
	}
	return byName
}

// Snapshot is the metrics of one function at one moment.
type Snapshot struct {
	Sums       map[string]int64 // by name and attributes: "ft.retry.calls.total retried=false retryResult=valueReturned"
	Histograms map[string]metricdata.HistogramDataPoint[float64]
}

// Of returns the metrics of a function.
func (m *Meter) Of(t *testing.T, function string) Snapshot {
	t.Helper()
	s := Snapshot{map[string]int64{}, map[string]metricdata.HistogramDataPoint[float64]{}}
	for name, metric := range m.Metrics(t) {
		switch data := metric.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				if key, ok := seriesOf(name, function, p.Attributes); ok {
					s.Sums[key] = p.Value
				}
			}
		case metricdata.Gauge[int64]:
			for _, p := range data.DataPoints {
				if key, ok := seriesOf(name, function, p.Attributes); ok {
					s.Sums[key] = p.Value
				}
			}
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				if key, ok := seriesOf(name, function, p.Attributes); ok {
					s.Histograms[key] = p
				}
			}
		}
	}
	return s
}

// seriesOf names a series of a function; false if it is another function's.
func seriesOf(name, function string, set attribute.Set) (string, bool) {
	words := []string{name}
	own := false
	for _, kv := range set.ToSlice() {
		if kv.Key == "code.function.name" {
			own = kv.Value.AsString() == function
			continue
		}
		words = append(words, string(kv.Key)+"="+kv.Value.Emit())
	}
	slices.Sort(words[1:])
	return strings.Join(words, " "), own
}

// Since returns by how much each sum has grown since an earlier snapshot; what has not is left out.
func (s Snapshot) Since(before Snapshot) map[string]int64 {
	grown := map[string]int64{}
	for key, value := range s.Sums {
		if d := value - before.Sums[key]; d != 0 {
			grown[key] = d
		}
	}
	return grown
}
