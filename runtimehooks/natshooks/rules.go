//go:build instrument

package natshooks

import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules have messages sent and handled by this package's functions.
var Rules = aspects.Module(
	aspects.Rule("Conn.Publish", aspects.Calls((*nats.Conn).Publish), aspects.Replace(ConnPublish)),
	aspects.Rule("Conn.PublishMsg", aspects.Calls((*nats.Conn).PublishMsg), aspects.Replace(ConnPublishMsg)),
	aspects.Rule("Conn.PublishRequest", aspects.Calls((*nats.Conn).PublishRequest), aspects.Replace(ConnPublishRequest)),
	aspects.Rule("Conn.Request", aspects.Calls((*nats.Conn).Request), aspects.Replace(ConnRequest)),
	aspects.Rule("Conn.RequestMsg", aspects.Calls((*nats.Conn).RequestMsg), aspects.Replace(ConnRequestMsg)),
	aspects.Rule("Conn.RequestWithContext", aspects.Calls((*nats.Conn).RequestWithContext), aspects.Replace(ConnRequestWithContext)),
	aspects.Rule("Conn.RequestMsgWithContext", aspects.Calls((*nats.Conn).RequestMsgWithContext), aspects.Replace(ConnRequestMsgWithContext)),
	aspects.Rule("Msg.Respond", aspects.Calls((*nats.Msg).Respond), aspects.Replace(MsgRespond)),
	aspects.Rule("Msg.RespondMsg", aspects.Calls((*nats.Msg).RespondMsg), aspects.Replace(MsgRespondMsg)),

	aspects.Rule("Conn.Subscribe", aspects.Calls((*nats.Conn).Subscribe), aspects.Replace(ConnSubscribe)),
	aspects.Rule("Conn.QueueSubscribe", aspects.Calls((*nats.Conn).QueueSubscribe), aspects.Replace(ConnQueueSubscribe)),
	aspects.Rule("Subscription.NextMsg", aspects.Calls((*nats.Subscription).NextMsg), aspects.Replace(SubscriptionNextMsg)),
	aspects.Rule("Subscription.NextMsgWithContext", aspects.Calls((*nats.Subscription).NextMsgWithContext), aspects.Replace(SubscriptionNextMsgWithContext)),
	aspects.Rule("Subscription.Fetch", aspects.Calls((*nats.Subscription).Fetch), aspects.Replace(SubscriptionFetch)),

	aspects.Rule("nats.JetStream.Publish", aspects.Calls(nats.JetStream.Publish), aspects.Replace(JetStreamPublish)),
	aspects.Rule("nats.JetStream.PublishMsg", aspects.Calls(nats.JetStream.PublishMsg), aspects.Replace(JetStreamPublishMsg)),
	aspects.Rule("nats.JetStream.PublishAsync", aspects.Calls(nats.JetStream.PublishAsync), aspects.Replace(JetStreamPublishAsync)),
	aspects.Rule("nats.JetStream.PublishMsgAsync", aspects.Calls(nats.JetStream.PublishMsgAsync), aspects.Replace(JetStreamPublishMsgAsync)),
	aspects.Rule("nats.JetStream.Subscribe", aspects.Calls(nats.JetStream.Subscribe), aspects.Replace(JetStreamSubscribe)),
	aspects.Rule("nats.JetStream.QueueSubscribe", aspects.Calls(nats.JetStream.QueueSubscribe), aspects.Replace(JetStreamQueueSubscribe)),

	aspects.Rule("Publisher.Publish", aspects.Calls(jetstream.Publisher.Publish), aspects.Replace(PublisherPublish)),
	aspects.Rule("Publisher.PublishMsg", aspects.Calls(jetstream.Publisher.PublishMsg), aspects.Replace(PublisherPublishMsg)),
	aspects.Rule("Publisher.PublishAsync", aspects.Calls(jetstream.Publisher.PublishAsync), aspects.Replace(PublisherPublishAsync)),
	aspects.Rule("Publisher.PublishMsgAsync", aspects.Calls(jetstream.Publisher.PublishMsgAsync), aspects.Replace(PublisherPublishMsgAsync)),
	aspects.Rule("Consumer.Consume", aspects.Calls(jetstream.Consumer.Consume), aspects.Replace(ConsumerConsume)),
	aspects.Rule("PushConsumer.Consume", aspects.Calls(jetstream.PushConsumer.Consume), aspects.Replace(PushConsumerConsume)),
	aspects.Rule("Consumer.Next", aspects.Calls(jetstream.Consumer.Next), aspects.Replace(ConsumerNext)),
	aspects.Rule("Consumer.Fetch", aspects.Calls(jetstream.Consumer.Fetch), aspects.Replace(ConsumerFetch)),
	aspects.Rule("Consumer.FetchNoWait", aspects.Calls(jetstream.Consumer.FetchNoWait), aspects.Replace(ConsumerFetchNoWait)),
	aspects.Rule("MessagesContext.Next", aspects.Calls(jetstream.MessagesContext.Next), aspects.Replace(MessagesContextNext)),
)
