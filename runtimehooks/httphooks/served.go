package httphooks

import (
	"context"
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
	return c.state.durations != nil && (c.under == nil || !c.under.measured)
}

// serve returns the context for the body of an outermost handler, in which inner ones find the
// request.
func (c *Call) serve(ctx context.Context) context.Context {
	traced := c.span != nil || c.under != nil && c.under.traced
	measured := c.state.durations != nil || c.under != nil && c.under.measured
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
		c.under.found(route)
	}
}

// found records the route for the handler and all that are outside it.
func (s *served) found(route string) {
	for ; s != nil; s, _ = s.Context.Value(servedKey{}).(*served) {
		s.mu.Lock()
		s.route = route
		s.mu.Unlock()
	}
}

// routed returns the route of the request, at the end: that of its pattern, or the one that an
// inner handler found.
func (c *Call) routed() string {
	if found := route(c.request); found != "" || c.scratch == nil {
		return found
	}
	s := &c.scratch.served
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.route
}
