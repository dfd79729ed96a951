package httphooks

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
)

var traced = aspects{Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}}

func TestSpanAndHistogram(t *testing.T) {
	got := record(t)
	w := get("GET example.com/orders/{id}", "http://example.com:8080/orders/7?secret=1", woven(site(traced), status(201)))
	if w.Code != 201 {
		t.Errorf("status is %d", w.Code)
	}
	span := got.span(t)
	if span.Name() != "GET /orders/{id}" || span.SpanKind() != trace.SpanKindServer || span.Status().Code != codes.Unset || span.Parent().IsValid() {
		t.Errorf("span is %q %v %v, parent %v", span.Name(), span.SpanKind(), span.Status(), span.Parent())
	}
	want := map[string]string{
		"code.function.name": function, "http.request.method": "GET", "http.route": "/orders/{id}", "url.path": "/orders/7",
		"url.query": "secret=REDACTED", "network.peer.address": "192.0.2.1", "network.peer.port": "1234", "client.address": "192.0.2.1",
		"url.scheme": "http", "server.address": "example.com", "server.port": "8080", "network.protocol.version": "1.1",
		"http.response.status_code": "201", "r.Method": "GET",
	}
	if diff := cmp.Diff(want, text(span.Attributes())); diff != "" {
		t.Error(diff)
	}
	m, point := got.point(t)
	if m.Name != "http.server.request.duration" || m.Unit != "s" {
		t.Errorf("histogram is %q in %q", m.Name, m.Unit)
	}
	want = map[string]string{
		"http.request.method": "GET", "http.route": "/orders/{id}", "url.scheme": "http", "network.protocol.version": "1.1",
		"http.response.status_code": "201",
	}
	if diff := cmp.Diff(want, text(point.Attributes.ToSlice())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}, point.Bounds); diff != "" {
		t.Error(diff)
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name      string
		body      http.HandlerFunc
		status    string
		errorType string
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, "200", ""},
		{"body only", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")) }, "200", ""},
		{"string", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x"); w.WriteHeader(500) }, "200", ""},
		{"client's error", status(404), "404", ""},
		{"server's error", status(503), "503", "503"},
		{"the first one counts", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(202); w.WriteHeader(500) }, "202", ""},
		{"informational", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(103); w.WriteHeader(204) }, "204", ""},
		{"flush", func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); w.WriteHeader(500) }, "200", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := record(t)
			get("/", "/", woven(site(traced), c.body))
			span := got.span(t)
			attrs := text(span.Attributes())
			if attrs["http.response.status_code"] != c.status || attrs["error.type"] != c.errorType {
				t.Errorf("attributes are %v", attrs)
			}
			if failed := span.Status().Code == codes.Error; failed != (c.errorType != "") {
				t.Errorf("status is %v", span.Status())
			}
			_, point := got.point(t)
			if attrs := text(point.Attributes.ToSlice()); attrs["http.response.status_code"] != c.status || attrs["error.type"] != c.errorType {
				t.Errorf("metric attributes are %v", attrs)
			}
		})
	}
}

func TestSpanNames(t *testing.T) {
	for _, c := range []struct{ method, pattern, name, want string }{
		{"GET", "/a/{b}", "", "GET /a/{b}"},
		{"POST", "POST example.com/a", "", "POST /a"},
		{"PURGE", "/a", "", "HTTP /a"},
		{"GET", "", "", "GET"},
		{"GET", "/a", "mine", "mine"},
	} {
		got := record(t)
		r := httptest.NewRequest(c.method, "/a", nil)
		r.Pattern = c.pattern
		s := site(aspects{Trace: &runtimehooks.Trace{Name: c.name}})
		woven(s, status(200))(httptest.NewRecorder(), r)
		if name := got.span(t).Name(); name != c.want {
			t.Errorf("%s %q: span is %q, want %q", c.method, c.pattern, name, c.want)
		}
	}
	got := record(t)
	r := httptest.NewRequest("PURGE", "/a", nil)
	woven(site(traced), status(200))(httptest.NewRecorder(), r)
	attrs := text(got.span(t).Attributes())
	if attrs["http.request.method"] != "_OTHER" || attrs["http.request.method_original"] != "PURGE" {
		t.Errorf("attributes are %v", attrs)
	}
	_, point := got.point(t)
	if attrs := text(point.Attributes.ToSlice()); attrs["http.request.method"] != "_OTHER" || len(attrs) != 4 {
		t.Errorf("metric attributes are %v, want no method that clients make up", attrs)
	}
}

// What the histogram says of a call that a policy or a panic ended.
func TestErrorTypeOfHistogram(t *testing.T) {
	broken := guarded()
	broken.Metrics = &runtimehooks.Metrics{}
	get("/", "/", woven(broken, status(500)))
	get("/", "/", woven(broken, status(500)))
	timed := site(aspects{Metrics: &runtimehooks.Metrics{}, Timeout: &runtimehooks.Timeout{After: 1}})
	for _, c := range []struct {
		want, status string
		site         *Site
		body         http.HandlerFunc
	}{
		{"breaker_open", "503", broken, status(200)},
		{"timeout", "504", timed, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"panic", "", site(traced), func(http.ResponseWriter, *http.Request) { panic("boom") }},
	} {
		got := record(t)
		func() {
			defer func() { recover() }()
			get("/", "/", woven(c.site, c.body))
		}()
		_, point := got.point(t)
		if attrs := text(point.Attributes.ToSlice()); attrs["error.type"] != c.want || attrs["http.response.status_code"] != c.status {
			t.Errorf("%s: metric attributes are %v", c.want, attrs)
		}
	}
}

// A handler that routes further: the pattern is known only at the end.
func TestRouteOfInnerRouter(t *testing.T) {
	got := record(t)
	inner := http.NewServeMux()
	inner.Handle("GET /orders/{id}", status(200))
	woven(site(traced), inner.ServeHTTP)(httptest.NewRecorder(), httptest.NewRequest("GET", "/orders/7", nil))
	span := got.span(t)
	if span.Name() != "GET /orders/{id}" || text(span.Attributes())["http.route"] != "/orders/{id}" {
		t.Errorf("span is %q %v", span.Name(), span.Attributes())
	}
}

func TestParent(t *testing.T) {
	const header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	serve := func(r *http.Request) {
		r.Header.Set("traceparent", header)
		woven(site(traced), status(200))(httptest.NewRecorder(), r)
	}
	t.Run("from the headers", func(t *testing.T) {
		got := record(t)
		serve(httptest.NewRequest("GET", "/", nil))
		if p := got.span(t).Parent(); p.SpanID().String() != "b7ad6b7169203331" || !p.IsRemote() {
			t.Errorf("parent is %v", p)
		}
	})
	t.Run("local", func(t *testing.T) {
		got := record(t)
		r := httptest.NewRequest("GET", "/", nil)
		ctx, outer := otel.Tracer("test").Start(r.Context(), "outer")
		serve(r.WithContext(ctx))
		if p := got.span(t).Parent(); p.SpanID() != outer.SpanContext().SpanID() {
			t.Errorf("parent is %v, want the local span", p)
		}
	})
}

// The body's request carries the span, so that what it calls is below it.
func TestRequestCarriesSpan(t *testing.T) {
	got := record(t)
	var inside trace.SpanContext
	get("/", "/", woven(site(traced), func(w http.ResponseWriter, r *http.Request) { inside = trace.SpanContextFromContext(r.Context()) }))
	if inside.SpanID() != got.span(t).SpanContext().SpanID() {
		t.Error("the request's context does not hold the span")
	}
}

func TestLog(t *testing.T) {
	out := logTo(t)
	logged := site(aspects{Log: &runtimehooks.Log{}})
	get("/a/{b}", "/a/1", woven(logged, status(204)))
	get("/a/{b}", "/a/1", woven(logged, status(503)))
	lines := regexp.MustCompile(`time=\S+ |duration=\S+ ?`).ReplaceAllString(out.String(), "")
	want := "level=INFO msg=Server.order function=" + function + " method=GET route=/a/{b} status=204 \n" +
		"level=ERROR msg=Server.order function=" + function + " method=GET route=/a/{b} status=503 error.type=503\n"
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}
