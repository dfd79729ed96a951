package entryhooks

import (
	"context"

	"go.opentelemetry.io/otel/trace"
)

// restore gives the parameter the context from before the call: what is called after this function,
// such as the next handler of a chain, is not a part of it. Where the body has put a context of its
// own there, its values stay.
func (c *call[P]) restore() {
	if c.entered == c.given {
		return
	}
	switch now := c.about.context(c.params); {
	case now == nil || now == c.entered:
		c.about.withContext(c.params, c.given)
	case c.state.on.Timeout != nil || c.span != nil && trace.SpanFromContext(now) == c.span:
		c.about.withContext(c.params, c.left(now))
	}
}

// left returns a context of the body's without what the call has put below it: the span, and a
// deadline that has ended with the call.
func (c *call[P]) left(now context.Context) context.Context {
	if c.state.on.Timeout != nil {
		now = withValues{c.given, now}
	}
	if c.span != nil && trace.SpanFromContext(now) == c.span {
		now = trace.ContextWithSpan(now, trace.SpanFromContext(c.given))
	}
	return now
}

// withValues is a context with the values of another.
type withValues struct {
	context.Context
	values context.Context
}

func (c withValues) Value(key any) any { return c.values.Value(key) }
