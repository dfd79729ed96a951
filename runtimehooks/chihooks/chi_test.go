package chihooks

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

const remote = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// record records the spans that f makes, as "kind name route status", the inner ones first.
func record(t *testing.T, f func()) []string {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	before, propagator := otel.GetTracerProvider(), otel.GetTextMapPropagator()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	defer otel.SetTracerProvider(before)
	defer otel.SetTextMapPropagator(propagator)
	f()
	var list []string
	for _, s := range spans.Ended() {
		text := fmt.Sprint(s.SpanKind(), " ", s.Name())
		for _, kv := range s.Attributes() {
			if kv.Key == "http.response.status_code" {
				text += " " + kv.Value.String()
			}
		}
		if s.SpanContext().TraceID().String() != remote[3:35] {
			text += " in a trace of its own"
		}
		list = append(list, text)
	}
	return list
}

// get serves a request, and returns the response.
func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
	r.Header.Set("Traceparent", remote)
	h.ServeHTTP(w, r)
	return w
}

// The server span has the route of a mounted router, also where that is not known before the
// request has been served, and where a handler panics.
func TestRoutes(t *testing.T) {
	inner := NewMux()
	inner.Get("/users/{name}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	inner.Get("/boom", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	r := NewRouter()
	r.Mount("/admin", inner)
	h := httphooks.Handler(r)
	got := record(t, func() {
		get(h, "/admin/users/ann")
		get(h, "/none")
		func() {
			defer func() { recover() }()
			get(h, "/admin/boom")
		}()
	})
	if !slices.Equal(got, []string{"server GET /admin/users/{name} 418", "server GET 404", "server GET /admin/boom"}) {
		t.Errorf("spans: %q", got)
	}
}
