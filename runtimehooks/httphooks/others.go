package httphooks

import (
	"context"
	"net/http"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// A program may record its requests itself, by otelhttp or by the middleware of a router. It keeps
// those spans and measurements, and gets no second ones.

const otelhttp = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

// middlewares are modules with nothing else than middleware that records the requests of a router.
// Where it is used cannot be seen from outside, so a program that links one is left to it: the
// outermost woven handler has the span of what the middleware does not see.
var middlewares = []string{
	"github.com/labstack/echo-opentelemetry",
	"github.com/riandyrn/otelchi",
	"go.opentelemetry.io/contrib/instrumentation/github.com/emicklei/go-restful/otelrestful",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin",
	"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux",
	"go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho",
}

// RecordedByRouter reports whether the program links middleware of somebody else's that records
// the requests of a router.
var RecordedByRouter = sync.OnceValue(func() bool { return linked(middlewares) })

// linksOtelhttp reports whether the program links otelhttp, which many do for their clients alone.
var linksOtelhttp = sync.OnceValue(func() bool { return linked([]string{otelhttp}) })

// linked reports whether the program links a package of one of the modules.
func linked(modules []string) bool {
	info, ok := debug.ReadBuildInfo()
	return ok && holds(info, modules)
}

func holds(info *debug.BuildInfo, modules []string) bool {
	return slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return slices.Contains(modules, m.Path) })
}

// recorded reports whether a handler has a server span for each request already.
func recorded(h http.Handler) bool {
	_, ours := h.(*outermost)
	return ours || byOtelhttp(h) || RecordedByRouter()
}

// byOtelhttp reports whether a handler is what otelhttp.NewHandler has made, which records requests
// itself. It is a function, and so is known by its name alone.
func byOtelhttp(h http.Handler) bool {
	f, ok := h.(http.HandlerFunc)
	if !ok || f == nil {
		return false
	}
	made := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	return made != nil && strings.HasPrefix(made.Name(), otelhttp+".")
}

// routedToOtelhttp reports whether a router of net/http hands the request to a handler that
// otelhttp has made for one route.
func routedToOtelhttp(h http.Handler, r *http.Request) bool {
	mux, ok := h.(*http.ServeMux)
	if !ok || !linksOtelhttp() {
		return false
	}
	to, _ := mux.Handler(r)
	return byOtelhttp(to)
}

// serverSpan reports whether the context's span is a local one of a server, such as that of
// otelhttp.
func serverSpan(ctx context.Context) bool {
	span, ok := trace.SpanFromContext(ctx).(interface{ SpanKind() trace.SpanKind })
	return ok && span.SpanKind() == trace.SpanKindServer
}
