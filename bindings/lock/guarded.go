package lock

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding. They are around taking a lock: a lease that is held is renewed and given
// back without, because to refuse that would lose it, and because the heartbeat tries again by itself.
type guarded struct {
	store Store
	guard *guard.Guard
}

// guardedBy returns the store with policies, or as it is if there are none.
func guardedBy(g *guard.Guard, store Store) Store {
	if g == nil {
		return store
	}
	return &guarded{store, g}
}

// Abilities implements [Store].
func (s *guarded) Abilities() Abilities { return s.store.Abilities() }

// Acquire implements [Store]. A lock that is taken too late is given back.
func (s *guarded) Acquire(ctx context.Context, name string, ttl time.Duration) (Grant, error) {
	return guard.Take(ctx, s.guard, guard.Conditional, func(ctx context.Context) (Grant, error) {
		return s.store.Acquire(ctx, name, ttl)
	}, func(late Grant) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
		defer cancel()
		_ = late.Release(ctx) // or the lease ends by itself
	})
}
