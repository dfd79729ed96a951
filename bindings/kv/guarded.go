package kv

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// guarded is a store with the policies of its binding. It has the methods of all abilities;
// Abilities says which of them the store has.
type guarded struct {
	guard.Wrapped[Store, Abilities]
}

// guardedBy returns the store with policies, or as it is if there are none.
func guardedBy(g *guard.Guard, store Store) Store {
	return guard.Wrap(g, store, func(w guard.Wrapped[Store, Abilities]) Store { return &guarded{w} })
}

// Get implements [Store].
func (s *guarded) Get(ctx context.Context, key string) (Record, error) {
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Record, error) { return s.Store.Get(ctx, key) })
}

// Set implements [Store].
func (s *guarded) Set(ctx context.Context, key string, value []byte, w Write) (Revision, error) {
	class := guard.Repeatable
	if w.IfAbsent {
		class = guard.Conditional
	}
	return guard.Do(ctx, s.Guard, class, func(ctx context.Context) (Revision, error) { return s.Store.Set(ctx, key, value, w) })
}

// Delete implements [Store].
func (s *guarded) Delete(ctx context.Context, key string, revision Revision) error {
	class := guard.Repeatable
	if revision != 0 {
		class = guard.Conditional
	}
	return s.Guard.Run(ctx, class, func(ctx context.Context) error { return s.Store.Delete(ctx, key, revision) })
}

// List implements [Store].
func (s *guarded) List(ctx context.Context, prefix, cursor string, limit int) (Page, error) {
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Page, error) {
		return s.Store.List(ctx, prefix, cursor, limit)
	})
}

// CompareAndSwap implements [Swapper].
func (s *guarded) CompareAndSwap(ctx context.Context, key string, value []byte, old Revision, w Write) (Record, error) {
	swapper, ok := s.Store.(Swapper)
	if !ok {
		return Record{}, access.Lacks("compare and swap")
	}
	return guard.Do(ctx, s.Guard, guard.Conditional, func(ctx context.Context) (Record, error) {
		return swapper.CompareAndSwap(ctx, key, value, old, w)
	})
}

// Increment implements [Incrementer].
func (s *guarded) Increment(ctx context.Context, key string, delta int64, ttl time.Duration) (int64, error) {
	incrementer, ok := s.Store.(Incrementer)
	if !ok {
		return 0, access.Lacks("increment")
	}
	return guard.Do(ctx, s.Guard, guard.Once, func(ctx context.Context) (int64, error) {
		return incrementer.Increment(ctx, key, delta, ttl)
	})
}

// Watch implements [Watcher]. The policies end when the feed is there.
func (s *guarded) Watch(ctx context.Context, prefix string, from From) (Feed, error) {
	watcher, ok := s.Store.(Watcher)
	if !ok {
		return nil, access.Lacks("watch")
	}
	return guard.Take(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) (Feed, error) {
		return watcher.Watch(ctx, prefix, from)
	}, Feed.Stop)
}

// GetMany implements [ManyGetter], one by one where the store is none.
func (s *guarded) GetMany(ctx context.Context, keys []string) ([]Record, error) {
	many, ok := s.Store.(ManyGetter)
	if !ok {
		return getEach(ctx, s, keys)
	}
	return guard.Do(ctx, s.Guard, guard.Repeatable, func(ctx context.Context) ([]Record, error) { return many.GetMany(ctx, keys) })
}

// SetMany implements [ManySetter], one by one where the store is none.
func (s *guarded) SetMany(ctx context.Context, records []Record, w Write) error {
	many, ok := s.Store.(ManySetter)
	if !ok {
		return setEach(ctx, s, records, w)
	}
	return s.Guard.Run(ctx, guard.Repeatable, func(ctx context.Context) error { return many.SetMany(ctx, records, w) })
}
