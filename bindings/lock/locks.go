package lock

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Locks are the locks of a binding, each by its name. [Open] returns them. Copies are the same
// locks, and many goroutines may call all methods at once.
type Locks struct{ *locks }

// locks is what a Locks points to.
type locks struct {
	access *access.Access[Store]

	closing context.Context // of those that wait: ends when the platform begins to close
	close   context.CancelFunc

	mu   sync.Mutex
	held map[*Lease]bool
}

// Option is an option of [Open] and [New].
type Option func(*settings)

type settings struct {
	tenants bool
	wrap    []func(Store) Store
}

// PerTenant keeps the locks of each tenant apart, and refuses operations without a tenant, whether
// the environment asks for that or not.
func PerTenant() Option { return func(s *settings) { s.tenants = true } }

// Wrap puts a wrapper around the provider's store, such as a policy. The first one given is the
// outermost.
func Wrap(wrap func(Store) Store) Option {
	return func(s *settings) { s.wrap = append(s.wrap, wrap) }
}

func apply(options []Option) *settings {
	s := &settings{}
	for _, o := range options {
		o(s)
	}
	return s
}

func (s *settings) wrapped(store Store) Store {
	for i := len(s.wrap) - 1; i >= 0; i-- {
		store = s.wrap[i](store)
	}
	return store
}

func newLocks(a *access.Access[Store]) *locks {
	l := &locks{access: a, held: map[*Lease]bool{}}
	l.closing, l.close = context.WithCancel(context.Background())
	return l
}

// Open returns the locks that an environment binds to a logical name. It fails if there is none, or
// if its provider does not provide locks. When the platform closes, waiting ends first, and locks
// that are still held are given back after work has finished.
func Open(ctx context.Context, p *bindings.Platform, name string, options ...Option) (Locks, error) {
	link, err := p.Lookup(name, bindings.Lock)
	if err != nil {
		return Locks{}, err
	}
	policies, err := guard.For(link)
	if err != nil {
		return Locks{}, err
	}
	s := apply(options)
	a, err := access.Open(ctx, link, s.tenants, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err := link.Conn().(Opener).OpenLock(ctx, space)
		if err != nil {
			return nil, err
		}
		return s.wrapped(guardedBy(policies, store)), nil
	})
	if err != nil {
		return Locks{}, err
	}
	l := newLocks(a)
	p.OnClose(bindings.StageConsume, "waiting for locks of "+name, func(context.Context) error { l.close(); return nil })
	p.OnClose(bindings.StagePublish, "locks of "+name, l.unlockAll)
	return Locks{l}, nil
}

// New returns the locks of a provider's store, without a platform: for tests. Errors and telemetry
// call them by name.
func New(name string, store Store, options ...Option) Locks {
	return Locks{newLocks(access.To(name, apply(options).wrapped(store)))}
}

// LeaseOption is an option of [Locks.Try] and [Locks.Lock].
type LeaseOption func(*leasing)

type leasing struct {
	ttl    time.Duration
	manual bool
}

// TTL sets how long the lease lasts without being renewed; at least a second, at
// most 100 years, default 15 seconds.
func TTL(d time.Duration) LeaseOption { return func(l *leasing) { l.ttl = d } }

// Manual leaves renewing to the holder's calls of [Lease.Renew].
func Manual() LeaseOption { return func(l *leasing) { l.manual = true } }

// longest is the longest lease that stores are asked for, as in package kv.
const longest = 100 * 365 * 24 * time.Hour

func newLeasing(name string, options []LeaseOption) (*leasing, error) {
	l := &leasing{ttl: 15 * time.Second}
	for _, o := range options {
		o(l)
	}
	l.ttl = min(l.ttl, longest)
	switch {
	case name == "" || len(name) > MaxName:
		return nil, bindings.Errorf(bindings.FailedPrecondition, "the lock must have a name of at most %d bytes, not %d", MaxName, len(name))
	case l.ttl < time.Second:
		return nil, bindings.Errorf(bindings.FailedPrecondition, "the time to live must be at least a second, not %v", l.ttl)
	}
	return l, nil
}

// Try takes a lock if nobody holds it. Its error is AlreadyExists if somebody does.
func (l Locks) Try(ctx context.Context, name string, options ...LeaseOption) (*Lease, error) {
	c, err := l.begin(ctx, "try")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	how, err := newLeasing(name, options)
	if err != nil {
		return nil, c.End(err)
	}
	lease, err := l.acquire(ctx, c.Ctx, c.Store, name, how)
	return lease, c.End(err)
}

// How long those that wait for a lock wait before they ask again: a random time up to a bound that
// doubles.
const (
	firstWait = 25 * time.Millisecond
	lastWait  = 250 * time.Millisecond
)

// Lock takes a lock. It waits for it until ctx ends or the platform begins to close.
func (l Locks) Lock(ctx context.Context, name string, options ...LeaseOption) (*Lease, error) {
	c, err := l.begin(ctx, "lock")
	if err != nil {
		return nil, err
	}
	defer c.Unwind()
	how, err := newLeasing(name, options)
	if err != nil {
		return nil, c.End(err)
	}
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		lease, err := l.acquire(ctx, c.Ctx, c.Store, name, how)
		if bindings.Code(err) != bindings.AlreadyExists {
			return lease, c.End(err)
		}
		select {
		case <-ctx.Done():
			return nil, c.End(ctx.Err())
		case <-l.closing.Done():
			return nil, c.End(errClosing)
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
	}
}

var errClosing = bindings.Errorf(bindings.Unavailable, "the platform is closing")

// begin begins an operation. Its error is complete.
func (l Locks) begin(ctx context.Context, op string) (access.Call[Store], error) {
	if l.locks == nil {
		return (*access.Access[Store])(nil).Begin(ctx, op)
	}
	return l.access.Begin(ctx, op)
}

// acquire takes a lock. The lease is of ctx; calling is that of the operation.
func (l *locks) acquire(ctx, calling context.Context, store Store, name string, how *leasing) (*Lease, error) {
	start := time.Now()
	grant, err := store.Acquire(calling, name, how.ttl)
	if err != nil {
		return nil, err
	}
	lease := newLease(ctx, l, grant, how, start)
	l.mu.Lock()
	l.held[lease] = true
	l.mu.Unlock()
	return lease, nil
}

func (l *locks) forget(lease *Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, lease)
}

// unlockAll gives back what is still held.
func (l *locks) unlockAll(ctx context.Context) error {
	l.mu.Lock()
	var held []*Lease
	for lease := range l.held {
		held = append(held, lease)
	}
	l.mu.Unlock()
	var errs []error
	for _, lease := range held {
		if err := lease.Unlock(ctx); bindings.Code(err) != bindings.FailedPrecondition {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
