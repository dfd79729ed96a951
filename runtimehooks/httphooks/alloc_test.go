package httphooks

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// writer is a response writer that allocates nothing itself.
type writer struct{ header http.Header }

func (w *writer) Header() http.Header         { return w.header }
func (w *writer) Write(b []byte) (int, error) { return len(b), nil }
func (w *writer) WriteHeader(int)             {}
func (w *writer) Flush()                      {}

// What a woven handler allocates, in all. Without a span, one of it is the writer that watches
// the response, which is needed where the writer is not net/http's own.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	breaker := &runtimehooks.Breaker{Failures: 5, Cooldown: time.Second, Probes: 1}
	recovers := &runtimehooks.Recover{}
	timeout := &runtimehooks.Timeout{After: time.Hour}
	sampler := map[string]sdktrace.Sampler{"not sampled": sdktrace.NeverSample(), "sampled": sdktrace.AlwaysSample()}
	for _, c := range []struct {
		name    string
		aspects aspects
		tracer  string
		off     bool
		want    float64
	}{
		{"off", aspects{Recover: recovers, Trace: traced.Trace, Metrics: traced.Metrics, Timeout: timeout, Breaker: breaker}, "noop", true, 0},
		{"recover and breaker", aspects{Recover: recovers, Breaker: breaker}, "noop", false, 1},
		{"timeout", aspects{Timeout: timeout}, "noop", false, 5},
		{"metrics", aspects{Metrics: traced.Metrics}, "noop", false, 2}, // the body's request says that it is measured
		{"trace and metrics, noop", traced, "noop", false, 4},
		{"trace and metrics, not sampled", traced, "not sampled", false, 6},
		{"trace and metrics, sampled", traced, "sampled", false, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tracers trace.TracerProvider = tracenoop.NewTracerProvider()
			if s, ok := sampler[c.tracer]; ok {
				tracers = sdktrace.NewTracerProvider(sdktrace.WithSampler(s))
			}
			otel.SetTracerProvider(tracers)
			otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())))
			defer otel.SetTracerProvider(tracenoop.NewTracerProvider())
			defer otel.SetMeterProvider(metricnoop.NewMeterProvider())
			defer process.SetOff(c.off)()
			h := site(c.aspects)
			w, r := &writer{http.Header{}}, httptest.NewRequest("GET", "/orders/7", nil)
			r.Pattern = "GET /orders/{id}"
			got := testing.AllocsPerRun(200, func() { serveOK(h, w, r) })
			if got != c.want {
				t.Errorf("%v allocations, want %v", got, c.want)
			}
		})
	}
}

// serveOK is a woven handler.
func serveOK(site *Site, w http.ResponseWriter, r *http.Request) {
	call := site.Call()
	w, r = call.Enter(w, r)
	defer call.Exit()
	if !call.Allow() {
		return
	}
	if r.Context().Err() == nil {
		w.WriteHeader(http.StatusOK)
	}
}
