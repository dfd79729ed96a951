package natshooks

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/instrumentgo/instrument/internal/observe"
)

// JetStreamPublish is nats.JetStream.Publish, recorded.
func JetStreamPublish(js nats.JetStream, subj string, data []byte, opts ...nats.PubOpt) (*nats.PubAck, error) {
	return JetStreamPublishMsg(js, &nats.Msg{Subject: subj, Data: data}, opts...)
}

// JetStreamPublishMsg is nats.JetStream.PublishMsg, recorded.
func JetStreamPublishMsg(js nats.JetStream, m *nats.Msg, opts ...nats.PubOpt) (*nats.PubAck, error) {
	return send(context.Background(), observe.Publish, to(nil), m, func(_ context.Context, m *nats.Msg) (*nats.PubAck, error) { return js.PublishMsg(m, opts...) })
}

// JetStreamPublishAsync is nats.JetStream.PublishAsync, recorded until the message is on its way.
func JetStreamPublishAsync(js nats.JetStream, subj string, data []byte, opts ...nats.PubOpt) (nats.PubAckFuture, error) {
	return JetStreamPublishMsgAsync(js, &nats.Msg{Subject: subj, Data: data}, opts...)
}

// JetStreamPublishMsgAsync is nats.JetStream.PublishMsgAsync, recorded until the message is on its
// way.
func JetStreamPublishMsgAsync(js nats.JetStream, m *nats.Msg, opts ...nats.PubOpt) (nats.PubAckFuture, error) {
	return send(context.Background(), observe.Publish, to(nil), m, func(_ context.Context, m *nats.Msg) (nats.PubAckFuture, error) {
		return js.PublishMsgAsync(m, opts...)
	})
}

// JetStreamSubscribe is nats.JetStream.Subscribe, with a span for each message.
func JetStreamSubscribe(js nats.JetStream, subj string, cb nats.MsgHandler, opts ...nats.SubOpt) (*nats.Subscription, error) {
	return js.Subscribe(subj, handler(nil, subj, "", cb), opts...)
}

// JetStreamQueueSubscribe is nats.JetStream.QueueSubscribe, with a span for each message.
func JetStreamQueueSubscribe(js nats.JetStream, subj, queue string, cb nats.MsgHandler, opts ...nats.SubOpt) (*nats.Subscription, error) {
	return js.QueueSubscribe(subj, queue, handler(nil, subj, queue, cb), opts...)
}
