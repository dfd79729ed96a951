// Package natshooks is a pack for nats.go: every message that the program publishes, and every one
// that a handler gets, has a span and is measured, by the messaging conventions of OpenTelemetry,
// and carries the trace in its headers. A rule file takes it by
//
//	aspects.Include(natshooks.Rules)
//
// The rules put the functions here in place of the methods of nats.Conn, Msg, Subscription and
// JetStream, and of package jetstream, that publish, request, respond, subscribe and receive.
//
// # What is recorded
//
// Publishing is a PRODUCER span "publish orders.new", a request a CLIENT span that lasts until the
// reply, and a handler a CONSUMER span "process orders.*" with the publisher's as its parent. What
// is fetched, as by Next or Fetch, is a CLIENT span "receive" with links to the publishers' spans;
// what does not come has none. Each is a point of messaging.client.operation.duration or
// messaging.process.duration, in seconds, and counted by messaging.client.sent.messages or
// messaging.client.consumed.messages. Inboxes have the one name "(temporary)". Neither data nor the
// texts of errors are recorded.
//
// Most methods of nats.go have no context. The parent of a publisher's span is then what the
// message's headers say, or the message that is responded to. A handler finds the context of its
// span by [Context], and so do messages that it passes on with their headers.
//
// # What a program sees
//
// A handler sees its span in the message's headers, in the place of the publisher's. A message that
// is published is not changed: one with the trace is sent in its place, if the server takes headers
// and the message is not so long that they would be too much.
//
// Messages of channels, those that FetchBytes, FetchBatch and package micro deliver, and those
// that key-value and object stores are made of are not seen.
package natshooks
