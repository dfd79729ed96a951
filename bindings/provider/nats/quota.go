// # Quotas
//
//	carts: nats://bus.internal:4222?quota=64MiB
//
// A quota limits what a binding may store, for each tenant of it: the bytes of its stream, with the
// server's own of each message. A write beyond it fails with ResourceExhausted, and nothing is
// dropped for it. The server sets a quota aside when the stream is made: their sum must be what it
// can store. A binding that has one gives it to a stream that exists; one that has none leaves a
// stream as it is.
//
// Entries that are deleted give back their room after a minute, except for great values, which
// is free at once; on a server older than 2.11 the mark of a deletion stays, as without a quota.
// When the quota is reached an entry can still be replaced by one that is not greater, but not in a
// cluster, and deleted. An object that is replaced needs room for both.
//
// A topic has room again when its oldest messages are past their retention, handled or not. Its
// dead letters have a quota of the same size. Delayed messages are not declared, which the server
// cannot do in such a stream: a topic that was made without a quota cannot get one.
package nats

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
)

// remembered returns how long the marks of a bucket that is made shall live.
func (c *conn) remembered() time.Duration {
	if c.quota > 0 {
		return rememberedWithQuota
	}
	return remembered
}

// limit gives a stream the quota of the binding, if that has one.
func (c *conn) limit(ctx context.Context, stream jetstream.Stream) (jetstream.Stream, error) {
	config := stream.CachedInfo().Config
	if c.quota == 0 || config.MaxBytes == c.quota && config.Discard == jetstream.DiscardNew {
		return stream, nil
	}
	if config.AllowMsgSchedules {
		return nil, bindings.Errorf(bindings.FailedPrecondition, "stream %s must be recreated to have a quota: it was made for delayed messages",
			config.Name)
	}
	config.MaxBytes, config.Discard = c.quota, jetstream.DiscardNew
	if config.SubjectDeleteMarkerTTL > 0 {
		config.SubjectDeleteMarkerTTL = rememberedWithQuota
	}
	return c.js.UpdateStream(ctx, config)
}
