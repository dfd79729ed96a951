package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// The table of migrations that were begun in no transaction: nobody knows what was done of one that
// is there when it is not under way.
const (
	makeBegun  = `CREATE TABLE IF NOT EXISTS instrument_migrations_begun (number BIGINT PRIMARY KEY, digest TEXT NOT NULL)`
	readBegun  = `SELECT count(*) FROM instrument_migrations_begun WHERE number = $1 AND digest = $2`
	clearBegun = `DELETE FROM instrument_migrations_begun WHERE number = $1`
	writeBegun = `INSERT INTO instrument_migrations_begun (number, digest) VALUES ($1, $2)`
)

// alone runs a migration that must run in no transaction, unless somebody else has run it meanwhile.
// Where there is no lock for that, two processes that start at once may both run it.
func (m *migrating) alone(ctx context.Context, next *migration) (err error) {
	if m.c.store.TryLockSession != "" {
		err := m.locked(ctx, func() (got bool, err error) {
			err = m.session.QueryRowContext(ctx, m.c.store.TryLockSession).Scan(&got)
			return got, err
		})
		if err != nil {
			return fmt.Errorf("lock migrations: %w", err)
		}
		defer func() { err = errors.Join(err, m.unlock(ctx)) }()
	}
	begun, waits, err := m.begin(ctx, next)
	if err != nil || !waits {
		return err
	}
	done := false
	if m.c.store.Resume != nil {
		err := m.session.Raw(func(raw any) (err error) {
			done, err = m.c.store.Resume(ctx, raw.(*conn).Unwrap(), next.text, begun)
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate: %s: %w", next.name, err)
		}
	}
	if !done {
		if err := next.run(ctx, m.session, m.c); err != nil {
			return err
		}
	}
	return m.unlocked(ctx, func(tx *sql.Tx) error {
		still, err := m.next(ctx, tx)
		if err != nil || still == nil || still.number != next.number {
			return err
		}
		if _, err := tx.ExecContext(ctx, clearBegun, next.number); err != nil {
			return fmt.Errorf("note migration %s: %w", next.name, err)
		}
		return next.note(ctx, tx)
	})
}

// begin notes that a migration is about to begin, and reports whether it was begun before, and
// whether it still waits.
func (m *migrating) begin(ctx context.Context, next *migration) (begun, waits bool, err error) {
	err = m.unlocked(ctx, func(tx *sql.Tx) error {
		still, err := m.next(ctx, tx)
		if err != nil || still == nil || still.number != next.number {
			return err
		}
		waits = true
		if _, err := tx.ExecContext(ctx, makeBegun); err != nil {
			return fmt.Errorf("make table of migrations: %w", err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, readBegun, next.number, next.digest).Scan(&n); err != nil {
			return fmt.Errorf("read table of migrations: %w", err)
		}
		if begun = n > 0; begun {
			return nil
		}
		if _, err := tx.ExecContext(ctx, clearBegun, next.number); err != nil { // of a file that was put right
			return fmt.Errorf("note migration %s: %w", next.name, err)
		}
		_, err = tx.ExecContext(ctx, writeBegun, next.number, next.digest)
		return err
	})
	return begun, waits, err
}

// unlocked calls do in a transaction that does not take the lock, which the session has.
func (m *migrating) unlocked(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := m.session.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error says more
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit migrations: %w", err)
	}
	return nil
}

// unlockTimeout bounds how long giving the lock back may take.
const unlockTimeout = 5 * time.Second

// unlock gives the session's lock back, or with it the session.
func (m *migrating) unlock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
	defer cancel()
	var gone bool
	if err := m.session.QueryRowContext(ctx, m.c.store.UnlockSession).Scan(&gone); err == nil && gone {
		return nil
	}
	// The server gives back what a connection has that is closed.
	if err := m.session.Raw(func(any) error { return driver.ErrBadConn }); !errors.Is(err, driver.ErrBadConn) {
		return err
	}
	return nil
}
