package topic

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding. They are around publishing, opening a
// subscription and dead letters. Taking and settling messages have waits of their own: a
// subscription goes on until it is drained.
type guarded struct {
	guard.Wrapped[Store, Abilities]
}

// guardedBy returns the store with policies, or as it is if there are none.
func guardedBy(g *guard.Guard, store Store) Store {
	return guard.Wrap(g, store, func(w guard.Wrapped[Store, Abilities]) Store { return &guarded{w} })
}

// Publish implements [Store]. A message with an ID is published again while the ID is surely
// remembered.
func (s *guarded) Publish(ctx context.Context, m Message, delay time.Duration) error {
	class := guard.Once
	if m.ID != "" {
		within, cancel := context.WithTimeout(ctx, DedupWindow/2)
		defer cancel()
		ctx, class = within, guard.Repeatable
	}
	return s.Guard.Run(ctx, class, func(ctx context.Context) error { return s.Store.Publish(ctx, m, delay) })
}

// Subscribe implements [Store]. The policies end when the source is there.
func (s *guarded) Subscribe(ctx context.Context, g Group) (Source, error) {
	return guard.Take(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Source, error) {
		return s.Store.Subscribe(ctx, g)
	}, func(late Source) { _ = late.Close() })
}

// DeadLetters implements [Store].
func (s *guarded) DeadLetters(ctx context.Context, group, cursor string, limit int) (DeadPage, error) {
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (DeadPage, error) {
		return s.Store.DeadLetters(ctx, group, cursor, limit)
	})
}

// RemoveDeadLetter implements [Store].
func (s *guarded) RemoveDeadLetter(ctx context.Context, group, letter string) error {
	return s.Guard.Run(ctx, guard.Repeatable, func(ctx context.Context) error { return s.Store.RemoveDeadLetter(ctx, group, letter) })
}

// Redeliver implements [Store].
func (s *guarded) Redeliver(ctx context.Context, group, letter string) error {
	return s.Guard.Run(ctx, guard.Conditional, func(ctx context.Context) error { return s.Store.Redeliver(ctx, group, letter) })
}
