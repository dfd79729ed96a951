package runtimehooks

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

func TestLog(t *testing.T) {
	for _, c := range []struct {
		name string
		log  Log
		took time.Duration
		err  error
		want string // the record after its time; "" for none
	}{
		{"success", Log{}, time.Second, nil, "level=INFO msg=Service.Place function=" + function + " duration=1s"},
		{"debug is disabled", Log{Level: slog.LevelDebug}, 0, nil, ""},
		{"failure", Log{Level: slog.LevelDebug}, time.Second, errBusy, "level=ERROR msg=Service.Place function=" + function + " duration=1s error=busy error.type=*errors.errorString"},
		{"fast", Log{Slow: 2 * time.Second}, time.Second, nil, ""},
		{"slow", Log{Slow: time.Second}, time.Second, nil, "level=INFO msg=Service.Place function=" + function + " duration=1s"},
		{"fast failure", Log{Slow: time.Hour}, time.Second, errBusy, "level=ERROR msg=Service.Place function=" + function + " duration=1s error=busy error.type=*errors.errorString"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := logTo(t)
			synctest.Test(t, func(t *testing.T) {
				prologue(t.Context(), &Site{Function: function, Name: "Service.Place", Aspects: Aspects{Log: &c.log}}, func(context.Context) error {
					time.Sleep(c.took)
					return c.err
				})
			})
			_, record, _ := strings.Cut(strings.TrimSpace(out.String()), " ")
			if diff := cmp.Diff(c.want, record); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A record names the span of its call, whatever handler the program has installed.
func TestLogHasIDs(t *testing.T) {
	out := logTo(t)
	recorder := tracetest.NewSpanRecorder()
	install(t, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)), metricnoop.NewMeterProvider())
	prologue(t.Context(), &Site{Function: function, Name: "Service.Place", Aspects: Aspects{Trace: &Trace{}, Log: &Log{}}}, func(context.Context) error { return nil })
	span := recorder.Ended()[0].SpanContext()
	if want := " trace_id=" + span.TraceID().String() + " span_id=" + span.SpanID().String() + "\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("record is %s, want it to end in%s", out, want)
	}
}

// A panic is one record too, and says so.
func TestLogOfPanic(t *testing.T) {
	out := logTo(t)
	caught(func() {
		prologue(t.Context(), &Site{Function: function, Name: "Service.Place", Aspects: Aspects{Log: &Log{}}}, boom)
	})
	if n := strings.Count(out.String(), "\n"); n != 1 || !strings.Contains(out.String(), `level=ERROR`) ||
		!strings.Contains(out.String(), `error="panic: fatal" error.type=panic`) {
		t.Errorf("%d records: %s", n, out)
	}
}

// logTo has slog.Default write text at level info.
func logTo(t *testing.T) *bytes.Buffer {
	out := new(bytes.Buffer)
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(out, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return out
}

func TestFlush(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	install(t, sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)), metricnoop.NewMeterProvider())
	prologue(t.Context(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}}}, func(context.Context) error { return nil })
	if err := Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(exporter.GetSpans()); n != 1 {
		t.Errorf("%d spans exported, want 1", n)
	}
	install(t, flushFails{}, metricnoop.NewMeterProvider())
	if err := Flush(t.Context()); !errors.Is(err, errBusy) {
		t.Errorf("error is %v, want the provider's", err)
	}
}

// flushFails is a provider whose ForceFlush fails.
type flushFails struct{ tracenoop.TracerProvider }
