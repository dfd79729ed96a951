package workflow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// Whoever operates a service sees what does not go on by itself: in a metric, and in the log.
func TestStuckIsSeen(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	before, logger := otel.GetMeterProvider(), slog.Default()
	var log bytes.Buffer
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer func() { otel.SetMeterProvider(before); slog.SetDefault(logger) }()
	synctest.Test(t, func(t *testing.T) {
		p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "jobs", URL: "mem:"}}}, mem.Provider)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(context.Background())
		if err := workflow.Handle(t.Context(), p, "jobs", func(ctx context.Context, fails bool) (string, error) {
			if !fails {
				return "", nil
			}
			_, err := workflow.Record(ctx, &noting, 1, func(context.Context) (int, error) { return 1, nil },
				func(context.Context, int, int) error { return errors.New("away") })
			return "", errors.Join(err, errors.New("no luck"))
		}); err != nil {
			t.Fatal(err)
		}
		jobs, err := workflow.Open[bool, string](t.Context(), p, "jobs")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(p.Start(t.Context()), jobs.Start(t.Context(), "1", true), jobs.Start(t.Context(), "2", false)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if err := jobs.Skip(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		_, _ = jobs.Result(t.Context(), "1")
	})
	if text := log.String(); !strings.Contains(text, `a run of a workflow is stuck`) || !strings.Contains(text, `reason="undo note: away"`) {
		t.Errorf("log is %q, want the run that is stuck, and why", text)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "workflow.runs" {
				continue
			}
			for _, point := range m.Data.(metricdata.Sum[int64]).DataPoints {
				name, _ := point.Attributes.Value("workflow.name")
				status, _ := point.Attributes.Value("workflow.run.status")
				got[fmt.Sprint(name.AsString(), " ", status.AsString())] = point.Value
			}
		}
	}
	if diff := cmp.Diff(map[string]int64{"jobs failed": 1, "jobs stuck": 1, "jobs succeeded": 1}, got); diff != "" {
		t.Errorf("workflow.runs (-want +got):\n%s", diff)
	}
}
