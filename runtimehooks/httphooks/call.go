package httphooks

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Call is one call of a woven handler. It lives in a local variable of that handler. Its methods
// are called in the order Enter, the gates (Limit, Authorize, Validate), Keyed, Start, Allow, Attr
// and, deferred, Exit.
type Call struct {
	site     *Site
	state    *state            // nil if sites are switched off: then every method is a pass-through, but for authz and validate
	policies runtimehooks.Call // of the same site, without telemetry

	writer   http.ResponseWriter // what the body gets
	request  *http.Request       // what the body gets
	original *http.Request       // what the server gave
	response *response

	outer context.Context // the request's, with the span

	span      trace.Span // nil without trace
	recording bool
	route     string // when the call began

	start   time.Time     // entry
	took    time.Duration // from entry to exit
	refusal error         // why a policy refused the call; nil if none has
}

// Enter begins the call: it starts the span and, unless a gate comes first, the timeout, and
// returns the writer and the request for the body.
func (c *Call) Enter(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	c.policies = c.site.Site.Call()
	c.writer = w
	on := c.policies.Protocol().Aspects()
	if on == nil || r == nil { // a test's call without a request tells nothing
		return w, r
	}
	st := c.site.load(on)
	c.state = st
	c.start = time.Now()
	c.original = r
	ctx := r.Context()
	c.route = route(r)
	if st.tracer != nil {
		ctx = c.startSpan(ctx, r)
	}
	c.outer = ctx
	c.request = c.with(c.policies.Protocol().Begin(ctx), r)
	c.response = new(response)
	if w == nil {
		c.response.hijacked = true // nobody to answer to
		return nil, c.request
	}
	c.writer = c.response.watch(w)
	return c.writer, c.request
}

// with returns the request with the context, r itself where it has it.
func (c *Call) with(ctx context.Context, r *http.Request) *http.Request {
	if ctx == r.Context() {
		return r
	}
	return r.WithContext(ctx)
}

// Start begins the timeout in a handler with a gate outside it, and returns the request for the
// body.
func (c *Call) Start(r *http.Request) *http.Request {
	if c.state == nil {
		return r
	}
	c.request = c.with(c.policies.Start(r.Context()), r)
	return c.request
}

// startSpan starts the call's span and returns its context.
func (c *Call) startSpan(ctx context.Context, r *http.Request) context.Context {
	if here := trace.SpanContextFromContext(ctx); !here.IsValid() || here.IsRemote() {
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	name := c.state.on.Trace.Name
	if name == "" {
		name = spanName(method(r), c.route)
	}
	ctx, c.span = c.state.tracer.Start(ctx, name, c.state.kind, trace.WithAttributes(attributes(c.site.Function, r)...))
	c.recording = c.span.IsRecording()
	return ctx
}

// answer writes a response with the status and its text, unless one has begun.
func (c *Call) answer(status int) {
	if c.writer != nil && !c.response.begun() {
		http.Error(c.writer, http.StatusText(status), status)
	}
}

// Recording reports whether the call has a span that records, which is when Attr is worth its
// arguments.
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
