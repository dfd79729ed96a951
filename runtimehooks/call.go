package runtimehooks

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Call is one call of a woven function. It lives in a local variable of that function: no method lets a pointer to it
// escape. Its methods are called in the order Enter or EnterRoot, Attr, Allow or Next, and, deferred, Exit, Leave or
// ExitValue.
type Call struct {
	site  *Site
	state *state // nil if sites are switched off: then every method is a pass-through

	ctx    context.Context    // what the body gets
	outer  context.Context    // what the caller gave, with the span: its end is the caller's doing
	cancel context.CancelFunc // of the timeout's context; nil if there is none

	span      trace.Span // nil without trace
	recording bool
	phase     phase
	attempt   int32 // of the attempt shape, from 1; 0 before the first and under the prologue shape

	start  time.Time     // entry
	took   time.Duration // from entry to the last reading of the clock
	permit circuit.Permit
	pauses *pauses // nil before the first failure that is retried
}

// phase is where an attempt loop is.
type phase uint8

const (
	straight phase = iota // no loop, or before its first attempt
	running               // in the body
	between               // in Next, after the body
	done                  // Next has returned false: the function returns
)

// Enter begins the call: it starts the span and the timeout, and returns the context for the body. A nil context is
// taken for context.Background.
func (c *Call) Enter(ctx context.Context) context.Context {
	st := c.site.load()
	if st == nil {
		c.ctx = ctx
		return ctx
	}
	if ctx == nil {
		ctx = context.Background()
	}
	c.state = st
	if st.clock {
		c.start = time.Now()
	}
	if st.tracer != nil {
		ctx, c.span = st.tracer.Start(ctx, st.span, st.start...)
		if c.recording = c.span.IsRecording(); c.recording {
			c.span.SetAttributes(st.attrs...)
		}
	}
	c.outer = ctx
	if c.site.Timeout != nil {
		ctx = c.limit(ctx, c.site.Timeout.After)
	}
	c.ctx = ctx
	return ctx
}

// EnterRoot is Enter for a function that gets no context: the span, if any, is a root.
func (c *Call) EnterRoot() { c.Enter(context.Background()) }

// Context returns the context for the body.
func (c *Call) Context() context.Context { return c.ctx }

// Recording reports whether the call has a span that records, which is when Attr is worth its arguments.
func (c *Call) Recording() bool { return c.recording }

// Attr sets an attribute of the span. Booleans, numbers, strings and slices of them keep their type, a time.Duration
// becomes seconds, a pointer is followed, and anything else becomes its text. A nil pointer records nothing.
func (c *Call) Attr(key string, value any) {
	if !c.recording {
		return
	}
	if kv, ok := telemetry.Attr(key, value); ok {
		c.span.SetAttributes(kv)
	}
}

// tick reads the clock, if an aspect needs it.
func (c *Call) tick() {
	if c.state.clock {
		c.took = time.Since(c.start)
	}
}

// now is the time of the last reading of the clock.
func (c *Call) now() time.Time { return c.start.Add(c.took) }
