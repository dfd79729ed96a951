// # Locks
//
//	jobs: nats+embedded:data/nats
//
// A lock is an entry with a time to live in a bucket of its own, LOCK_ and the name of the space,
// and its token is the sequence of the write that took it. Locks need a server of version 2.11 or
// newer; an older one cannot end a lease, and is refused when they are opened. A lease that is lost
// is free a second or two later, which is how often the server looks.
package nats

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// locks are the entries of a bucket of their own: the entry of a lock that is held is its holder,
// and its time to live is the lease. It is the server's clock that ends it. The sequence of the
// write that has taken the lock is the token.
type locks struct{ *store }

// bucketLock is before the name of the space. A capital letter is in no space's name, so the bucket
// is no binding's of kv.
const bucketLock = "LOCK_"

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(ctx context.Context, space bindings.Space) (lock.Store, error) {
	return c.openLocks(ctx, space.Name(), jetstream.FileStorage)
}

// OpenLock implements [lock.Opener].
func (e *embedded) OpenLock(ctx context.Context, space bindings.Space) (lock.Store, error) {
	c, name, err := e.space(space)
	if err != nil {
		return nil, err
	}
	return c.openLocks(ctx, name, e.storage())
}

func (c *conn) openLocks(ctx context.Context, name string, storage jetstream.StorageType) (lock.Store, error) {
	bucket, err := c.openBucket(ctx, bucketLock+name, storage)
	if err != nil {
		return nil, err
	}
	if !bucket.Abilities().TTL {
		return nil, bindings.Errorf(bindings.Unimplemented, "locks need times to live, which the server has from version 2.11 on")
	}
	return &locks{bucket.(*store)}, nil
}

// Abilities implements [lock.Store].
func (l *locks) Abilities() lock.Abilities {
	return lock.Abilities{Granularity: l.abilities.Granularity}
}

// Acquire implements [lock.Store].
func (l *locks) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	m, err := l.last(ctx, name)
	if err != nil {
		return nil, err
	}
	if !m.deleted {
		return nil, bindings.AlreadyExists
	}
	g := &grant{locks: l, name: name, holder: nuid.Next()}
	g.revision, err = l.publish(ctx, name, []byte(g.holder), lasting(ttl), m.record.Revision)
	if bindings.Code(err) == bindings.FailedPrecondition { // somebody was faster
		return nil, bindings.AlreadyExists
	}
	g.token = lock.Token(g.revision)
	return g, err
}

// grant is a lock that was taken.
type grant struct {
	locks    *locks
	name     string
	holder   string // unique
	token    lock.Token
	revision kv.Revision // of the last renewal that was answered
}

// Token implements [lock.Grant].
func (g *grant) Token() lock.Token { return g.token }

// Renew implements [lock.Grant].
func (g *grant) Renew(ctx context.Context, ttl time.Duration) error {
	return g.held(ctx, func() error {
		revision, err := g.locks.publish(ctx, g.name, []byte(g.holder), lasting(ttl), g.revision)
		if err == nil {
			g.revision = revision
		}
		return err
	})
}

// Release implements [lock.Grant].
func (g *grant) Release(ctx context.Context) error {
	return g.held(ctx, func() error { return g.locks.mark(ctx, g.name, g.revision) })
}

// held does something that expects the last revision of the holder. If it has another, the answer
// to a renewal may have been lost: then it is done again.
func (g *grant) held(ctx context.Context, do func() error) error {
	err := do()
	if bindings.Code(err) != bindings.FailedPrecondition {
		return err
	}
	m, failed := g.locks.last(ctx, g.name)
	if failed != nil {
		return failed
	}
	if m.deleted || string(m.record.Value) != g.holder {
		return err
	}
	g.revision = m.record.Revision
	return do()
}
