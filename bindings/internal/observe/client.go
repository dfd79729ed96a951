package observe

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the name of the instrumentation scope.
const Scope = "github.com/instrumentgo/instrument/bindings"

// Target is what every operation of a client is about.
type Target struct {
	System     string // db.system.name: "redis"
	Namespace  string // db.namespace
	Collection string // db.collection.name, the logical name of the binding; "" for SQL, where each statement names its tables
	Host, Port string // server.address and server.port; "" where there is no server
}

// attributes returns what spans and metrics of the target have in common.
func (t Target) attributes() []attribute.KeyValue {
	all := []attribute.KeyValue{
		semconv.DBSystemNameKey.String(t.System),
		semconv.DBNamespace(t.Namespace),
	}
	if t.Collection != "" {
		all = append(all, semconv.DBCollectionName(t.Collection))
	}
	if t.Host != "" {
		all = append(all, semconv.ServerAddress(t.Host))
	}
	if port, err := strconv.Atoi(t.Port); err == nil {
		all = append(all, semconv.ServerPort(port))
	}
	return all
}

// Client records the operations on one target.
type Client struct {
	target   Target
	state    atomic.Pointer[state]
	building sync.Mutex
}

// New returns the client of a target.
func New(target Target) *Client { return &Client{target: target} }

// Call is one operation under way.
type Call struct {
	state *state // nil if nothing is recorded
	ctx   context.Context
	span  trace.Span // nil without a span
	op    string
	start time.Time
}

// Begin starts to record an operation, such as "get". The operation must run in the context that it returns.
func (c *Client) Begin(ctx context.Context, op string) (context.Context, Call) {
	st := c.state.Load()
	if st == nil || !st.current() {
		st = c.build()
	}
	if st.tracer == nil && (st.durations == nil || !st.durations.Enabled(ctx)) {
		return ctx, Call{}
	}
	call := Call{state: st, op: op, start: time.Now()}
	if st.tracer != nil {
		ctx, call.span = st.tracer.Start(ctx, op+" "+c.target.Collection, st.spanOptions...)
		if call.span.IsRecording() {
			call.span.SetAttributes(semconv.DBOperationName(op))
		}
	}
	call.ctx = ctx
	return ctx, call
}

// End ends the operation with its result. An error of the type that ErrorType names, if it has such a method.
func (c *Call) End(err error) {
	if c.state == nil {
		return
	}
	kind := errorType(err)
	if d := c.state.durations; d != nil {
		d.Record(c.ctx, time.Since(c.start).Seconds(), c.state.options(series{op: c.op, errorType: kind})...)
	}
	if c.span == nil {
		return
	}
	if err != nil && c.span.IsRecording() {
		c.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		c.span.SetStatus(codes.Error, err.Error())
	}
	c.span.End()
}

// errorType returns the error.type of err, "" for none.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	if typed, ok := err.(interface{ ErrorType() string }); ok {
		return typed.ErrorType()
	}
	var typed interface{ ErrorType() string }
	if errors.As(err, &typed) {
		return typed.ErrorType()
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

// build computes the state for the providers that are installed now.
func (c *Client) build() *state {
	c.building.Lock()
	defer c.building.Unlock()
	if st := c.state.Load(); st != nil && st.current() {
		return st
	}
	st := newState(c.target, otel.GetTracerProvider(), otel.GetMeterProvider())
	c.state.Store(st)
	return st
}
