package lock

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Token orders the leases of one lock: a later one has a greater token. Zero means none.
type Token uint64

// MaxName is the greatest length of a lock's name, in bytes.
const MaxName = 256

// Abilities are what a store declares.
type Abilities struct {
	Granularity time.Duration // a lease may last longer than asked for, up to a multiple of this; 0 for exact
}

// Store is what a provider implements: the locks of one space. Errors carry a code of package
// bindings. Many goroutines may call all methods at once.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Acquire takes a lock for ttl, which begins not before the call. Its error is AlreadyExists if
	// somebody holds the lock.
	Acquire(ctx context.Context, name string, ttl time.Duration) (Grant, error)
}

// Grant is a lock that was taken. Its methods are called one at a time.
type Grant interface {
	// Token returns the fencing token, which renewing does not change.
	Token() Token
	// Renew extends the lease to ttl from now. That time begins not before the call. Its error is
	// FailedPrecondition if the lease is over, whether or not somebody else has the lock.
	Renew(ctx context.Context, ttl time.Duration) error
	// Release gives the lock back. Its error is FailedPrecondition if the lease is over; it does
	// not take the lock from others.
	Release(ctx context.Context) error
}

// Opener is what a provider's connection implements to provide locks.
type Opener interface {
	bindings.Conn
	// OpenLock returns the locks of a space. It may be called more than once for one space.
	OpenLock(ctx context.Context, space bindings.Space) (Store, error)
}
