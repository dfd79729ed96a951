package lock

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding. They are around taking a lock: a lease that
// is held is renewed and given back without, because to refuse that would lose it, and because the
// heartbeat tries again by itself.
type guarded struct {
	guard.Wrapped[Store, Abilities]
}

// guardedBy returns the store with policies, or as it is if there are none.
func guardedBy(g *guard.Guard, store Store) Store {
	return guard.Wrap(g, store, func(w guard.Wrapped[Store, Abilities]) Store { return &guarded{w} })
}

// Acquire implements [Store]. A lock that is taken too late is given back.
func (s *guarded) Acquire(ctx context.Context, name string, ttl time.Duration) (Grant, error) {
	return guard.Take(ctx, s.Guard, guard.Conditional, func(ctx context.Context) (Grant, error) {
		return s.Store.Acquire(ctx, name, ttl)
	}, func(late Grant) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
		defer cancel()
		_ = late.Release(ctx) // or the lease ends by itself
	})
}
