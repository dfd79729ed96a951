package connecthooks

import (
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// caller records the calls of clients, as their innermost interceptor.
type caller struct{ recorder }

func newClient() *caller {
	return &caller{recorder{
		kind: trace.SpanKindClient, metric: clientDuration, description: "Measures the duration of an outgoing Remote Procedure Call (RPC).",
	}}
}

// call begins a call.
func (r *caller) call(ctx context.Context, spec connect.Spec, peer connect.Peer) *call {
	attrs := append(make([]attribute.KeyValue, 0, 4), system(peer.Protocol), semconv.RPCMethod(method(spec.Procedure)))
	if peer.Addr != "" {
		attrs = appendAddress(attrs, peer.Addr, semconv.ServerAddressKey, semconv.ServerPortKey)
	}
	return r.begin(ctx, series{procedure: spec.Procedure, protocol: peer.Protocol, address: peer.Addr}, attrs)
}

// inject writes the trace into the headers of a call. It takes the place of what is there, such as
// the trace of a call whose headers the program passes on.
func (c *call) inject(headers http.Header) {
	otel.GetTextMapPropagator().Inject(c, propagation.HeaderCarrier(headers))
}

// WrapUnary implements connect.Interceptor. A call that panics or exits ends its span, too.
func (r *caller) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if !req.Spec().IsClient || r.has(ctx, req.Spec().Procedure) {
			return next(ctx, req)
		}
		c := r.call(ctx, req.Spec(), req.Peer())
		c.inject(req.Header())
		err := error(errLeft)
		defer func() { c.end(err) }()
		var res connect.AnyResponse
		res, err = next(c, req)
		return res, err
	}
}

// WrapStreamingHandler implements connect.Interceptor.
func (r *caller) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// WrapStreamingClient implements connect.Interceptor.
func (r *caller) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		if r.has(ctx, spec.Procedure) {
			return next(ctx, spec)
		}
		c := r.begin(ctx, series{procedure: spec.Procedure}, []attribute.KeyValue{semconv.RPCMethod(method(spec.Procedure))})
		conn := next(c, spec)
		c.peer(conn.Peer())
		c.inject(conn.RequestHeader())
		s := &stream{StreamingClientConn: conn, call: c}
		s.stop = context.AfterFunc(ctx, func() { c.end(context.Cause(ctx)) })
		return s
	}
}

// peer tells a stream's call what only the stream knows.
func (c *call) peer(peer connect.Peer) {
	c.series.protocol, c.series.address = peer.Protocol, peer.Addr
	attrs := []attribute.KeyValue{system(peer.Protocol)}
	if peer.Addr != "" {
		attrs = appendAddress(attrs, peer.Addr, semconv.ServerAddressKey, semconv.ServerPortKey)
	}
	c.span.SetAttributes(attrs...)
}

// stream is a client's stream, whose call ends when the program learns that it has.
type stream struct {
	connect.StreamingClientConn
	call *call
	stop func() bool // of the wait for the end of the context
}

func (s *stream) end(err error) {
	s.stop()
	s.call.end(err)
}

// Receive implements connect.StreamingClientConn. io.EOF is the end of the stream.
func (s *stream) Receive(message any) error {
	err := s.StreamingClientConn.Receive(message)
	switch {
	case errors.Is(err, io.EOF):
		s.end(nil)
	case err != nil:
		s.end(err)
	}
	return err
}

// Send implements connect.StreamingClientConn. After io.EOF, Receive has the error.
func (s *stream) Send(message any) error {
	err := s.StreamingClientConn.Send(message)
	if err != nil && !errors.Is(err, io.EOF) {
		s.end(err)
	}
	return err
}

// CloseResponse implements connect.StreamingClientConn. Messages may be left that nobody wants.
func (s *stream) CloseResponse() error {
	err := s.StreamingClientConn.CloseResponse()
	s.end(errClosed)
	return err
}

var errClosed = connect.NewError(connect.CodeCanceled, errors.New("the response was closed before its end"))
