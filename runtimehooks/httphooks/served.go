package httphooks

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync"
)

// One request may pass several woven handlers: a router, middleware, the handler of a route. It is
// one server span and one measurement, at the outermost of them. The inner ones have spans of their
// own below it, and tell it the route.

// served is a request in the context of the handlers that serve it.
type served struct {
	context.Context
	traced, measured bool // a woven handler has the span, or the histogram

	mu    sync.Mutex // of what follows: http.TimeoutHandler serves in another goroutine
	route string     // that an inner handler found
	path  string     // that the inner handler saw
}

type servedKey struct{}

// Value returns the request for its key.
func (s *served) Value(key any) any {
	if key == (servedKey{}) {
		return s
	}
	return s.Context.Value(key)
}

// within reports whether the call's span is below that of the request.
func (c *Call) within(ctx context.Context) bool {
	return c.under != nil && c.under.traced || serverSpan(ctx)
}

// measures reports whether the call records the request's histogram.
func (c *Call) measures() bool {
	return c.state.durations != nil && !c.theirs && (c.under == nil || !c.under.measured)
}

// serve returns the context for the body of an outermost handler, in which inner ones find the
// request.
func (c *Call) serve(ctx context.Context) context.Context {
	traced := c.span != nil || c.under != nil && c.under.traced
	measured := c.state.durations != nil || c.theirs || c.under != nil && c.under.measured
	if c.under != nil && c.under.traced == traced && c.under.measured == measured || !traced && !measured {
		return ctx
	}
	if c.scratch == nil {
		c.scratch = new(scratch)
	}
	s := &c.scratch.served
	s.Context, s.traced, s.measured = ctx, traced, measured
	return s
}

// found tells the outer handlers the route of the request.
func (c *Call) found(route string) {
	if c.under != nil && route != "" {
		c.under.found(route, pathOf(c.request))
	}
}

// found records the route for the handler and all that are outside it, and the path that it is the
// route of; "" if that is the whole path.
func (s *served) found(route, path string) {
	for ; s != nil; s, _ = s.Context.Value(servedKey{}).(*served) {
		s.mu.Lock()
		s.route, s.path = route, path
		s.mu.Unlock()
	}
}

// routed returns the route of the request, at the end.
func (c *Call) routed() string {
	own := route(c.request)
	if c.scratch == nil {
		return own
	}
	s := &c.scratch.served
	s.mu.Lock()
	defer s.mu.Unlock()
	return deepest(own, pathOf(c.request), s.route, s.path)
}

// pathOf returns the path of a request, "" for one that a test has made without.
func pathOf(r *http.Request) string {
	if r.URL == nil {
		return ""
	}
	return r.URL.Path
}

// deepest returns the route of a request that a router has passed on to another one, given the
// pattern of each and the path that each has seen. The inner router knows more: below "/" and
// "/v1/" it says "/v1/users/{id}", or "/users/{id}" of a path without what the outer pattern has
// matched. Where it takes everything, the outer one knows more.
func deepest(outer, outerPath, inner, innerPath string) string {
	if outer == "" || inner == "" || outer == inner {
		return cmp.Or(inner, outer)
	}
	if stripped, ok := strings.CutSuffix(outerPath, innerPath); ok && innerPath != "" && stripped != "" {
		prefix := strings.TrimSuffix(outer, "*") // as chi writes the rest of a path
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 && strings.HasSuffix(prefix, "...}") {
			prefix = prefix[:i]
		}
		if prefix = strings.TrimSuffix(prefix, "/"); strings.Count(prefix, "/") == strings.Count(stripped, "/") {
			return prefix + inner
		}
	}
	if strings.HasSuffix(inner, "/") && strings.HasPrefix(outer, inner) {
		return outer
	}
	return inner
}
