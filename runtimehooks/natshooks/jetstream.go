package natshooks

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// connOf returns the connection of a publisher, nil where it does not say.
func connOf(p jetstream.Publisher) *nats.Conn {
	if c, ok := p.(interface{ Conn() *nats.Conn }); ok {
		return c.Conn()
	}
	return nil
}

// PublisherPublish is jetstream.Publisher.Publish, recorded until the stream has the message.
func PublisherPublish(p jetstream.Publisher, ctx context.Context, subject string, payload []byte, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return PublisherPublishMsg(p, ctx, &nats.Msg{Subject: subject, Data: payload}, opts...)
}

// PublisherPublishMsg is jetstream.Publisher.PublishMsg, recorded until the stream has the message.
func PublisherPublishMsg(p jetstream.Publisher, ctx context.Context, msg *nats.Msg, opts ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	return send(ctx, observe.Publish, to(connOf(p)), msg, func(ctx context.Context, m *nats.Msg) (*jetstream.PubAck, error) {
		return p.PublishMsg(ctx, m, opts...)
	})
}

// PublisherPublishAsync is jetstream.Publisher.PublishAsync, recorded until the message is on its
// way.
func PublisherPublishAsync(p jetstream.Publisher, subject string, payload []byte, opts ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	return PublisherPublishMsgAsync(p, &nats.Msg{Subject: subject, Data: payload}, opts...)
}

// PublisherPublishMsgAsync is jetstream.Publisher.PublishMsgAsync, recorded until the message is on
// its way.
func PublisherPublishMsgAsync(p jetstream.Publisher, msg *nats.Msg, opts ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	return send(context.Background(), observe.Publish, to(connOf(p)), msg, func(_ context.Context, m *nats.Msg) (jetstream.PubAckFuture, error) {
		return p.PublishMsgAsync(m, opts...)
	})
}

// consumer is what messages of a consumer have in common.
type consumer struct{ subject, group string }

// consumerOf returns what is known of a consumer: the subject that it filters, if it is one, and
// its name, if somebody chose it.
func consumerOf(info *jetstream.ConsumerInfo) (c consumer) {
	if info == nil {
		return c
	}
	c.group, c.subject = info.Config.Durable, info.Config.FilterSubject
	if len(info.Config.FilterSubjects) == 1 {
		c.subject = info.Config.FilterSubjects[0]
	}
	return c
}

func (c consumer) message(m jetstream.Msg) observe.Message {
	return message(m.Subject(), c.subject, c.group, m.Data())
}

// headed is a message that came without headers, and has them.
type headed struct {
	jetstream.Msg
	header nats.Header
}

// Headers implements jetstream.Msg.
func (m headed) Headers() nats.Header { return m.header }

func noServer() []attribute.KeyValue { return nil }

// handler returns a handler whose calls are recorded.
func (c consumer) handler(handle jetstream.MessageHandler) jetstream.MessageHandler {
	if process.Off() || handle == nil {
		return handle
	}
	return func(m jetstream.Msg) {
		header := m.Headers()
		handled(c.message(m), header, noServer, func(added carrier) {
			if header == nil && len(added) > 0 {
				m = headed{m, nats.Header(added)}
			} else {
				carrier(header).join(added)
			}
			handle(m)
		})
	}
}

// ConsumerConsume is jetstream.Consumer.Consume, with a span for each message.
func ConsumerConsume(c jetstream.Consumer, handler jetstream.MessageHandler, opts ...jetstream.PullConsumeOpt) (jetstream.ConsumeContext, error) {
	return c.Consume(consumerOf(c.CachedInfo()).handler(handler), opts...)
}

// PushConsumerConsume is jetstream.PushConsumer.Consume, with a span for each message.
func PushConsumerConsume(c jetstream.PushConsumer, handler jetstream.MessageHandler, opts ...jetstream.PushConsumeOpt) (jetstream.ConsumeContext, error) {
	return c.Consume(consumerOf(c.CachedInfo()).handler(handler), opts...)
}

// ConsumerNext is jetstream.Consumer.Next, recorded if a message comes.
func ConsumerNext(c jetstream.Consumer, opts ...jetstream.FetchOpt) (jetstream.Msg, error) {
	start := time.Now()
	m, err := c.Next(opts...)
	if m != nil && !process.Off() {
		received(context.Background(), consumerOf(c.CachedInfo()).message(m), start, m.Headers())
	}
	return m, err
}

// MessagesContextNext is jetstream.MessagesContext.Next, recorded if a message comes.
func MessagesContextNext(c jetstream.MessagesContext, opts ...jetstream.NextOpt) (jetstream.Msg, error) {
	start := time.Now()
	m, err := c.Next(opts...)
	if m != nil && !process.Off() {
		received(context.Background(), consumer{}.message(m), start, m.Headers())
	}
	return m, err
}

// ConsumerFetch is jetstream.Consumer.Fetch, recorded if messages come.
func ConsumerFetch(c jetstream.Consumer, batch int, opts ...jetstream.FetchOpt) (jetstream.MessageBatch, error) {
	return fetched(c, time.Now())(c.Fetch(batch, opts...))
}

// ConsumerFetchNoWait is jetstream.Consumer.FetchNoWait, recorded if messages come.
func ConsumerFetchNoWait(c jetstream.Consumer, batch int) (jetstream.MessageBatch, error) {
	return fetched(c, time.Now())(c.FetchNoWait(batch))
}

// batch is a batch of messages that passes through here.
type batch struct {
	jetstream.MessageBatch
	messages chan jetstream.Msg
}

// Messages implements jetstream.MessageBatch.
func (b *batch) Messages() <-chan jetstream.Msg { return b.messages }

// fetched returns a function that has a batch recorded when its last message has come. The batch's
// channel is always closed, and no larger than that here, so that nobody waits for the program.
func fetched(c jetstream.Consumer, start time.Time) func(jetstream.MessageBatch, error) (jetstream.MessageBatch, error) {
	return func(inner jetstream.MessageBatch, err error) (jetstream.MessageBatch, error) {
		if err != nil || inner == nil || process.Off() {
			return inner, err
		}
		from := inner.Messages()
		b := &batch{inner, make(chan jetstream.Msg, cap(from))}
		go b.pass(from, consumerOf(c.CachedInfo()), start)
		return b, nil
	}
}

func (b *batch) pass(from <-chan jetstream.Msg, c consumer, start time.Time) {
	var m observe.Message
	var headers []nats.Header
	for one := range from {
		if m.Count == 0 {
			m = c.message(one)
		}
		m.Count++
		headers = append(headers, one.Headers())
		b.messages <- one
	}
	if m.Count > 0 {
		received(context.Background(), m, start, headers...)
	}
	close(b.messages)
}
