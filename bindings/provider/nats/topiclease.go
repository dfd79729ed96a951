package nats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// natsLease is a message that was delivered. The server does not say that a lease is lost: a
// verdict that comes too late is taken for the delivery that another subscriber has.
type natsLease struct {
	source     *natsSource
	msg        jetstream.Msg
	partition  string
	sequence   uint64
	deliveries int
	published  time.Time
	stored     time.Time // when the stream got it: a stream that is made again counts from one
}

// Extend implements [topic.Delivered].
func (l *natsLease) Extend(ctx context.Context) error {
	l.source.hold(l.partition)
	return coded(ctx, l.msg.InProgress())
}

// Ack implements [topic.Delivered].
func (l *natsLease) Ack(ctx context.Context) error {
	err := l.msg.DoubleAck(ctx)
	if errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		err = nil
	}
	l.settled(err)
	if err == nil {
		l.source.moved(l.partition)
	}
	return coded(ctx, err)
}

// Retry implements [topic.Delivered].
func (l *natsLease) Retry(ctx context.Context, after time.Duration) error {
	var err error
	if after > 0 {
		err = l.msg.NakWithDelay(after)
	} else {
		err = l.msg.Nak()
	}
	if err == nil {
		err = l.source.store.conn.nc.FlushWithContext(ctx)
	}
	if err == nil {
		l.source.release(l.partition)
		l.source.wakeLater(l.partition, after)
		if after == 0 {
			l.source.store.wake(l.partition) // this subscriber may be leaving
		}
	}
	return coded(ctx, err)
}

// Bury implements [topic.Delivered]. The dead letter is written first: a process that dies between
// leaves the message to be buried again, and the server knows the letter by its ID.
func (l *natsLease) Bury(ctx context.Context, reason string) error {
	if err := l.source.store.bury(ctx, l, reason); err != nil {
		return err
	}
	return l.Ack(ctx)
}

// settled lets the next message of the partition come.
func (l *natsLease) settled(err error) {
	if err != nil || l.partition == free {
		return
	}
	l.source.release(l.partition)
	l.source.store.wake(l.partition)
	l.source.wakeUp(l.partition)
}
