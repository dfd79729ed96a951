package httphooks

import (
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Handlers within each other are one server span and one measurement, at the outermost, which gets
// the route from the innermost; also where middleware copies the request, or serves it in another
// goroutine.
func TestNested(t *testing.T) {
	for name, between := range map[string]func(http.Handler) http.Handler{
		"direct":  func(h http.Handler) http.Handler { return h },
		"copying": func(h http.Handler) http.Handler { return http.StripPrefix("", copying(h)) },
		"timeout": func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Hour, "") },
	} {
		t.Run(name, func(t *testing.T) {
			got := record(t)
			mux := http.NewServeMux()
			handler := called(traced, "Server.order")
			mux.Handle("GET /orders/{id}", woven(handler, status(201)))
			middle := woven(called(traced, "Server.log"), between(mux).ServeHTTP)
			outermost := woven(called(traced, "Server.ServeHTTP"), between(middle).ServeHTTP)
			outermost(httptest.NewRecorder(), httptest.NewRequest("GET", "/orders/7", nil))
			spans := got.spans.Ended()
			if len(spans) != 3 {
				t.Fatalf("%d spans, want 3", len(spans))
			}
			for i, want := range []struct {
				name string
				kind trace.SpanKind
			}{{"Server.order", trace.SpanKindInternal}, {"Server.log", trace.SpanKindInternal}, {"GET /orders/{id}", trace.SpanKindServer}} {
				if s := spans[i]; s.Name() != want.name || s.SpanKind() != want.kind || i < 2 && s.Parent().SpanID() != spans[i+1].SpanContext().SpanID() {
					t.Errorf("span %d is %q %v below %v, want %v", i, s.Name(), s.SpanKind(), s.Parent().SpanID(), want)
				}
			}
			if attrs := text(spans[2].Attributes()); attrs["http.route"] != "/orders/{id}" || attrs["http.response.status_code"] != "201" {
				t.Errorf("attributes of the request are %v", attrs)
			}
			_, point := got.point(t)
			if attrs := text(point.Attributes.ToSlice()); point.Count != 1 || attrs["http.route"] != "/orders/{id}" {
				t.Errorf("%d measurements of %v, want 1 with the route", point.Count, attrs)
			}
		})
	}
}

// The route is what the innermost router has matched, below what the outer one has stripped, however
// middleware between them copies the request. A router that takes everything says nothing.
func TestNestedRouters(t *testing.T) {
	for _, c := range []struct{ outer, strip, inner, path, want string }{
		{"/", "", "GET /v1/users/{id}", "/v1/users/7", "/v1/users/{id}"},
		{"/v1/", "", "/v1/users/{id}", "/v1/users/7", "/v1/users/{id}"},
		{"/v1/", "/v1", "/users/{id}", "/v1/users/7", "/v1/users/{id}"},
		{"/{tenant}/", "/acme", "/users/{id}", "/acme/users/7", "/{tenant}/users/{id}"},
		{"/{tenant}/{rest...}", "/acme", "/users/{id}", "/acme/users/7", "/{tenant}/users/{id}"},
		{"/v1/", "/v1", "/", "/v1/users/7", "/v1/"},
		{"/v1/", "", "/", "/v1/users/7", "/v1/"},
		{"/", "/acme", "/users/{id}", "/acme/users/7", "/users/{id}"},
	} {
		t.Run(c.outer+c.strip+c.inner, func(t *testing.T) {
			got := record(t)
			inner, outer := http.NewServeMux(), http.NewServeMux()
			inner.Handle(c.inner, woven(called(traced, "inner"), status(200)))
			outer.Handle(c.outer, copying(http.StripPrefix(c.strip, inner)))
			Handler(outer).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", c.path, nil))
			spans := got.spans.Ended()
			if s := spans[len(spans)-1]; s.Name() != "GET "+c.want || text(s.Attributes())["http.route"] != c.want {
				t.Errorf("span is %q, route is %q, want %q", s.Name(), text(s.Attributes())["http.route"], c.want)
			}
			if _, point := got.point(t); text(point.Attributes.ToSlice())["http.route"] != c.want {
				t.Errorf("measured route is %q, want %q", text(point.Attributes.ToSlice())["http.route"], c.want)
			}
		})
	}
}

// copying is middleware that gives its handler another request.
func copying(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r.Clone(r.Context())) })
}

func called(a aspects, name string) *Site {
	s := site(a)
	s.Name = name
	return s
}

// Spans and measurements are counted apart: the outer handler may have only one of them.
func TestNestedInPart(t *testing.T) {
	got := record(t)
	inner := woven(called(aspects{Trace: &runtimehooks.Trace{}, Metrics: &runtimehooks.Metrics{}}, "inner"), status(200))
	get("/a", "/a", woven(called(aspects{Metrics: &runtimehooks.Metrics{}}, "outer"), inner))
	if s := got.span(t); s.SpanKind() != trace.SpanKindServer || s.Name() != "GET /a" {
		t.Errorf("span is %q %v, want that of the request", s.Name(), s.SpanKind())
	}
	if _, point := got.point(t); point.Count != 1 {
		t.Errorf("%d measurements, want 1", point.Count)
	}
}

// A server span of somebody else's middleware is that of the request, which has measured it, too.
func TestForeignServerSpan(t *testing.T) {
	got := record(t)
	r := httptest.NewRequest("GET", "/a", nil)
	ctx, span := otel.Tracer("foreign").Start(r.Context(), "GET", trace.WithSpanKind(trace.SpanKindServer))
	woven(called(traced, "handler"), status(200))(httptest.NewRecorder(), r.WithContext(ctx))
	span.End()
	if s := got.spans.Ended()[0]; s.Name() != "handler" || s.SpanKind() != trace.SpanKindInternal {
		t.Errorf("span is %q %v", s.Name(), s.SpanKind())
	}
	var all metricdata.ResourceMetrics
	if err := got.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name == "http.server.request.duration" {
				t.Error("the request is measured beside them")
			}
		}
	}
}

// Modules of middleware are known by their paths in what the linker has noted.
func TestLinked(t *testing.T) {
	for path, want := range map[string]bool{
		"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin": true,
		"github.com/riandyrn/otelchi": true,
		"github.com/gin-gonic/gin":    false,
		otelhttp:                      false,
	} {
		if got := holds(&debug.BuildInfo{Deps: []*debug.Module{{Path: "example.com/other"}, {Path: path}}}, middlewares); got != want {
			t.Errorf("%s records the requests of a router: %v, want %v", path, got, want)
		}
	}
}
