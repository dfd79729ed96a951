package natshooks

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// peer is where messages go: the connection, nil for one that is not known, and how many bytes they
// may have, 0 where headers are not taken.
type peer struct {
	nc   *nats.Conn
	most int64
}

// usual is how many bytes servers allow, unless they are told otherwise.
const usual = 1 << 20

// to returns the peer of a connection. One that is not known is JetStream's, which has headers.
func to(nc *nats.Conn) peer {
	switch {
	case nc == nil:
		return peer{nil, usual}
	case !nc.HeadersSupported():
		return peer{nc, 0}
	}
	return peer{nc, nc.MaxPayload()}
}

// send records that a message is sent, in the context or, if that has no span, in the trace of the
// message's headers. do sends it with the trace in the headers.
func send[T any](ctx context.Context, op observe.MessageOperation, p peer, m *nats.Msg, do func(context.Context, *nats.Msg) (T, error)) (T, error) {
	if process.Off() || m == nil || ctx == nil {
		return do(ctx, m)
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = Context(ctx, m.Header)
	}
	ctx, call := watch.Begin(ctx, op, message(m.Subject, "", "", m.Data))
	call.Set(func() []attribute.KeyValue { return serverOf(p.nc) })
	err := errLeft
	defer func() { call.End(err) }()
	var result T
	result, err = do(ctx, with(ctx, m, p.most))
	return result, err
}

// post is send for what has no result.
func post(ctx context.Context, p peer, m *nats.Msg, do func(*nats.Msg) error) error {
	_, err := send(ctx, observe.Publish, p, m, func(_ context.Context, m *nats.Msg) (none struct{}, _ error) { return none, do(m) })
	return err
}

// ConnPublish is (*nats.Conn).Publish, recorded.
func ConnPublish(nc *nats.Conn, subj string, data []byte) error {
	return post(context.Background(), to(nc), &nats.Msg{Subject: subj, Data: data}, nc.PublishMsg)
}

// ConnPublishMsg is (*nats.Conn).PublishMsg, recorded.
func ConnPublishMsg(nc *nats.Conn, m *nats.Msg) error {
	return post(context.Background(), to(nc), m, nc.PublishMsg)
}

// ConnPublishRequest is (*nats.Conn).PublishRequest, recorded.
func ConnPublishRequest(nc *nats.Conn, subj, reply string, data []byte) error {
	return post(context.Background(), to(nc), &nats.Msg{Subject: subj, Reply: reply, Data: data}, nc.PublishMsg)
}

// MsgRespond is (*nats.Msg).Respond, recorded in the trace of the message that is responded to.
func MsgRespond(m *nats.Msg, data []byte) error {
	if m == nil || m.Sub == nil || m.Reply == "" {
		return m.Respond(data)
	}
	return MsgRespondMsg(m, &nats.Msg{Data: data})
}

// MsgRespondMsg is (*nats.Msg).RespondMsg, recorded in the trace of the message that is responded
// to.
func MsgRespondMsg(m *nats.Msg, msg *nats.Msg) error {
	if m == nil || m.Sub == nil || m.Reply == "" || msg == nil {
		return m.RespondMsg(msg)
	}
	msg.Subject = m.Reply // as RespondMsg does
	p := peer{nil, usual}
	if len(m.Header) == 0 { // it is not known whether the server takes any
		p.most = 0
	}
	return post(Context(context.Background(), m.Header), p, msg, m.RespondMsg)
}

// ConnRequest is (*nats.Conn).Request, recorded.
func ConnRequest(nc *nats.Conn, subj string, data []byte, timeout time.Duration) (*nats.Msg, error) {
	return ConnRequestMsg(nc, &nats.Msg{Subject: subj, Data: data}, timeout)
}

// ConnRequestMsg is (*nats.Conn).RequestMsg, recorded.
func ConnRequestMsg(nc *nats.Conn, msg *nats.Msg, timeout time.Duration) (*nats.Msg, error) {
	return send(context.Background(), observe.Request, to(nc), msg, func(_ context.Context, m *nats.Msg) (*nats.Msg, error) { return nc.RequestMsg(m, timeout) })
}

// ConnRequestWithContext is (*nats.Conn).RequestWithContext, recorded.
func ConnRequestWithContext(nc *nats.Conn, ctx context.Context, subj string, data []byte) (*nats.Msg, error) {
	return ConnRequestMsgWithContext(nc, ctx, &nats.Msg{Subject: subj, Data: data})
}

// ConnRequestMsgWithContext is (*nats.Conn).RequestMsgWithContext, recorded.
func ConnRequestMsgWithContext(nc *nats.Conn, ctx context.Context, msg *nats.Msg) (*nats.Msg, error) {
	return send(ctx, observe.Request, to(nc), msg, nc.RequestMsgWithContext)
}
