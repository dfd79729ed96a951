// Package topic is typed publish and subscribe for a service: [Of] of messages T, whatever provider
// carries the bytes.
//
//	placed, err := topic.Open[OrderPlaced](ctx, platform, "placed", topic.KeyOf(func(o OrderPlaced) string { return o.Customer }))
//	err = placed.Publish(ctx, OrderPlaced{…})
//	sub, err := placed.Subscribe(ctx, "billing", func(ctx context.Context, o OrderPlaced) error { … })
//
// # Groups
//
// A topic keeps its messages for [Retention], or for the binding's ttl. Each group of subscribers
// gets every message, and each message goes to one subscriber of the group. The first subscriber
// creates the group. It begins with the oldest message that is kept unless [FromNow] says
// otherwise, and remembers its position while nobody subscribes. Its name has no default: two
// services that shared a name by accident would take each other's messages.
//
// A group that is gone on the server, with its topic or without it, is made again: where it was,
// or, if that is not known any more, at the oldest message that is kept, so that nothing is lost
// and some messages may come again. While a subscription cannot receive, its binding is not
// healthy, each failure is a point of instrument.bindings.receive.failures, and two lines are
// logged: when that begins, and when it is over.
//
// # Verdicts
//
// A message is delivered at least once. The handler's error says what becomes of it:
//
//	nil                      it is done
//	an error                 it is delivered again, later each time (see [Backoff]), up to [MaxDeliveries] times
//	bindings.Reject(error)   it goes to the dead letters of the group at once
//
// A message that cannot be decoded is rejected. So is one that was delivered [MaxDeliveries] times
// without a verdict, because a message that kills its process would do so forever. [Of.DeadLetters]
// reads dead letters, and [Of.Redeliver] gives one back to its group. This package does not recover
// panics of handlers.
//
// While a handler runs its message is leased, and the lease is renewed, so that a slow handler is
// not mistaken for a dead one; if the process dies, the message is delivered again when the [Lease]
// is over. A lease that was lost cancels the handler's context.
//
// # Order
//
// Messages with the same ordering key ([Key], [KeyOf]) are handled one at a time and in the order
// in which they were published, by all subscribers of a group together; a message that fails holds
// up those behind it until it is done or dead. Messages with different keys may wait for each
// other. Messages without a key have no order.
//
// # Publishing twice
//
// A message with an ID ([ID], [IDOf]) that was published within the last [DedupWindow] is not
// published again, without an error. Publish retries by itself only if there is such an ID: without
// one, a lost answer would become a second message.
//
// # Telemetry
//
// Publishing and handling are spans by the messaging conventions of OpenTelemetry, with the metrics
// messaging.client.operation.duration, messaging.client.sent.messages,
// messaging.client.consumed.messages and messaging.process.duration. The trace context travels in
// the message, by the propagator that the program has installed. The span of handling is a child of
// the one of publishing and belongs to the same trace. Neither keys nor values nor tenants are
// recorded.
//
// # Abilities
//
// Not every provider can do everything. [Of.Abilities] returns what this one can do; the rest is
// refused with bindings.Unimplemented. A provider implements [Store]. Package topictest holds it to
// what is written here.
package topic
