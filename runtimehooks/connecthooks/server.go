package connecthooks

import (
	"context"
	"net/http"

	"connectrpc.com/connect"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// server records the calls of handlers, as their outermost interceptor.
type server struct{ recorder }

func newServer() *server {
	return &server{recorder{
		kind: trace.SpanKindServer, metric: serverDuration, description: "Measures the duration of an incoming Remote Procedure Call (RPC).",
	}}
}

// serve begins a call. The span of an HTTP server is its parent; else the headers name one.
func (s *server) serve(ctx context.Context, spec connect.Spec, peer connect.Peer, headers http.Header) *call {
	httphooks.Found(ctx, spec.Procedure)
	if here := trace.SpanContextFromContext(ctx); !here.IsValid() || here.IsRemote() {
		ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.HeaderCarrier(headers))
	}
	attrs := append(make([]attribute.KeyValue, 0, 8), system(peer.Protocol), semconv.RPCMethod(method(spec.Procedure)))
	if peer.Addr != "" {
		attrs = appendAddress(attrs, peer.Addr, semconv.ClientAddressKey, semconv.ClientPortKey)
		attrs = appendAddress(attrs, peer.Addr, semconv.NetworkPeerAddressKey, semconv.NetworkPeerPortKey)
	}
	return s.begin(ctx, series{procedure: spec.Procedure, protocol: peer.Protocol}, attrs)
}

// WrapUnary implements connect.Interceptor. A call that panics or exits ends its span, too.
func (s *server) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if req.Spec().IsClient || s.has(ctx, req.Spec().Procedure) {
			return next(ctx, req)
		}
		c := s.serve(ctx, req.Spec(), req.Peer(), req.Header())
		err := error(errLeft)
		defer func() { c.end(err) }()
		var res connect.AnyResponse
		res, err = next(c, req)
		return res, err
	}
}

// WrapStreamingHandler implements connect.Interceptor.
func (s *server) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		if s.has(ctx, conn.Spec().Procedure) {
			return next(ctx, conn)
		}
		c := s.serve(ctx, conn.Spec(), conn.Peer(), conn.RequestHeader())
		err := error(errLeft)
		defer func() { c.end(err) }()
		err = next(c, conn)
		return err
	}
}

// WrapStreamingClient implements connect.Interceptor.
func (s *server) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}
