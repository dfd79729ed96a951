package httphooks

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// serving serves a handler as a woven program does, and returns its URL.
func serving(t *testing.T, srv *http.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- ServerServe(srv, l) }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve returns %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// ended waits for n spans to end: that of a server may end after its client has the response.
func (got telemetryOf) ended(t *testing.T, n int) []sdktrace.ReadOnlySpan {
	t.Helper()
	for range 1000 {
		if len(got.spans.Ended()) >= n {
			break
		}
		time.Sleep(time.Millisecond)
	}
	spans := got.spans.Ended()
	if len(spans) != n {
		t.Fatalf("%d spans ended, want %d", len(spans), n)
	}
	return spans
}

// One trace goes through client and server, whatever answers: a route, a literal, middleware, or a
// router that finds nothing.
func TestEdges(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "order") })
	middleware := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" && r.URL.Path == "/closed" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
	for _, c := range []struct {
		path, name, route, status string
		failed                    codes.Code // of the client
	}{
		{"/orders/7?token=x", "GET /orders/{id}", "/orders/{id}", "200", codes.Unset},
		{"/none", "GET", "", "404", codes.Error},
		{"/closed", "GET", "", "401", codes.Error},
	} {
		t.Run(c.path, func(t *testing.T) {
			got := record(t)
			base := serving(t, &http.Server{Handler: middleware})
			resp, err := Get(base + c.path)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			var client, server sdktrace.ReadOnlySpan
			for _, s := range got.ended(t, 2) {
				if s.SpanKind() == trace.SpanKindClient {
					client = s
				} else {
					server = s
				}
			}
			if server.Name() != c.name || server.SpanKind() != trace.SpanKindServer || server.Parent().SpanID() != client.SpanContext().SpanID() {
				t.Errorf("server span is %q %v, not below the client's", server.Name(), server.SpanKind())
			}
			if attrs := text(server.Attributes()); attrs["http.route"] != c.route || attrs["http.response.status_code"] != c.status || attrs["code.function.name"] != "" {
				t.Errorf("server attributes are %v", attrs)
			}
			u, _ := url.Parse(base)
			want := map[string]string{
				"http.request.method": "GET", "url.full": base + strings.Replace(c.path, "=x", "=REDACTED", 1), "server.address": "127.0.0.1", "server.port": u.Port(),
				"http.response.status_code": c.status, "network.protocol.version": "1.1",
			}
			if c.failed == codes.Error {
				want["error.type"] = c.status
			}
			if diff := cmp.Diff(want, text(client.Attributes())); diff != "" || client.Name() != "GET" || client.Status().Code != c.failed {
				t.Errorf("client span is %q %v %s", client.Name(), client.Status(), diff)
			}
			if n := got.count(t, "http.client.request.duration") + got.count(t, "http.server.request.duration"); n != 2 {
				t.Errorf("%d measurements, want one of each side", n)
			}
		})
	}
}

// count returns how often a histogram recorded.
func (got telemetryOf) count(t *testing.T, name string) (n uint64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == name {
				for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
					n += p.Count
				}
			}
		}
	}
	return n
}

// Each redirect is a span, with the number of those before it; the client, its timeout and its
// policy for redirects are the program's own.
func TestRedirects(t *testing.T) {
	got := record(t)
	srv := httptest.NewServer(http.RedirectHandler("/", http.StatusFound))
	defer srv.Close()
	last := errors.New("far enough")
	own := &http.Client{Timeout: time.Minute, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) == 3 {
			return last
		}
		return nil
	}}
	if _, err := ClientGet(own, srv.URL); !errors.Is(err, last) {
		t.Errorf("the error is %v", err)
	}
	if own.Transport != nil {
		t.Error("the client must stay as it is")
	}
	for i, s := range got.ended(t, 3) {
		if resent := text(s.Attributes())["http.request.resend_count"]; resent != []string{"", "1", "2"}[i] {
			t.Errorf("span %d has %q resends", i, resent)
		}
	}
}

// A span lasts as long as the response's body, and says why that broke off.
func TestBody(t *testing.T) {
	got := record(t)
	release := make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-release
	}))
	defer srv.Close()
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	resp, err := ClientDo(http.DefaultClient, req)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.spans.Ended()) != 0 {
		t.Error("the span must not end before the body")
	}
	cancel()
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("the body ends with %v", err)
	}
	resp.Body.Close()
	if s := got.span(t); s.Status().Code != codes.Error || req.Header.Get("traceparent") != "" {
		t.Errorf("span has status %v; the program's request has headers %v", s.Status(), req.Header)
	}
}

// What cannot be reached is an error of the span, with its type.
func TestUnreachable(t *testing.T) {
	got := record(t)
	if _, err := Get("http://127.0.0.1:1/"); err == nil {
		t.Fatal("nobody listens there")
	}
	if s := got.span(t); s.Status().Code != codes.Error || text(s.Attributes())["error.type"] == "" {
		t.Errorf("span has status %v, %v", s.Status(), text(s.Attributes()))
	}
}

// A connection whose protocol is switched can be written to.
func TestUpgrade(t *testing.T) {
	got := record(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		rw.WriteString("echo " + line)
		rw.Flush()
	}))
	defer srv.Close()
	req, _ := http.NewRequest("GET", srv.URL, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := ClientDo(http.DefaultClient, req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	conn, ok := resp.Body.(io.ReadWriter)
	if !ok {
		t.Fatalf("the body is %T, which cannot be written", resp.Body)
	}
	io.WriteString(conn, "hello\n")
	if line, _ := bufio.NewReader(conn).ReadString('\n'); line != "echo hello\n" {
		t.Errorf("the server says %q", line)
	}
	resp.Body.Close()
	got.span(t)
}

// A server that is served in two ways is wrapped once, and one without a handler has the default
// one.
func TestServeForms(t *testing.T) {
	record(t)
	srv := &http.Server{Handler: http.NotFoundHandler()}
	if instrumented(srv); instrumented(srv).Handler.(*outermost).next == nil {
		t.Error("the handler must be kept")
	}
	if _, twice := srv.Handler.(*outermost).next.(*outermost); twice {
		t.Error("the handler must be wrapped once")
	}
	http.HandleFunc("/httphooks-default", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	resp, err := http.Get(serving(t, &http.Server{}) + "/httphooks-default")
	if err != nil || resp.StatusCode != http.StatusTeapot {
		t.Errorf("the default handler answers %v, %v", resp, err)
	}
	resp.Body.Close()
}

// Values that may be secret are not shown, whatever the case of their keys.
func TestRedaction(t *testing.T) {
	for given, want := range map[string]string{
		"a=1&b=2": "a=1&b=2", "": "", "sig": "sig", "a=1&Sig=x&b": "a=1&Sig=REDACTED&b",
		"api%5Fkey=1&PASSWORD=": "api%5Fkey=REDACTED&PASSWORD=REDACTED", "%zz=1": "%zz=1",
	} {
		if got := query(given); got != want {
			t.Errorf("query %q is shown as %q, want %q", given, got, want)
		}
	}
	u, err := url.Parse("https://me:secret@example.com/a?key=1#part")
	if err != nil || fullURL(u) != "https://REDACTED:REDACTED@example.com/a?key=REDACTED" {
		t.Errorf("URL is shown as %s, %v", fullURL(u), err)
	}
}

// Switched off, the pack leaves servers as they are.
func TestLeavesServers(t *testing.T) {
	t.Cleanup(process.SetOff(true))
	mux := http.NewServeMux()
	if h := Handler(mux); h != mux {
		t.Errorf("the handler is a %T, want the program's own", h)
	}
	if srv := instrumented(&http.Server{Handler: mux}); srv.Handler != mux {
		t.Errorf("the server's handler is a %T, want the program's own", srv.Handler)
	}
}
