package topic

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Delivery is what a handler can learn about its message.
type Delivery struct {
	Group     string
	ID, Key   string // as published; "" for none
	Count     int    // how often the message was delivered to the group, this time included
	Published time.Time
}

// deliveryKey is the key of the delivery in a context.
type deliveryKey struct{}

// DeliveryOf returns the delivery that a handler's context belongs to, and false for any other
// context.
func DeliveryOf(ctx context.Context) (Delivery, bool) {
	d, ok := ctx.Value(deliveryKey{}).(Delivery)
	return d, ok
}

// settleTime bounds how long we try to deliver a verdict to the store.
const settleTime = 10 * time.Second

// errLost is the cause of the end of a handler's context whose message may be another's by now.
var errLost = bindings.Errorf(bindings.FailedPrecondition, "the lease of the message is lost: it may be delivered again")

// process handles one message and settles it.
func process[T any](s *Subscription, o *typed[T], handle func(context.Context, T) error, r Received) {
	ctx, cancel := context.WithCancelCause(s.handling)
	defer cancel(nil)
	stop := s.keep(ctx, r.Lease, cancel)
	ctx, call := o.watch.process(ctx, s.group, &r)
	ctx = context.WithValue(ctx, deliveryKey{}, Delivery{s.group, r.ID, r.Key, r.Deliveries, r.Published})
	err := invoke(ctx, o.codec, handle, r, s.options.maxDeliveries)
	stop()
	settling := s.settle(ctx, r, err)
	if settling != nil {
		err = errors.Join(err, fmt.Errorf("settle message: %w", settling))
	}
	call.end(err)
}

// invoke calls the handler with a message that it can still do something about.
func invoke[T any](ctx context.Context, codec bindings.Codec, handle func(context.Context, T) error, r Received, most int) error {
	if r.Deliveries > most {
		return bindings.Reject(fmt.Errorf("it was delivered %d times without a verdict", r.Deliveries-1))
	}
	var message T
	if err := codec.Unmarshal(r.Data, &message); err != nil {
		return bindings.Reject(fmt.Errorf("decode message: %w", err))
	}
	return handle(ctx, message)
}

// keep renews the lease of a message until stop, and cancels its handler if it is lost.
func (s *Subscription) keep(ctx context.Context, lease Delivered, cancel context.CancelCauseFunc) (stop func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(s.options.lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			renewing, done := context.WithTimeout(ctx, s.options.lease/3)
			err := lease.Extend(renewing)
			done()
			if bindings.Code(err) == bindings.FailedPrecondition {
				cancel(errLost)
				return
			}
		}
	}()
	return func() { end(); <-ended }
}

// settle gives the store the verdict.
func (s *Subscription) settle(ctx context.Context, r Received, verdict error) error {
	abandoned := ctx.Err() != nil && verdict != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return insist(ctx, func() error {
		switch {
		case verdict == nil:
			return r.Lease.Ack(ctx)
		case bindings.Rejected(verdict):
			return r.Lease.Bury(ctx, verdict.Error())
		case abandoned: // the handler was given no time
			return r.Lease.Retry(ctx, 0)
		case r.Deliveries >= s.options.maxDeliveries:
			return r.Lease.Bury(ctx, verdict.Error())
		}
		return r.Lease.Retry(ctx, s.options.after(r.Deliveries))
	})
}
