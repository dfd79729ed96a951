package mem

import (
	"context"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// locks are the locks of a memory, by host or path of the URL, name of the space, and name of the
// lock.
type locks struct {
	mu     sync.Mutex
	all    map[lockName]*locked
	tokens lock.Token // so far
}

type lockName struct{ where, space, name string }

// locked is a lock that was taken, perhaps long ago.
type locked struct {
	token   lock.Token
	expires time.Time // zero if it was given back
}

// lockStore is the locks of one space.
type lockStore struct {
	faults *faults // nil for none
	*locks
	where, space string
}

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(_ context.Context, space bindings.Space) (lock.Store, error) {
	return &lockStore{c.faults, &c.memory.locks, c.where, space.Name()}, nil
}

// Abilities implements [lock.Store].
func (s *lockStore) Abilities() lock.Abilities { return lock.Abilities{} }

// Acquire implements [lock.Store].
func (s *lockStore) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	return around(ctx, s.faults, func() (lock.Grant, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		key := lockName{s.where, s.space, name}
		now := time.Now()
		if l := s.all[key]; l != nil && now.Before(l.expires) {
			return nil, bindings.AlreadyExists
		}
		if s.all == nil {
			s.all = map[lockName]*locked{}
		}
		s.tokens++
		l := &locked{s.tokens, now.Add(ttl)}
		s.all[key] = l
		return &grant{s, key, l}, nil
	})
}

// grant is a lock that was taken.
type grant struct {
	store *lockStore
	key   lockName
	*locked
}

// Token implements [lock.Grant].
func (g *grant) Token() lock.Token { return g.token }

// Renew implements [lock.Grant].
func (g *grant) Renew(ctx context.Context, ttl time.Duration) error {
	if f := g.store.faults; f != nil && f.loses() {
		g.change(time.Time{})
		return errLeaseLost
	}
	_, err := around(ctx, g.store.faults, func() (none, error) { return none{}, g.change(time.Now().Add(ttl)) })
	return err
}

// Release implements [lock.Grant].
func (g *grant) Release(ctx context.Context) error {
	_, err := around(ctx, g.store.faults, func() (none, error) { return none{}, g.change(time.Time{}) })
	return err
}

// change sets the end of a lease that is not over.
func (g *grant) change(expires time.Time) error {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	if g.store.all[g.key] != g.locked || !time.Now().Before(g.expires) {
		return errLeaseLost
	}
	g.expires = expires
	return nil
}

// loses decides whether a lease is lost now.
func (f *faults) loses() bool {
	if f.leases == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.Float64() < f.leases
}
