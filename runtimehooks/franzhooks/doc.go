// Package franzhooks is a pack for franz-go: every record that a client produces, every poll, and
// what is done with each record has a span and is measured, by the messaging conventions of
// OpenTelemetry, and records carry the trace in their headers. A rule file takes it by
//
//	aspects.Include(franzhooks.Rules)
//
// The rules put the functions here in place of kgo.NewClient and kgo.NewGroupTransactSession, which
// add a hook to the client, and of PollFetches, PollRecords and Fetches.EachRecord.
//
// # What is recorded
//
// A record that is produced is a PRODUCER span "publish orders" from the call until its promise, with
// the partition and offset that it got. A poll is a CLIENT span "receive orders" for each topic that
// it has records of, with links to their producers; one that comes back empty has none. Each call of
// the function that EachRecord is given is a CONSUMER span "process orders", with the producer's as
// its parent. These are points of messaging.client.operation.duration and
// messaging.process.duration, in seconds, and counted by messaging.client.sent.messages and
// messaging.client.consumed.messages. Neither keys nor values are recorded, nor the texts of errors.
//
// The Context of a record that was fetched has the producer's trace, and in the function that
// EachRecord is given that of its span. That of a record to produce is the parent of its span.
//
// A client with the tracer of franz-go's own package kotel keeps that and gets no second span.
package franzhooks
