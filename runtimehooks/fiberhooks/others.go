package fiberhooks

import (
	"bytes"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// others knows the routes of an app whose requests somebody else records.
type others struct {
	app   *fiber.App
	once  sync.Once
	paths [][]byte // that such routes begin with, in lower case
}

// middlewares are the packages of OpenTelemetry's middleware for fiber.
var middlewares = []string{"github.com/gofiber/contrib/v3/otel.", "github.com/gofiber/contrib/otelfiber."}

// record reports whether a handler of somebody else's makes a span for the request: one that is
// registered for a path with which the request's begins.
func (o *others) record(c *fasthttp.RequestCtx) bool {
	o.once.Do(o.find)
	if len(o.paths) == 0 {
		return false
	}
	path := bytes.ToLower(c.Path())
	for _, p := range o.paths {
		if bytes.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// find looks at the routes when the app begins to serve: all are there by then.
func (o *others) find() {
	for _, routes := range o.app.Stack() {
		for _, route := range routes {
			for _, handler := range route.Handlers {
				if made := runtime.FuncForPC(reflect.ValueOf(handler).Pointer()); made != nil && byOthers(made.Name()) {
					o.paths = append(o.paths, fixed(route.Path))
				}
			}
		}
	}
}

func byOthers(function string) bool {
	for _, path := range middlewares {
		if strings.HasPrefix(function, path) {
			return true
		}
	}
	return false
}

// fixed returns what all paths begin with that a pattern matches, in lower case.
func fixed(pattern string) []byte {
	if i := strings.IndexAny(pattern, ":*+\\"); i >= 0 {
		pattern = pattern[:i]
	}
	if len(pattern) > 1 {
		pattern = strings.TrimSuffix(pattern, "/")
	}
	return []byte(strings.ToLower(pattern))
}
