// # Locks
//
//	jobs: postgres://orders@db.internal/orders
//
// All locks are in one table, instrument_lock unless the option locks says otherwise, which is made if it is not there: a row
// for each lock, with its lease and its token. They are no advisory locks. Those belong to a connection: one would have to be
// kept for each lock that is held, which a proxy that shares connections does not allow; the server frees them when the
// connection breaks, of which the holder may learn much later; they last for ever if the holder hangs; and they have no token.
package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
)

// lockTable is the table of all locks, and the statements on it.
type lockTable struct {
	name, sequence string // quoted
	once           once

	acquire, renew, release, sweep string
}

// newLockTable writes the statements. A row stays when its lock is given back: so whoever takes the lock next waits for the
// row, and draws the token when nobody who came before can still draw one.
func newLockTable(name pgx.Identifier) *lockTable {
	t := &lockTable{name: name.Sanitize()}
	sequence := append(pgx.Identifier{}, name...)
	sequence[len(sequence)-1] += "_token"
	t.sequence = sequence.Sanitize()
	fill := strings.NewReplacer(
		"TABLE", t.name,
		"NEXT", "nextval('"+strings.ReplaceAll(t.sequence, "'", "''")+"')",
		"TTL", "clock_timestamp() + $3::bigint * interval '1 microsecond'",
		"HELD", "space = $1 AND name = $2 AND token = $4 AND expires > clock_timestamp()",
	).Replace
	t.acquire = fill(`INSERT INTO TABLE AS l (space, name, token, expires) VALUES ($1, $2, NEXT, TTL)
		ON CONFLICT (space, name) DO UPDATE SET token = NEXT, expires = TTL WHERE l.expires <= clock_timestamp() RETURNING token`)
	t.renew = fill(`UPDATE TABLE SET expires = TTL WHERE HELD`)
	t.release = fill(`UPDATE TABLE SET expires = clock_timestamp() - $3::bigint * interval '1 microsecond' WHERE HELD`)
	t.sweep = fill(`DELETE FROM TABLE WHERE expires < clock_timestamp() - interval '1 day'`)
	return t
}

// make makes the table, if there is none.
func (t *lockTable) make(ctx context.Context, db *pgxpool.Pool) error {
	var exists bool
	if err := db.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, t.name).Scan(&exists); err != nil || exists {
		return err
	}
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lockKey); err != nil {
			return err
		}
		for _, statement := range []string{
			`CREATE SEQUENCE IF NOT EXISTS ` + t.sequence,
			`CREATE TABLE IF NOT EXISTS ` + t.name + ` (space text NOT NULL, name bytea NOT NULL, token bigint NOT NULL,
				expires timestamptz NOT NULL, PRIMARY KEY (space, name))`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockStore is the locks of one space.
type lockStore struct {
	db    *pgxpool.Pool
	table *lockTable
	space string
}

// OpenLock implements [lock.Opener].
func (c *conn) OpenLock(ctx context.Context, space bindings.Space) (lock.Store, error) {
	err := c.locks.once.do(func() error {
		if err := c.locks.make(ctx, c.db); err != nil {
			return err
		}
		go c.sweepLocks()
		return nil
	})
	if err != nil {
		return nil, coded(err)
	}
	return &lockStore{c.db, c.locks, space.Name()}, nil
}

// sweepLocks removes rows of locks that nobody has held for a day.
func (c *conn) sweepLocks() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		// What fails now is done the next time.
		_, _ = c.db.Exec(c.sweeping, c.locks.sweep)
		select {
		case <-c.sweeping.Done():
			return
		case <-ticker.C:
		}
	}
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
