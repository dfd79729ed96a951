package telemetry

import (
	"os"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// A program without providers is told so, and one that has installed any provider is not: not even
// one that drops everything, because somebody wants that.
func TestWarning(t *testing.T) {
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	for name, c := range map[string]struct {
		tracers trace.TracerProvider
		meters  metric.MeterProvider
		warns   bool
	}{
		"none":    {tracers, meters, true},
		"traces":  {tracenoop.NewTracerProvider(), meters, false},
		"metrics": {tracers, metricnoop.NewMeterProvider(), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := &strings.Builder{}
			warnOn(got, c.tracers, c.meters)
			if (got.String() != "") != c.warns || c.warns && !strings.Contains(got.String(), "(write //instrument:otel above func main") {
				t.Errorf("warning is %q", got)
			}
		})
	}
}

// Nobody reads a file, a pipe or the null device.
func TestWatched(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, f := range []*os.File{null, file, w} {
		if watched(f) {
			t.Errorf("%s is taken for a terminal", f.Name())
		}
	}
	if !isTest("/tmp/b001/orders.test") || !isTest(`C:\orders.test.exe`) || isTest("/bin/orders") {
		t.Error("tests are told from programs by their names")
	}
}
