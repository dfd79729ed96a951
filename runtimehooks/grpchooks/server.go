package grpchooks

import (
	"context"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/instrumentgo/instrument/runtimehooks/internal/clock"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// server records the calls of a server, as its stats handler: nothing else sees those that an
// interceptor refuses or that no method answers.
type server struct {
	recorder
	others bool // somebody else's handler records the calls

	known func() map[string]bool // the methods that the server has; nil if it answers others, too
}

func newServer() *server {
	return &server{recorder: recorder{
		kind: trace.SpanKindServer, metric: serverDuration, description: "Measures the duration of an incoming Remote Procedure Call (RPC).",
		common: []attribute.KeyValue{semconv.RPCSystemNameGRPC},
	}}
}

// made takes the server that the handler belongs to, before that serves.
func (h *server) made(s *grpc.Server) {
	o := optionsOf(s)
	h.others = o.recordedByOthers()
	if o.answersAll() {
		return
	}
	h.known = sync.OnceValue(func() map[string]bool { // once all services are registered
		known := map[string]bool{}
		for service, info := range s.GetServiceInfo() {
			for _, m := range info.Methods {
				known[service+"/"+m.Name] = true
			}
		}
		return known
	})
}

// connection is the context of a connection, with the attributes of all spans of its calls. Where
// net/http serves, it is that of one request.
type connection struct {
	context.Context
	attrs  []attribute.KeyValue
	around trace.SpanContext // that of an HTTP server's span; not valid if there is none
}

type connectionKey struct{}

// Value returns the connection for its key.
func (c *connection) Value(key any) any {
	if key == (connectionKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// TagConn implements stats.Handler.
func (h *server) TagConn(ctx context.Context, info *stats.ConnTagInfo) context.Context {
	if h.others {
		return ctx
	}
	c := &connection{Context: ctx, around: trace.SpanContextFromContext(ctx)}
	if info.LocalAddr != nil {
		host, port := splitAddress(info.LocalAddr.String())
		c.attrs = appendServer(c.attrs, host, port)
	}
	if info.RemoteAddr != nil {
		host, port := splitAddress(info.RemoteAddr.String())
		c.attrs = append(c.attrs, semconv.ClientAddress(host), semconv.NetworkPeerAddress(host))
		if port != 0 {
			c.attrs = append(c.attrs, semconv.ClientPort(port), semconv.NetworkPeerPort(port))
		}
	}
	return c
}

// HandleConn implements stats.Handler.
func (h *server) HandleConn(context.Context, stats.ConnStats) {}

// served is the context of a call that is served.
type served struct {
	context.Context
	of     *server
	state  *telemetry.Instruments[series]
	span   trace.Span
	method string
	start  time.Time // of a call that may turn out to have no method
	begun  bool      // a method or its interceptors have the call
	cause  error     // what the status was made of; nil if the method returned it

	attrs   [10]attribute.KeyValue
	options [2]trace.SpanStartOption
}

type servedKey struct{}

// Value returns the call for its key.
func (c *served) Value(key any) any {
	if key == (servedKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// TagRPC implements stats.Handler: it begins a call.
func (h *server) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if h.others {
		return ctx
	}
	conn, _ := ctx.Value(connectionKey{}).(*connection)
	here := trace.SpanContextFromContext(ctx)
	local := here.IsValid() && !here.IsRemote()
	if local && conn != nil && here.SpanID() != conn.around.SpanID() {
		return ctx // another handler has begun the call's span
	}
	original := strings.TrimPrefix(info.FullMethodName, "/")
	st := h.load()
	c := &served{of: h, state: st, method: original}
	if h.known == nil {
		c.start = clock.Now()
	} else if !h.known()[original] {
		c.method, c.start = otherMethod, clock.Now()
	}
	attrs := appendMethod(append(c.attrs[:0], h.common...), c.method, original)
	if conn != nil {
		attrs = append(attrs, conn.attrs...)
	}
	c.options = [...]trace.SpanStartOption{st.Kind, trace.WithAttributes(attrs...)}
	if !local {
		ctx = otel.GetTextMapPropagator().Extract(ctx, incoming{ctx})
	}
	c.Context, c.span = st.Tracer.Start(ctx, c.method, c.options[:]...)
	return c
}

// HandleRPC implements stats.Handler: it ends a call. Of one that has no method gRPC says no more
// than that its trailer was sent.
func (h *server) HandleRPC(ctx context.Context, event stats.RPCStats) {
	switch event.(type) {
	case *stats.Begin, *stats.OutTrailer, *stats.End:
	default:
		return
	}
	c, ok := ctx.Value(servedKey{}).(*served)
	if !ok || c.of != h {
		return
	}
	switch e := event.(type) {
	case *stats.Begin:
		c.begun = true
	case *stats.OutTrailer:
		if !c.begun {
			c.end(time.Since(c.start), noMethod)
		}
	case *stats.End:
		c.end(e.EndTime.Sub(e.BeginTime), status.Convert(e.Error))
	}
}

var noMethod = status.New(codes.Unimplemented, "the server has no such method")

// end ends the call.
func (c *served) end(took time.Duration, s *status.Status) {
	c.state.Durations.Record(c, took.Seconds(), series{c.method, s.Code()})
	if c.span.IsRecording() {
		c.mark(s)
	}
	c.span.End()
}

// mark writes the outcome of the call to its span. What a status keeps from clients, such as the
// text of a panic, is there.
func (c *served) mark(s *status.Status) {
	code := s.Code()
	if !c.of.failed(code) {
		c.span.SetAttributes(codeAttribute(code))
		return
	}
	if c.cause != nil {
		f := telemetry.Failed(c.cause)
		f.Mark(c.span)
	} else {
		c.span.SetStatus(otelcodes.Error, s.Message())
	}
	c.span.SetAttributes(codeAttribute(code), semconv.ErrorTypeKey.String(codeName(code)))
}
