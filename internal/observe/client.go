package observe

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Scope is the name of the instrumentation scope.
const Scope = "github.com/instrumentgo/instrument/bindings"

// Target is what every operation of a client is about.
type Target struct {
	System     string // db.system.name: "redis"
	Namespace  string // db.namespace; "" where it is not known
	Collection string // db.collection.name, the logical name of the binding; "" for SQL, where each statement names its tables
	Host, Port string // server.address and server.port; "" where there is no server
}

// attributes returns what spans and metrics of the target have in common.
func (t Target) attributes() []attribute.KeyValue {
	all := []attribute.KeyValue{semconv.DBSystemNameKey.String(t.System)}
	if t.Namespace != "" {
		all = append(all, semconv.DBNamespace(t.Namespace))
	}
	if t.Collection != "" {
		all = append(all, semconv.DBCollectionName(t.Collection))
	}
	return append(all, Server(t.Host, t.Port)...)
}

// Server returns the attributes of a server: its address, and its port if that is a number; none
// where host is "".
func Server(host, port string) (all []attribute.KeyValue) {
	if host != "" {
		all = append(all, semconv.ServerAddress(host))
	}
	if n, err := strconv.Atoi(port); err == nil {
		all = append(all, semconv.ServerPort(n))
	}
	return all
}

// Client records the operations on one target.
type Client struct {
	recorder[operation]
	target     Target
	statements statements
}

// New returns the client of a target.
func New(target Target) *Client {
	return &Client{target: target,
		recorder: recorder[operation]{kind: trace.SpanKindClient, common: target.attributes(), histogram: operationDuration}}
}

// boundaries are the semantic conventions' for db.client.operation.duration, in seconds.
var boundaries = []float64{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10}

func operationDuration(meter metric.Meter) (metric.Float64Histogram, error) {
	return meter.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of database client operations."), metric.WithExplicitBucketBoundaries(boundaries...))
}

// operation is the series of an operation. There are as many as operations or summaries times
// codes.
type operation struct{ op, summary, errorType, status string }

func (o operation) attributes() (all []attribute.KeyValue) {
	if o.op != "" {
		all = append(all, semconv.DBOperationName(o.op))
	}
	if o.summary != "" {
		all = append(all, semconv.DBQuerySummary(o.summary))
	}
	if o.errorType != "" {
		all = append(all, semconv.ErrorTypeKey.String(o.errorType))
	}
	if o.status != "" {
		all = append(all, semconv.DBResponseStatusCode(o.status))
	}
	return all
}

// Call is one operation under way.
type Call struct {
	state *state[operation] // nil if nothing is recorded
	ctx   context.Context
	span  trace.Span // nil without a span
	op    string
	start time.Time
}

// Begin starts to record an operation, such as "get". The operation must run in the context that it
// returns.
func (c *Client) Begin(ctx context.Context, op string) (context.Context, Call) {
	st := c.listening(ctx)
	if st == nil {
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

// End ends the operation with its result. An error of the type that ErrorType names, if it has such
// a method.
func (c *Call) End(err error) {
	if c.state == nil {
		return
	}
	kind := ErrorType(err)
	c.state.record(c.ctx, c.start, operation{op: c.op, errorType: kind})
	if c.span == nil {
		return
	}
	if err != nil && c.span.IsRecording() {
		c.span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		c.span.SetStatus(codes.Error, err.Error())
	}
	c.span.End()
}

// ErrorType returns the error.type of err, "" for none: what its method of that name says, and
// otherwise whether it is about a context's end or a time that has run out.
func ErrorType(err error) string {
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
	var timed interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return "timeout"
	}
	return otherError
}

// otherError is the error.type of an error of which no more is known.
var otherError = semconv.ErrorTypeOther.Value.AsString()
