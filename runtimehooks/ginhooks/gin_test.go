package ginhooks

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
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

func limited() runtimehooks.Site {
	return runtimehooks.Site{Function: "limited", Name: "limited", Aspects: runtimehooks.Aspects{
		Trace: &runtimehooks.Trace{}, Limit: &runtimehooks.Limit{Rate: 1, Per: time.Hour, Burst: 1},
	}}
}

// A request has one server span, whether the engine serves it or net/http does, with gin's route.
// What a limit refuses is answered with 429, and no later handler runs.
func TestServes(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	site := entryhooks.Site[*gin.Context]{Site: limited(), Entry: &Handler}
	later := 0
	e := New()
	e.Use(gin.Recovery())
	e.GET("/limited/:id", func(c *gin.Context) {
		call := site.Call()
		c = call.Enter(c)
		defer call.Exit()
		if !call.Limit(call.Key()) {
			return
		}
		c.String(http.StatusOK, c.Param("id"))
	}, func(*gin.Context) { later++ })
	e.GET("/literal", func(c *gin.Context) { c.Status(http.StatusTeapot) })
	for _, h := range []http.Handler{e, httphooks.Handler(e)} {
		got := record(t, func() { get(h, "/limited/7") })
		if status := map[bool]string{true: "200", false: "429"}[h == http.Handler(e)]; !slices.Equal(got, []string{"internal limited", "server GET /limited/:id " + status}) {
			t.Errorf("spans: %q", got)
		}
		got = record(t, func() { get(h, "/literal"); get(h, "/none") })
		if !slices.Equal(got, []string{"server GET /literal 418", "server GET 404"}) {
			t.Errorf("spans: %q", got)
		}
	}
	if w := get(e, "/limited/7"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a request over the limit is answered with %d, %v", w.Code, w.Header())
	}
	if later != 1 {
		t.Errorf("the handler after that of the limit ran %d times, want 1", later)
	}
}

// The engine's first middleware is before gin's own, so that it sees what these answer.
func TestDefault(t *testing.T) {
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	e := Default()
	e.GET("/boom", func(*gin.Context) { panic("boom") })
	if got := record(t, func() { get(e, "/boom"); get(e, "/none") }); !slices.Equal(got, []string{"server GET /boom 500", "server GET 404"}) {
		t.Errorf("spans: %q", got)
	}
}
