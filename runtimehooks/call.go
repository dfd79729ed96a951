package runtimehooks

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/flight"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Call is one call of a woven function. It lives in a local variable of that function: no method
// lets a pointer to it escape. Woven code calls its methods in the order Link, Enter, EnterRoot or
// Within, Attr, the gates (Limit, Authorize, Validate, Claim, Cached, Keyed), Start, Allow or Next
// or Hedge, after each body Ended with what it guards, Fallback, Keep, Settle and, deferred, Exit,
// Leave or ExitValue.
type Call struct {
	state *state // nil if sites are switched off: then every method is a pass-through, but for authz, validate, idempotent

	ctx   context.Context // what the body gets
	outer context.Context // what the caller gave, with the span: its end is the caller's doing
	bound *bound.Context  // the timeout's context; nil if there is none

	span      trace.Span // nil without trace
	recording bool
	phase     phase
	slot      bool  // holds a slot of the bulkhead
	begun     bool  // the timeout has begun, or would have if the caller's deadline were later
	timedOut  bool  // set by late: the call has exceeded its own timeout
	once      bool  // a body that has begun is not called again
	said      said  // what functions of the user's say of the results of the latest attempt
	attempt   int32 // of the attempt shape, from 1; 0 before the first and under the prologue shape
	sent      bool  // an attempt has the request of an exchange
	given     bool  // the latest attempt has returned a response, and no error

	start   time.Time     // entry
	took    time.Duration // from entry to the last reading of the clock
	from    time.Duration // from entry to the begin of the latest attempt
	armed   time.Duration // from entry to the begin of the timeout
	permit  circuit.Permit
	breaker *circuit.Breaker // that the permit is of; nil before the first attempt, unless the call has a key
	more    *more            // what few calls need; nil in the others
	entrant *entrant         // of a branch of a hedged call; nil in other calls
	Site    *Site            // the function's: all that a woven function sets
}

// more is what a call needs that is retried, whose attempts have contexts of their own, or that has
// a gate with a memory.
type more struct {
	pauses pauses
	scope  scope
	lead   flight.Lead
	key    Key // of the cache, while the call has the lead
	claim  claim
	fell   bool          // the fallback has answered
	fellAt time.Duration // from entry to its begin
	held   held

	// Of an exchange whose latest attempt has failed.
	failure   error    // what that means to policies; nil for what its error says
	response  any      // what is to be given back before another attempt
	discards  discards // does so; nil if there is none
	discarded bool

	starter trace.SpanContext // of the go statement that starts the call; invalid for none
}

// extra returns c.more, which it makes if there is none.
func (c *Call) extra() *more {
	if c.more == nil {
		c.more = new(more)
	}
	return c.more
}

// phase is where an attempt loop is.
type phase uint8

const (
	straight phase = iota // no loop, or before its first attempt
	running               // in the body, or in the fallback
	judged                // after the body, while functions of the user's are asked about its results
	between               // in Next, after the body
	done                  // Next has returned false: the function returns
)

// Enter begins the call: it starts the span and, unless a gate comes first, the timeout, and
// returns the context for the body: the caller's own, unless an aspect must hand on another one. A
// span does where a provider that records is installed, and a timeout. Where the caller gave nil,
// only a timeout does.
func (c *Call) Enter(ctx context.Context) context.Context {
	if process.KnownOff() { // here, for this much becomes a part of the woven function
		c.ctx = ctx
		return ctx
	}
	return c.enter(ctx)
}

func (c *Call) enter(ctx context.Context) context.Context {
	st := c.Site.load()
	if st == nil {
		c.ctx = ctx
		return ctx
	}
	if ctx == nil {
		ctx = missing
	}
	given := ctx
	c.state = st
	if st.tracer != nil {
		ctx, c.span = st.tracer.Start(ctx, st.span, c.spanOptions(ctx)...)
		if c.recording = c.span.IsRecording(); c.recording {
			c.span.SetAttributes(st.attrs...)
		}
	}
	ctx = c.begin(ctx)
	if given == missing && c.bound == nil {
		c.ctx = missing // a body may ask whether it has got one
		return nil
	}
	return ctx
}

// spanOptions returns what the call's span starts with.
func (c *Call) spanOptions(ctx context.Context) []trace.SpanStartOption {
	if c.more == nil || !c.more.starter.IsValid() || c.more.starter.Equal(trace.SpanContextFromContext(ctx)) {
		return c.state.start
	}
	return append(slices.Clip(c.state.start), trace.WithLinks(trace.Link{SpanContext: c.more.starter}))
}

// Link comes before Enter in what a go statement starts, with the statement's own context: the
// call's span is linked to that one's, unless it becomes its child.
func (c *Call) Link(starter context.Context) {
	if span := trace.SpanContextFromContext(starter); span.IsValid() {
		c.extra().starter = span
	}
}

func (c *Call) begin(ctx context.Context) context.Context {
	st := c.state
	st.tally.Started.Add(1)
	switch {
	case st.wall:
		c.start = time.Now()
	case st.clock:
		c.start = clock.Now()
	}
	c.outer, c.ctx = ctx, ctx
	if st.on.Timeout != nil && !st.gated {
		c.arm()
	}
	return c.ctx
}

// missing stands for the nil that a caller may give in place of a context.
var missing context.Context = &noContext{context.Background()}

type noContext struct{ context.Context }

// handed returns what a body gets for a context: the nil that its caller gave, unless an aspect has
// derived a context from that.
func handed(ctx context.Context) context.Context {
	if ctx == missing {
		return nil
	}
	return ctx
}

// EnterRoot is Enter for a function that gets no context: the span, if any, is a root.
func (c *Call) EnterRoot() { c.Enter(context.Background()) }

// Context returns the context for the body, or for its next attempt.
func (c *Call) Context() context.Context { return handed(c.ctx) }

// Outer returns the context that the caller gave, with the call's span: that of the fallback, which
// the timeout does not bound.
func (c *Call) Outer() context.Context {
	if c.state == nil {
		return c.ctx
	}
	return handed(c.outer)
}

// Recording reports whether the call has a span that records, which is when Attr is worth its
// arguments.
func (c *Call) Recording() bool { return c.recording }

// Attr sets an attribute of the span. Booleans, numbers, strings and slices of them keep their
// type, a time.Duration becomes seconds, a pointer is followed, and anything else becomes its text.
// A nil pointer records nothing.
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

// now is the time of the last reading of the clock. Its wall clock is right where the site needs
// it, and else that of clock.Now.
func (c *Call) now() time.Time { return c.start.Add(c.took) }
