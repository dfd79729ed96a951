package natshooks

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
	"go.opentelemetry.io/otel/attribute"
)

// handler returns a handler whose calls are recorded.
func handler(nc *nats.Conn, subject, group string, cb nats.MsgHandler) nats.MsgHandler {
	if process.Off() || cb == nil {
		return cb
	}
	server := func() []attribute.KeyValue { return serverOf(nc) }
	return func(m *nats.Msg) {
		handled(message(m.Subject, subject, group, m.Data), m.Header, server, func(added carrier) {
			if m.Header == nil && len(added) > 0 && to(nc).most > 0 {
				m.Header = nats.Header{}
			}
			if m.Header != nil {
				carrier(m.Header).join(added)
			}
			cb(m)
		})
	}
}

// ConnSubscribe is (*nats.Conn).Subscribe, with a span for each message.
func ConnSubscribe(nc *nats.Conn, subj string, cb nats.MsgHandler) (*nats.Subscription, error) {
	return nc.Subscribe(subj, handler(nc, subj, "", cb))
}

// ConnQueueSubscribe is (*nats.Conn).QueueSubscribe, with a span for each message.
func ConnQueueSubscribe(nc *nats.Conn, subj, queue string, cb nats.MsgHandler) (*nats.Subscription, error) {
	return nc.QueueSubscribe(subj, queue, handler(nc, subj, queue, cb))
}

// SubscriptionNextMsg is (*nats.Subscription).NextMsg, recorded if a message comes.
func SubscriptionNextMsg(s *nats.Subscription, timeout time.Duration) (*nats.Msg, error) {
	start := time.Now()
	m, err := s.NextMsg(timeout)
	came(context.Background(), s, m, start)
	return m, err
}

// SubscriptionNextMsgWithContext is (*nats.Subscription).NextMsgWithContext, recorded if a message
// comes.
func SubscriptionNextMsgWithContext(s *nats.Subscription, ctx context.Context) (*nats.Msg, error) {
	start := time.Now()
	m, err := s.NextMsgWithContext(ctx)
	came(ctx, s, m, start)
	return m, err
}

func came(ctx context.Context, s *nats.Subscription, m *nats.Msg, start time.Time) {
	if m != nil && !process.Off() {
		received(ctx, message(m.Subject, s.Subject, s.Queue, m.Data), start, m.Header)
	}
}

// SubscriptionFetch is (*nats.Subscription).Fetch, recorded if messages come.
func SubscriptionFetch(s *nats.Subscription, batch int, opts ...nats.PullOpt) ([]*nats.Msg, error) {
	start := time.Now()
	list, err := s.Fetch(batch, opts...)
	if len(list) == 0 || process.Off() {
		return list, err
	}
	m := message(list[0].Subject, "", "", nil)
	m.Count = len(list)
	headers := make([]nats.Header, len(list))
	for i, one := range list {
		headers[i] = one.Header
	}
	received(context.Background(), m, start, headers...)
	return list, err
}
