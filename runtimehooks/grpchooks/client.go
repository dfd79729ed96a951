package grpchooks

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// client records the calls of a connection, as its innermost interceptors.
type client struct {
	recorder
	others bool // somebody else's handler records the calls

	methods sync.Map // the *method of each by its name on the wire
	size    atomic.Int64
}

func newClient() *client {
	return &client{recorder: recorder{
		kind: trace.SpanKindClient, metric: clientDuration, description: "Measures the duration of an outgoing Remote Procedure Call (RPC).",
		common: []attribute.KeyValue{semconv.RPCSystemNameGRPC},
	}}
}

// made takes the connection that the interceptors belong to, before it has calls.
func (c *client) made(conn *grpc.ClientConn) {
	c.others = optionsOf(conn).recordedByOthers()
	host, port := targetAddress(conn.CanonicalTarget())
	c.common = appendServer(c.common, host, port)
}

// method is what the spans of a method have in common, prepared.
type method struct {
	name    string
	options []trace.SpanStartOption
}

// methodLimit is how many methods are kept prepared: a proxy calls what it is asked for.
const methodLimit = 1024

func (c *client) method(full string) *method {
	if m, ok := c.methods.Load(full); ok {
		return m.(*method)
	}
	name := strings.TrimPrefix(full, "/")
	attrs := appendMethod(c.common[:len(c.common):len(c.common)], name, "")
	m := &method{name, []trace.SpanStartOption{trace.WithSpanKind(c.kind), trace.WithAttributes(attrs...)}}
	if c.size.Add(1) <= methodLimit {
		c.methods.Store(full, m)
	}
	return m
}

// made is a call that is made.
type made struct {
	of     *client
	state  *telemetry.Instruments[series]
	ctx    context.Context // with the span
	span   trace.Span
	method string
	start  time.Time
	ended  atomic.Bool
}

// begin begins a call, and returns the context to make it in.
func (c *client) begin(ctx context.Context, full string, call *made) context.Context {
	m := c.method(full)
	*call = made{of: c, state: c.load(), method: m.name, start: clock.Now()}
	call.ctx, call.span = call.state.Tracer.Start(ctx, m.name, m.options...)
	var out outgoing
	otel.GetTextMapPropagator().Inject(call.ctx, &out)
	return out.context(call.ctx)
}

// end ends the call with its error, once.
func (call *made) end(err error) {
	if !call.ended.CompareAndSwap(false, true) {
		return
	}
	code := codes.OK
	if err != nil {
		code = errorStatus(err).Code()
	}
	call.state.Durations.Record(call.ctx, time.Since(call.start).Seconds(), series{call.method, code})
	if call.span.IsRecording() {
		if code == codes.OK {
			call.span.SetAttributes(codeAttribute(code))
		} else {
			call.span.SetAttributes(codeAttribute(code), semconv.ErrorTypeKey.String(codeName(code)))
			call.span.SetStatus(otelcodes.Error, errorStatus(err).Message())
		}
	}
	call.span.End()
}

// errorStatus returns the status of what a call returned, which an interceptor may have made.
func errorStatus(err error) *status.Status {
	if s, ok := status.FromError(err); ok {
		return s
	}
	return status.FromContextError(err)
}

// unary is a grpc.UnaryClientInterceptor. A call that panics or exits ends its span, too.
func (c *client) unary(ctx context.Context, full string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if c.others {
		return invoke(ctx, full, req, reply, conn, opts...)
	}
	var call made
	ctx = c.begin(ctx, full, &call)
	err := errLeft
	defer func() { call.end(err) }()
	err = invoke(ctx, full, req, reply, conn, opts...)
	return err
}

// errLeft is the outcome of a call that left by a panic or runtime.Goexit.
var errLeft = status.Error(codes.Unknown, "the call left by a panic or runtime.Goexit")

// stream is a grpc.StreamClientInterceptor.
func (c *client) stream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, full string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if c.others {
		return open(ctx, desc, conn, full, opts...)
	}
	call := new(made)
	ctx = c.begin(ctx, full, call)
	s, err := open(ctx, desc, conn, full, append(opts[:len(opts):len(opts)], grpc.OnFinish(call.end))...)
	if err != nil {
		call.end(err)
		return s, err
	}
	return &calledStream{s, call, desc.ServerStreams}, nil
}

// calledStream is a client's stream. That it has ended is known by what it returns, before the
// program is; gRPC says of one that nobody reads to its end when that is over, and some time after
// the program has read it of others.
type calledStream struct {
	grpc.ClientStream
	call *made
	many bool // several messages may come
}

// RecvMsg implements grpc.ClientStream.
func (s *calledStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	switch {
	case err == io.EOF, err == nil && !s.many:
		s.call.end(nil)
	case err != nil:
		s.call.end(err)
	}
	return err
}

// SendMsg implements grpc.ClientStream. With io.EOF, RecvMsg has the status.
func (s *calledStream) SendMsg(m any) error {
	err := s.ClientStream.SendMsg(m)
	if err != nil && err != io.EOF {
		s.call.end(err)
	}
	return err
}
