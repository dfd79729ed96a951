package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"
)

// RPC records the calls of one service, as its client or as its server, by the conventions of
// remote procedure calls: a span "service/method" for each and the histogram
// rpc.client.call.duration or rpc.server.call.duration.
type RPC struct {
	recorder[rpc]
	service string
}

// NewRPC returns the record of a service's calls. host and port are those of the server, "" and ""
// where there are several.
func NewRPC(system, service, host, port string, server bool) *RPC {
	r := &RPC{service: service}
	r.common = append([]attribute.KeyValue{semconv.RPCSystemNameKey.String(system)}, Server(host, port)...)
	r.kind, r.histogram = trace.SpanKindClient, func(meter metric.Meter) (metric.Float64Histogram, error) {
		h, err := rpcconv.NewClientCallDuration(meter)
		return h.Inst(), err
	}
	if server {
		r.kind, r.histogram = trace.SpanKindServer, func(meter metric.Meter) (metric.Float64Histogram, error) {
			h, err := rpcconv.NewServerCallDuration(meter)
			return h.Inst(), err
		}
	}
	return r
}

// rpc is the series of a call. There are as many as methods times codes and named errors.
type rpc struct{ method, code, errorType string }

func (s rpc) attributes() []attribute.KeyValue {
	all := []attribute.KeyValue{semconv.RPCMethod(s.method), semconv.RPCResponseStatusCode(s.code)}
	if s.errorType != "" {
		all = append(all, semconv.ErrorTypeKey.String(s.errorType))
	}
	return all
}

// Outcome is how a call ended.
type Outcome struct {
	Code   string // rpc.response.status_code
	Type   string // error.type; "" for none
	Reason string // of the failure
}

// RPCCall is one call under way.
type RPCCall struct {
	state  *state[rpc] // nil if nothing is recorded
	ctx    context.Context
	span   trace.Span // nil without a span
	method string
	start  time.Time
}

// Begin starts to record a call. It must run in the context that it returns. A method that the
// service does not have is "_OTHER", with original as what the client called it.
func (r *RPC) Begin(ctx context.Context, method, original string) (context.Context, RPCCall) {
	st := r.listening(ctx)
	if st == nil {
		return ctx, RPCCall{}
	}
	call := RPCCall{state: st, method: method, start: time.Now()}
	if method != OtherMethod {
		call.method = r.service + "/" + method
	}
	if st.tracer != nil {
		ctx, call.span = st.tracer.Start(ctx, call.method, st.spanOptions...)
		if call.span.IsRecording() {
			call.span.SetAttributes(semconv.RPCMethod(call.method))
			if method == OtherMethod {
				call.span.SetAttributes(semconv.RPCMethodOriginal(original))
			}
		}
	}
	call.ctx = ctx
	return ctx, call
}

// OtherMethod is the name of all methods that a service does not have.
const OtherMethod = "_OTHER"

// Address records in the span which of several servers is called.
func (c *RPCCall) Address(host, port string) {
	if c.span == nil || !c.span.IsRecording() {
		return
	}
	c.span.SetAttributes(Server(host, port)...)
}

// End ends the call.
func (c *RPCCall) End(o Outcome) {
	if c.state == nil {
		return
	}
	c.state.record(c.ctx, c.start, rpc{c.method, o.Code, o.Type})
	if c.span == nil {
		return
	}
	if c.span.IsRecording() {
		c.span.SetAttributes(semconv.RPCResponseStatusCode(o.Code))
		if o.Type != "" {
			c.span.SetAttributes(semconv.ErrorTypeKey.String(o.Type))
			c.span.SetStatus(codes.Error, o.Reason)
		}
	}
	c.span.End()
}
