package httphooks

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Call is one call of a woven handler. It lives in a local variable of that handler. Its methods are called in the order
// Enter, Allow, Attr and, deferred, Exit.
type Call struct {
	site  *Site
	state *state // nil if sites are switched off: then every method is a pass-through

	writer   http.ResponseWriter // what the body gets
	request  *http.Request       // what the body gets
	original *http.Request       // what the server gave
	response *response

	outer  context.Context // the request's, with the span: its end is the client's or server's doing
	cancel context.CancelFunc

	span      trace.Span // nil without trace
	recording bool
	route     string // when the call began

	start  time.Time     // entry
	took   time.Duration // from entry to exit
	permit circuit.Permit
	refuse *runtimehooks.OpenError // nil if the breaker has not refused the call
}

// Enter begins the call: it starts the span and the timeout, and returns the writer and the request for the body.
func (c *Call) Enter(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	st := c.site.load()
	if st == nil || r == nil { // a test's call without a request tells nothing
		return w, r
	}
	c.state = st
	if st.clock {
		c.start = time.Now()
	}
	c.original = r
	ctx := r.Context()
	c.route = route(r)
	if st.tracer != nil {
		ctx = c.startSpan(ctx, r)
	}
	c.outer = ctx
	if c.site.Timeout != nil {
		ctx = c.limit(ctx, c.site.Timeout.After)
	}
	if c.span != nil || c.cancel != nil {
		r = r.WithContext(ctx)
	}
	c.request = r
	c.response = new(response)
	if w == nil {
		c.response.hijacked = true // nobody to answer to
		return nil, r
	}
	c.writer = c.response.watch(w)
	return c.writer, r
}

// startSpan starts the call's span and returns its context.
func (c *Call) startSpan(ctx context.Context, r *http.Request) context.Context {
	if here := trace.SpanContextFromContext(ctx); !here.IsValid() || here.IsRemote() {
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	name := c.site.Trace.Name
	if name == "" {
		name = spanName(method(r), c.route)
	}
	ctx, c.span = c.state.tracer.Start(ctx, name, c.state.kind, trace.WithAttributes(attributes(c.site.Function, r)...))
	c.recording = c.span.IsRecording()
	return ctx
}

// limit returns a context that ends after the timeout, or ctx itself where its own deadline is no later.
func (c *Call) limit(ctx context.Context, after time.Duration) context.Context {
	deadline := c.start.Add(after)
	if theirs, ok := ctx.Deadline(); ok && !theirs.After(deadline) {
		return ctx
	}
	ctx, c.cancel = context.WithDeadlineCause(ctx, deadline, c.state.missed)
	return ctx
}

// Allow asks the breaker whether the call may go on. If not, it answers the request with 503 and Retry-After, in whole
// seconds of at least 1, and returns false, and the handler returns.
func (c *Call) Allow() bool {
	if c.state == nil || c.state.breaker == nil {
		return true
	}
	b := c.state.breaker
	permit, wait, ok := b.Acquire(c.start)
	if ok {
		c.permit = permit
		return true
	}
	c.refuse = &runtimehooks.OpenError{Site: c.site.Function, Breaker: b.Name(), After: wait}
	seconds := max(1, (wait+time.Second-1)/time.Second)
	c.writer.Header().Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	c.answer(http.StatusServiceUnavailable)
	return false
}

// answer writes a response with the status and its text, unless one has begun.
func (c *Call) answer(status int) {
	if !c.response.begun() {
		http.Error(c.writer, http.StatusText(status), status)
	}
}

// Recording reports whether the call has a span that records, which is when Attr is worth its arguments.
func (c *Call) Recording() bool { return c.recording }

// Attr sets an attribute of the span, as (*runtimehooks.Call).Attr does.
func (c *Call) Attr(key string, value any) {
	if !c.recording {
		return
	}
	if kv, ok := telemetry.Attr(key, value); ok {
		c.span.SetAttributes(kv)
	}
}
