package observe

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"
)

// RPC records the calls of one service, as its client or as its server, by the conventions of remote procedure calls: a span
// "service/method" for each and the histogram rpc.client.call.duration or rpc.server.call.duration.
type RPC struct {
	service  string
	server   bool
	common   []attribute.KeyValue
	state    atomic.Pointer[rpcState]
	building sync.Mutex
}

// NewRPC returns the record of a service's calls. host and port are those of the server, "" and "" where there are several.
func NewRPC(system, service, host, port string, server bool) *RPC {
	r := &RPC{service: service, server: server, common: []attribute.KeyValue{semconv.RPCSystemNameKey.String(system)}}
	if host != "" {
		r.common = append(r.common, semconv.ServerAddress(host))
	}
	if n, err := strconv.Atoi(port); err == nil {
		r.common = append(r.common, semconv.ServerPort(n))
	}
	return r
}

// Outcome is how a call ended.
type Outcome struct {
	Code   string // rpc.response.status_code
	Type   string // error.type; "" for none
	Reason string // of the failure
}

// RPCCall is one call under way.
type RPCCall struct {
	state  *rpcState // nil if nothing is recorded
	ctx    context.Context
	span   trace.Span // nil without a span
	method string
	start  time.Time
}

// Begin starts to record a call. It must run in the context that it returns. A method that the service does not have is
// "_OTHER", with original as what the client called it.
func (r *RPC) Begin(ctx context.Context, method, original string) (context.Context, RPCCall) {
	st := r.state.Load()
	if st == nil || !st.current() {
		st = r.build()
	}
	if st.tracer == nil && (st.durations == nil || !st.durations.Enabled(ctx)) {
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

// Address tells the span which of several servers is called.
func (c *RPCCall) Address(host, port string) {
	if c.span == nil || !c.span.IsRecording() {
		return
	}
	c.span.SetAttributes(semconv.ServerAddress(host))
	if n, err := strconv.Atoi(port); err == nil {
		c.span.SetAttributes(semconv.ServerPort(n))
	}
}

// End ends the call.
func (c *RPCCall) End(o Outcome) {
	if c.state == nil {
		return
	}
	if d := c.state.durations; d != nil {
		d.Record(c.ctx, time.Since(c.start).Seconds(), c.state.options(rpcSeries{c.method, o.Code, o.Type})...)
	}
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

// rpcState is what an RPC computes once, and again when the program installs other providers.
type rpcState struct {
	tracers, meters seen

	tracer      trace.Tracer // nil where nobody sees spans
	spanOptions []trace.SpanStartOption
	durations   metric.Float64Histogram // nil where nobody sees metrics

	common []attribute.KeyValue
	adding sync.Mutex
	known  atomic.Pointer[map[rpcSeries][]metric.RecordOption] // copied on write
}

// rpcSeries identifies the attributes of a data point that are not the same for all of a service's.
type rpcSeries struct{ method, code, errorType string }

func (st *rpcState) current() bool {
	return st.tracers.is(otel.GetTracerProvider()) && st.meters.is(otel.GetMeterProvider())
}

func (r *RPC) build() *rpcState {
	r.building.Lock()
	defer r.building.Unlock()
	if st := r.state.Load(); st != nil && st.current() {
		return st
	}
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	st := &rpcState{tracers: see(tracers), meters: see(meters), common: r.common}
	st.known.Store(&map[rpcSeries][]metric.RecordOption{})
	if !silent(tracers) {
		kind := trace.SpanKindClient
		if r.server {
			kind = trace.SpanKindServer
		}
		st.tracer = tracers.Tracer(Scope, trace.WithSchemaURL(semconv.SchemaURL))
		st.spanOptions = []trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(st.common...)}
	}
	if !silent(meters) {
		st.durations = r.histogram(meters.Meter(Scope, metric.WithSchemaURL(semconv.SchemaURL)))
	}
	r.state.Store(st)
	return st
}

// histogram returns the histogram of the side, nil if it cannot be made.
func (r *RPC) histogram(meter metric.Meter) metric.Float64Histogram {
	if r.server {
		h, err := rpcconv.NewServerCallDuration(meter)
		return handled(h.Inst(), err)
	}
	h, err := rpcconv.NewClientCallDuration(meter)
	return handled(h.Inst(), err)
}

func handled(h metric.Float64Histogram, err error) metric.Float64Histogram {
	if err != nil {
		otel.Handle(err)
		return nil
	}
	return h
}

// options returns the attributes of a series, prepared. There are as many as methods times codes and named errors.
func (st *rpcState) options(key rpcSeries) []metric.RecordOption {
	if options, ok := (*st.known.Load())[key]; ok {
		return options
	}
	attrs := append(st.common[:len(st.common):len(st.common)], semconv.RPCMethod(key.method), semconv.RPCResponseStatusCode(key.code))
	if key.errorType != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(key.errorType))
	}
	options := []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attrs...))}
	st.adding.Lock()
	defer st.adding.Unlock()
	known := maps.Clone(*st.known.Load())
	known[key] = options
	st.known.Store(&known)
	return options
}
