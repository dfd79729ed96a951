package httphooks

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// function is the name of every site in the tests.
const function = "example.com/shop/web.(*Server).order"

// woven returns body as the woven handler of site.
func woven(site *Site, body http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		call := site.Call()
		w, r = call.Enter(w, r)
		defer call.Exit()
		if !call.Allow() {
			return
		}
		if call.Recording() && r != nil {
			call.Attr("r.Method", r.Method)
		}
		body(w, r)
	}
}

// aspects are those of a site.
type aspects struct {
	Recover *runtimehooks.Recover
	Trace   *runtimehooks.Trace
	Metrics *runtimehooks.Metrics
	Log     *runtimehooks.Log
	Timeout *runtimehooks.Timeout
	Breaker *runtimehooks.Breaker
}

// site returns a new site with the aspects.
func site(a aspects) *Site {
	return &Site{Site: runtimehooks.Site{
		Function: function, Name: "Server.order", Aspects: runtimehooks.Aspects{Recover: a.Recover, Trace: a.Trace, Metrics: a.Metrics, Log: a.Log,
			Timeout: a.Timeout, Breaker: a.Breaker},
	}}
}

// get serves one request, routed under pattern.
func get(pattern, target string, h http.Handler) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle(pattern, h)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// status returns a handler that answers with a status and nothing else.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// telemetryOf is what the installed providers have got.
type telemetryOf struct {
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

// record installs an SDK that keeps everything and the W3C propagator, and at the end of the test
// some that do nothing.
func record(t *testing.T) telemetryOf {
	got := telemetryOf{tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()}
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(got.spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(got.reader)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	t.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator())
	})
	return got
}

// span returns the only span that has ended.
func (got telemetryOf) span(t *testing.T) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := got.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans ended, want 1", len(ended))
	}
	return ended[0]
}

// point returns the histogram of requests and its only data point.
func (got telemetryOf) point(t *testing.T) (metricdata.Metrics, metricdata.HistogramDataPoint[float64]) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all.ScopeMetrics[0].Metrics {
		if m.Name != "http.server.request.duration" {
			continue
		}
		points := m.Data.(metricdata.Histogram[float64]).DataPoints
		if len(points) != 1 {
			t.Fatalf("%d data points, want 1", len(points))
		}
		return m, points[0]
	}
	t.Fatal("there is no metric http.server.request.duration")
	return metricdata.Metrics{}, metricdata.HistogramDataPoint[float64]{}
}

// text returns the attributes as text, by key.
func text(attrs []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range attrs {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// logTo has slog.Default write text.
func logTo(t *testing.T) *bytes.Buffer {
	out := new(bytes.Buffer)
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(out, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return out
}
