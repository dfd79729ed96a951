package bench

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// httpContender records what a server answers, and what a client sends.
type httpContender struct {
	name   string
	server func(http.Handler) http.Handler
	client func(http.RoundTripper) http.RoundTripper
}

// The contenders for net/http: what the tool has programs call, and OpenTelemetry's own, which
// programs name themselves.
func httpContenders() []httpContender {
	return []httpContender{
		{"woven", httphooks.Handler, httphooks.Transport},
		{"otelhttp",
			func(h http.Handler) http.Handler { return otelhttp.NewHandler(h, "") },
			func(t http.RoundTripper) http.RoundTripper { return otelhttp.NewTransport(t) },
		},
	}
}

// sink is a response writer that allocates nothing itself.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

// answer is a transport that answers at once.
type answer struct{}

func (answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Body: io.NopCloser(strings.NewReader("x")), ContentLength: 1}, nil
}

func served() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	return mux
}

// BenchmarkHTTPServer is a request through a ServeMux.
func BenchmarkHTTPServer(b *testing.B) {
	needOn(b)
	for _, tracing := range tracings() {
		for _, c := range httpContenders() {
			b.Run("trace="+tracing.name+"/by="+c.name, func(b *testing.B) {
				install(b, tracing.provider())
				propagate(b)
				h := c.server(served())
				w, r := &sink{http.Header{}}, httptest.NewRequest("GET", "http://example.com/orders/7", nil)
				measure(b, b.Context(), func(context.Context) bool { h.ServeHTTP(w, r); return true })
			})
		}
	}
}

// BenchmarkHTTPClient is a request to a transport that answers at once, its body read and closed.
func BenchmarkHTTPClient(b *testing.B) {
	needOn(b)
	for _, tracing := range tracings() {
		for _, c := range httpContenders() {
			b.Run("trace="+tracing.name+"/by="+c.name, func(b *testing.B) {
				install(b, tracing.provider())
				propagate(b)
				t, r := c.client(answer{}), httptest.NewRequest("GET", "http://example.com/orders/7", nil)
				measure(b, b.Context(), func(context.Context) bool { exchange(b, t, r); return true })
			})
		}
	}
}

func exchange(tb testing.TB, t http.RoundTripper, r *http.Request) {
	resp, err := t.RoundTrip(r)
	if err != nil {
		tb.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// Woven code allocates less than OpenTelemetry's own.
func TestHTTPAllocations(t *testing.T) {
	needOn(t)
	for _, tracing := range tracings() {
		server, client := map[string]float64{}, map[string]float64{}
		for _, c := range httpContenders() {
			install(t, tracing.provider())
			propagate(t)
			h, tr := c.server(served()), c.client(answer{})
			w, r := &sink{http.Header{}}, httptest.NewRequest("GET", "http://example.com/orders/7", nil)
			server[c.name] = testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) })
			client[c.name] = testing.AllocsPerRun(100, func() { exchange(t, tr, r) })
		}
		if server["woven"] >= server["otelhttp"] || client["woven"] >= client["otelhttp"] {
			t.Errorf("%s: a server allocates %v, a client %v", tracing.name, server, client)
		}
		t.Logf("%s: a server allocates %v, a client %v", tracing.name, server, client)
	}
}

// A program that has otelhttp record its server and its client keeps those spans, and gets no
// second ones.
func TestOtelhttpKeepsItsSpans(t *testing.T) {
	needOn(t)
	got := record(t)
	h := httphooks.Handler(otelhttp.NewHandler(served(), "shop"))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://example.com/orders/7", nil))
	client := &http.Client{Transport: otelhttp.NewTransport(answer{})}
	resp, err := httphooks.ClientGet(client, "http://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	kinds := map[trace.SpanKind]int{}
	for _, s := range got.spans.Ended() {
		kinds[s.SpanKind()]++
	}
	if len(kinds) != 2 || kinds[trace.SpanKindServer] != 1 || kinds[trace.SpanKindClient] != 1 {
		t.Errorf("spans are %v, want one of each side", kinds)
	}
}
