package topic

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Publish publishes a message, with the ID and the ordering key that the topic's options give it.
// It returns when the provider has stored the message as safely as it can.
func (o Of[T]) Publish(ctx context.Context, message T) error { return o.PublishWith(ctx, message) }

// PublishWith publishes a message with options of its own.
func (o Of[T]) PublishWith(ctx context.Context, message T, options ...PublishOption) error {
	c, err := o.begin(ctx, "publish")
	if err != nil {
		return err
	}
	defer c.Unwind()
	m, delay, err := o.message(c.Store.Abilities(), message, options)
	if err != nil {
		return c.End(err)
	}
	ctx, call := o.watch.publish(c.Ctx, &m)
	err = c.End(publish(ctx, c.Store, m, delay, o.insists))
	call.end(err)
	return err
}

// message returns what to publish, and refuses what the store cannot do.
func (o Of[T]) message(a Abilities, value T, options []PublishOption) (m Message, delay time.Duration, err error) {
	var p publishing
	for _, option := range options {
		option(&p)
	}
	m.ID, m.Key = text(p.id, o.id, value), text(p.key, o.key, value)
	switch {
	case m.ID != "" && !a.Dedup:
		return m, 0, access.Lacks("message IDs")
	case m.Key != "" && !a.Order:
		return m, 0, access.Lacks("ordering keys")
	case p.delay != 0 && !a.Delay:
		return m, 0, access.Lacks("delays")
	case p.delay < 0:
		return m, 0, bindings.Errorf(bindings.FailedPrecondition, "the delay must not be negative, as %v is", p.delay)
	case len(m.ID) > MaxName || len(m.Key) > MaxName:
		return m, 0, bindings.Errorf(bindings.ResourceExhausted, "the ID and the key must have at most %d bytes", MaxName)
	}
	if m.Data, err = o.codec.Marshal(value); err != nil {
		return m, 0, bindings.Errorf(bindings.Unknown, "encode message: %w", err)
	}
	if a.MaxData != 0 && len(m.Data) > a.MaxData {
		return m, 0, bindings.Errorf(bindings.ResourceExhausted, "the message must have at most %d bytes, not %d", a.MaxData, len(m.Data))
	}
	return m, p.delay, nil
}

// text returns what a publish option sets, else what the topic's own option does.
func text[T any](set *string, of func(T) string, value T) string {
	switch {
	case set != nil:
		return *set
	case of != nil:
		return of(value)
	}
	return ""
}

// tries is how often a message with an ID is published until it succeeds.
const tries = 4

// publish tries again where a second message cannot come of it, unless that is left to the policies
// of the binding.
func publish(ctx context.Context, store Store, m Message, delay time.Duration, insists bool) error {
	if m.ID == "" || !insists {
		return store.Publish(ctx, m, delay)
	}
	return insist(ctx, func() error { return store.Publish(ctx, m, delay) })
}

// insist does something that may be done twice until it succeeds, fails for good, or was tried
// often enough.
func insist(ctx context.Context, do func() error) error {
	wait := 50 * time.Millisecond
	for i := 1; ; i++ {
		err := do()
		if !bindings.Retryable(err) || i == tries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
			wait *= 4
		}
	}
}
