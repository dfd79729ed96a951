// # Locks
//
//	jobs: postgres://orders@db.internal/orders
//
// All locks are in one table, instrument_lock unless the option locks says otherwise, which is made
// if it is not there: a row for each lock, with its lease and its token. They are no advisory
// locks. Those belong to a connection: one would have to be kept for each lock that is held, which
// a proxy that shares connections does not allow; the server frees them when the connection breaks,
// of which the holder may learn much later; they last for ever if the holder hangs; and they have
// no token.
package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// lockTable is the table of all locks, and the statements on it.
type lockTable struct {
	*table

	acquire, renew, release string
}

// newLockTable writes the statements. A row stays when its lock is given back: so whoever takes the
// lock next waits for the row, and draws the token when nobody who came before can still draw one.
func newLockTable(name pgx.Identifier) *lockTable {
	made, fill := newTable(name, "_token",
		"TTL", "clock_timestamp() + $3::bigint * interval '1 microsecond'",
		"HELD", "space = $1 AND name = $2 AND token = $4 AND expires > clock_timestamp()")
	made.schema = `CREATE TABLE IF NOT EXISTS ` + made.name + ` (space text NOT NULL, name bytea NOT NULL, token bigint NOT NULL,
		expires timestamptz NOT NULL, PRIMARY KEY (space, name))`
	return &lockTable{
		table: made,
		acquire: fill(`INSERT INTO TABLE AS l (space, name, token, expires) VALUES ($1, $2, NEXT, TTL)
			ON CONFLICT (space, name) DO UPDATE SET token = NEXT, expires = TTL WHERE l.expires <= clock_timestamp() RETURNING token`),
		renew:   fill(`UPDATE TABLE SET expires = TTL WHERE HELD`),
		release: fill(`UPDATE TABLE SET expires = clock_timestamp() - $3::bigint * interval '1 microsecond' WHERE HELD`),
	}
}

// lockStore is the locks of one space.
type lockStore struct {
	db    bounded
	table *lockTable
	space string
}

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(ctx context.Context, space bindings.Space) (lock.Store, error) {
	if err := c.locks.open(ctx, c); err != nil {
		return nil, err
	}
	return &lockStore{bounded{c.db, c.within}, c.locks, space.Name()}, nil
}

// Abilities implements [lock.Store].
func (s *lockStore) Abilities() lock.Abilities {
	return lock.Abilities{Granularity: time.Microsecond}
}

// Acquire implements [lock.Store].
func (s *lockStore) Acquire(ctx context.Context, name string, ttl time.Duration) (lock.Grant, error) {
	g := &grant{locks: s, name: name}
	err := s.db.QueryRow(ctx, s.table.acquire, s.space, []byte(name), microseconds(ttl)).Scan(&g.token)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, bindings.AlreadyExists
	}
	return g, coded(err)
}

// grant is a lock that was taken.
type grant struct {
	locks *lockStore
	name  string
	token int64
}

// Token implements [lock.Grant].
func (g *grant) Token() lock.Token { return lock.Token(g.token) }

// Renew implements [lock.Grant].
func (g *grant) Renew(ctx context.Context, ttl time.Duration) error {
	return g.change(ctx, g.locks.table.renew, microseconds(ttl))
}

// Release implements [lock.Grant].
func (g *grant) Release(ctx context.Context) error {
	return g.change(ctx, g.locks.table.release, microseconds(time.Microsecond))
}

// change changes the row of a lease that is not over.
func (g *grant) change(ctx context.Context, statement string, ttl *int64) error {
	tag, err := g.locks.db.Exec(ctx, statement, g.locks.space, []byte(g.name), ttl, g.token)
	if err == nil && tag.RowsAffected() == 0 {
		return bindings.Errorf(bindings.FailedPrecondition, "the lease is over")
	}
	return coded(err)
}
