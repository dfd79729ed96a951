package httphooks

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Call is one call of a woven handler. It lives in a local variable of that handler. Its methods
// are called in the order Enter, the gates (Limit, Authorize, Validate), Keyed, Start, Allow, Attr
// and, deferred, Exit.
type Call struct {
	state    *state            // nil if sites are switched off: then every method is a pass-through, except for authz and validate
	policies runtimehooks.Call // of the same site, without telemetry

	writer   http.ResponseWriter // what the body gets
	request  *http.Request       // what the body gets
	original *http.Request       // what the server gave
	layout   *layout             // of the server's writer, where that is the body's; nil for others
	watched  *watched            // what the body gets where that is not the server's own; nil where there is a layout
	entry    http.Header         // copy of the headers as the handler got them, if an aspect may answer for the body; nil if there were none
	status   int                 // of the response, once the handler has ended; 0 if none has begun
	hijacked bool                // the response is no longer the server's, or there is nobody to answer to

	outer  context.Context // the request's, with the span
	under  *served         // the request as an outer woven handler has it; nil for the outermost
	theirs bool            // another library has the span and the histogram of the request

	span      trace.Span // nil without trace
	recording bool
	inner     bool                 // the span is below that of the request
	attrs     []attribute.KeyValue // that the span began with, and room for what comes later
	scratch   *scratch             // nil without trace
	route     string               // when the call began

	start   time.Time     // entry
	took    time.Duration // from entry to exit
	refusal error         // why a policy refused the call; nil if none has

	site *Site // last, as in runtimehooks.Call
}

// scratch is what a call with a span needs on the heap, in one piece: tracers get the slices.
type scratch struct {
	attrs   [16]attribute.KeyValue
	options [2]trace.SpanStartOption
	watched watched
	served  served
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
	c.start = clock.Now()
	c.original = r
	ctx := r.Context()
	c.under, _ = ctx.Value(servedKey{}).(*served)
	c.theirs = c.under == nil && serverSpan(ctx)
	c.route = route(r)
	if st.tracer != nil {
		ctx = c.startSpan(ctx, r)
	}
	c.outer = ctx
	ctx = c.serve(ctx)
	c.request = c.with(c.policies.Protocol().Begin(ctx), r)
	if w == nil {
		c.hijacked = true
		return nil, c.request
	}
	c.observe(w)
	if on.Recover != nil || on.Timeout != nil {
		c.keepHeader()
	}
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
	s := new(scratch)
	c.scratch = s
	name, kind := c.state.on.Trace.Name, c.state.kind
	if c.inner = c.within(ctx); c.inner {
		name = cmp.Or(name, c.site.Name)
		c.attrs = append(s.attrs[:0], semconv.CodeFunctionName(c.site.CodeName()))
		kind = c.state.inner
	} else {
		function := c.site.CodeName()
		if c.site == &server {
			function = "" // it is no function of the program's
		}
		c.attrs = appendRequest(s.attrs[:0], function, r)
		if name == "" {
			name = c.state.spanName(method(r), c.route)
		}
	}
	s.options = [...]trace.SpanStartOption{kind, trace.WithAttributes(c.attrs...)}
	ctx, c.span = c.state.tracer.Start(ctx, name, s.options[:]...)
	c.recording = c.span.IsRecording()
	return ctx
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
