package config

import (
	"context"

	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding.
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

// Get implements [Store].
func (s *guarded) Get(ctx context.Context) (data []byte, version string, err error) {
	err = s.guard.Run(ctx, guard.Repeatable, func(ctx context.Context) (err error) {
		data, version, err = s.store.Get(ctx)
		return err
	})
	return data, version, err
}

// Changed implements [Watcher]. Waiting is not under policies.
func (s *guarded) Changed(ctx context.Context, seen string) error {
	watcher, ok := s.store.(Watcher)
	if !ok {
		return access.Lacks("watch")
	}
	return watcher.Changed(ctx, seen)
}
