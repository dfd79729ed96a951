package record

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings/lock"
)

// lockStore is locks that are recorded.
type lockStore struct {
	space
	inner lock.Store
}

// Abilities implements [lock.Store].
func (s *lockStore) Abilities() lock.Abilities { return s.inner.Abilities() }

// Acquire implements [lock.Store].
func (s *lockStore) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	o := s.begin("acquire", args{Name: text(name), TTL: span(ttl)})
	inner, err := s.inner.Acquire(ctx, name, ttl)
	if err != nil {
		o.end(result{}, err)
		return nil, err
	}
	o.end(result{Token: uint64(inner.Token())}, nil)
	return &grant{inner, s.space, name}, nil
}

// grant is a lock that was taken and is recorded.
type grant struct {
	lock.Grant
	space space
	name  string
}

// Renew implements [lock.Grant].
func (g *grant) Renew(ctx context.Context, ttl time.Duration) error {
	o := g.space.begin("renew", args{Name: text(g.name), Token: uint64(g.Token()), TTL: span(ttl)})
	err := g.Grant.Renew(ctx, ttl)
	o.end(result{}, err)
	return err
}

// Release implements [lock.Grant].
func (g *grant) Release(ctx context.Context) error {
	o := g.space.begin("release", args{Name: text(g.name), Token: uint64(g.Token())})
	err := g.Grant.Release(ctx)
	o.end(result{}, err)
	return err
}
