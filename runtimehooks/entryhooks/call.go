package entryhooks

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// call is one call of a woven function, without what depends on the kind of its entry.
type call[P any] struct {
	site     *runtimehooks.Site
	kept     *kept[P]
	about    *description[P]
	state    *state            // nil if sites are switched off: then every method is a pass-through, except for authz and validate
	policies runtimehooks.Call // of the same site, without telemetry

	params  P               // what the body gets
	given   context.Context // of the parameters, from the caller
	outer   context.Context // that with the span
	entered context.Context // what the body gets
	request *http.Request   // as the call began; nil where the protocol is not that of net/http

	span      trace.Span // nil without trace
	recording bool
	inner     bool // the span is below that of the request
	measured  bool // an outer handler has the request's histogram
	router    bool // it is the call of a library's router, and no function of the program's

	start   time.Time
	took    time.Duration
	refusal error // why a policy refused the call; nil if none has
}

// Enter begins the call: it starts the span and, unless a gate comes first, the timeout, and
// returns the parameter for the body.
func (c *call[P]) Enter(p P) P {
	c.policies = c.site.Call()
	c.params = p
	on := c.policies.Protocol().Aspects()
	if on == nil {
		return p
	}
	c.state = c.kept.load(c.site, on)
	c.start = clock.Now()
	if c.about.request != nil {
		c.request = c.about.request(p)
	}
	ctx := cmp.Or(c.about.context(p), context.Background())
	c.given = ctx
	traced, measured := httphooks.Within(ctx)
	c.measured = measured
	c.startSpan(ctx, traced)
	ctx = c.outer
	if traced, measured := traced || c.span != nil, measured || c.state.requests != nil; !c.inner && (traced || measured) {
		ctx = httphooks.Serving(ctx, traced, measured)
		c.outer = ctx
	}
	return c.with(c.policies.Protocol().Begin(ctx))
}

// startSpan starts the call's span, if it has one, and sets the context with it. traced says that
// the request has one.
func (c *call[P]) startSpan(ctx context.Context, traced bool) {
	c.outer, c.inner = ctx, traced
	if local := trace.SpanContextFromContext(ctx); local.IsValid() && !local.IsRemote() {
		c.inner = c.inner || c.request == nil // a span of the program's own is no request, but may be that of another protocol
	} else if carrier := c.headers(); carrier != nil && !traced {
		ctx = otel.GetTextMapPropagator().Extract(ctx, carrier)
	}
	st := c.state
	if st.tracer == nil {
		return
	}
	name := cmp.Or(st.on.Trace.Name, c.site.Name)
	options := st.inner
	if !c.inner {
		attrs, function := []attribute.KeyValue{st.name}, c.site.CodeName()
		if c.router {
			attrs, function = nil, ""
		}
		if r := c.request; r != nil {
			name = cmp.Or(st.on.Trace.Name, httphooks.Name(r, c.route()))
			attrs = httphooks.Append(make([]attribute.KeyValue, 0, 16), function, r)
		}
		options = []trace.SpanStartOption{st.server, trace.WithAttributes(attrs...)}
	}
	c.outer, c.span = st.tracer.Start(ctx, name, options...)
	c.recording = c.span.IsRecording()
}

// headers returns what names the caller's trace, or nil.
func (c *call[P]) headers() propagation.TextMapCarrier {
	switch {
	case c.request != nil:
		return propagation.HeaderCarrier(c.request.Header)
	case c.about.headers != nil:
		return c.about.headers(c.params)
	}
	return nil
}

// with gives the parameter the context for the body.
func (c *call[P]) with(ctx context.Context) P {
	c.entered = ctx
	if ctx != c.given {
		c.params = c.about.withContext(c.params, ctx)
	}
	return c.params
}

// Start begins the timeout in a handler with a gate outside it, and returns the parameter for the
// body.
func (c *call[P]) Start(p P) P {
	if c.state == nil {
		return p
	}
	return c.with(c.policies.Start(c.entered))
}

// Keyed picks the breaker of the key for this call.
func (c *call[P]) Keyed(key runtimehooks.Key) { c.policies.Keyed(key) }

// Key returns the key without parts, as (*runtimehooks.Call).Key does.
func (c *call[P]) Key() runtimehooks.Key { return c.policies.Key() }

// Recording reports whether the call has a span that records, which is when Attr is worth its
// arguments.
func (c *call[P]) Recording() bool { return c.recording }

// Attr sets an attribute of the span, as (*runtimehooks.Call).Attr does.
func (c *call[P]) Attr(key string, value any) {
	if !c.recording {
		return
	}
	if kv, ok := telemetry.Attr(key, value); ok {
		c.span.SetAttributes(kv)
	}
}

// route returns what the router has matched, "" for nothing.
func (c *call[P]) route() string {
	if c.about.route == nil {
		return ""
	}
	return c.about.route(c.params)
}

// begun reports whether it is too late to answer otherwise.
func (c *call[P]) begun() bool { return c.about.begun != nil && c.about.begun(c.params) }
