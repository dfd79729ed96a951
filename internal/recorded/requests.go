package recorded

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// What packs for web frameworks are tested with.

// Caller is the header Traceparent of the requests that Get sends.
const Caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// Get has a handler serve a request, and returns the response.
func Get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, Request(path))
	return w
}

// Request returns a GET request of the caller.
func Request(path string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Traceparent", Caller)
	return r
}

// Spans returns the spans that f makes, as "kind name status", the inner ones first. It says of one
// that is not in the caller's trace.
func Spans(t *testing.T, f func()) []string {
	t.Helper()
	spans, _ := Telemetry(t)
	f()
	caller, _ := trace.TraceIDFromHex(Caller[3:35])
	var list []string
	for _, s := range spans.Ended() {
		text := fmt.Sprint(s.SpanKind(), " ", s.Name())
		if status, ok := Text(s.Attributes())["http.response.status_code"]; ok {
			text += " " + status
		}
		if s.SpanContext().TraceID() != caller {
			text += " in a trace of its own"
		}
		list = append(list, text)
	}
	return list
}
