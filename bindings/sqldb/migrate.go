package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// The table of the migrations that have run is one of the space's own.
const (
	makeTable = `CREATE TABLE IF NOT EXISTS instrument_migrations (
	number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)`
	readTable  = `SELECT number, name, digest FROM instrument_migrations ORDER BY number`
	writeTable = `INSERT INTO instrument_migrations (number, name, digest) VALUES ($1, $2, $3)`
)

// migrate runs the migrations that have not run. Each is a transaction which first takes a lock, and
// then looks again at what has run: so that none runs twice, whoever else starts, and a process that
// dies holds no lock. Who does not get the lock holds no transaction while it waits: to build an
// index next to readers and writers, PostgreSQL waits for all transactions to end.
func migrate(ctx context.Context, db *sql.DB, c *connector, all []migration) error {
	if len(all) == 0 {
		return nil
	}
	session, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	if c.store.Wait != "" {
		if _, err := session.ExecContext(ctx, c.store.Wait); err != nil {
			return fmt.Errorf("wait for migrations: %w", err)
		}
		defer session.Raw(func(any) error { return driver.ErrBadConn }) // closes the connection
	}
	m := &migrating{session, c, all}
	for {
		next, err := m.inTransaction(ctx)
		if err != nil {
			return err
		}
		if next == nil {
			return nil
		}
		if next.alone {
			if err := m.alone(ctx, next); err != nil {
				return err
			}
		}
	}
}

// migrating is a connection that runs migrations.
type migrating struct {
	session *sql.Conn
	c       *connector
	all     []migration
}

// inTransaction runs the next migration, unless it is one that must run in no transaction, and
// returns it; nil if there was none.
func (m *migrating) inTransaction(ctx context.Context) (next *migration, err error) {
	err = m.transaction(ctx, func(tx *sql.Tx) error {
		if next, err = m.next(ctx, tx); next == nil || next.alone || err != nil {
			return err
		}
		if err := next.run(ctx, m.session, m.c); err != nil {
			return err
		}
		return next.note(ctx, tx)
	})
	return next, err
}

// next returns the next migration in a transaction that has the lock.
func (m *migrating) next(ctx context.Context, tx *sql.Tx) (*migration, error) {
	if _, err := tx.ExecContext(ctx, makeTable); err != nil {
		return nil, fmt.Errorf("make table of migrations: %w", err)
	}
	return pending(ctx, tx, m.all)
}

// note notes that a migration has run.
func (m *migration) note(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, writeTable, m.number, m.name, m.digest); err != nil {
		return fmt.Errorf("note migration %s: %w", m.name, err)
	}
	return nil
}

// transaction calls do in a transaction that has the lock.
func (m *migrating) transaction(ctx context.Context, do func(*sql.Tx) error) error {
	return m.locked(ctx, func() (bool, error) {
		tx, err := m.session.BeginTx(ctx, nil)
		if err != nil {
			return false, fmt.Errorf("migrate: %w", err)
		}
		got := m.c.store.TryLock == ""
		if !got {
			err = tx.QueryRowContext(ctx, m.c.store.TryLock).Scan(&got)
		}
		if err != nil || !got {
			_ = tx.Rollback() // the first error says more
			return false, err
		}
		if err := do(tx); err != nil {
			_ = tx.Rollback()
			return true, err
		}
		if err := tx.Commit(); err != nil {
			return true, fmt.Errorf("commit migrations: %w", err)
		}
		return true, nil
	})
}

// How long whoever waits for the lock of migrations waits before it looks again, at first and at
// most.
const (
	lookFirst = 10 * time.Millisecond
	lookLast  = 250 * time.Millisecond
)

// locked calls try, which reports whether it had the lock, until it did.
func (m *migrating) locked(ctx context.Context, try func() (got bool, err error)) error {
	for wait := lookFirst; ; wait = min(2*wait, lookLast) {
		if got, err := try(); got || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for migrations: %w", ctx.Err())
		case <-time.After(wait):
		}
	}
}

// run runs the migration on a session, which is in a transaction unless the migration must not be.
func (m *migration) run(ctx context.Context, session *sql.Conn, c *connector) error {
	at := -1
	err := session.Raw(func(raw any) error {
		_, err := run(ctx, raw.(*conn), "", m.text, func(ctx context.Context) (none struct{}, err error) {
			at, err = c.store.Script(ctx, raw.(*conn).Unwrap(), m.text)
			return none, err
		})
		return err
	})
	if err == nil {
		return nil
	}
	cause := err
	if own, ok := errors.AsType[*bindings.Error](err); ok && own.Err != nil {
		cause = own.Err
	}
	if !m.alone && strings.Contains(cause.Error(), "transaction") {
		cause = fmt.Errorf("%w (what must run in no transaction belongs in a file of its own, which begins with %s)", cause, noTransaction)
	}
	return bindings.Errorf(bindings.Code(err), "migrate: %s: %w", m.place(at), cause)
}

// pending returns the first migration that has not run, nil if there is none. Its error is
// FailedPrecondition if those that have run are not those that are given.
func pending(ctx context.Context, tx *sql.Tx, all []migration) (*migration, error) {
	rows, err := tx.QueryContext(ctx, readTable)
	if err != nil {
		return nil, fmt.Errorf("read table of migrations: %w", err)
	}
	defer rows.Close()
	var ran []migration
	for rows.Next() {
		var m migration
		if err := rows.Scan(&m.number, &m.name, &m.digest); err != nil {
			return nil, fmt.Errorf("read table of migrations: %w", err)
		}
		ran = append(ran, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read table of migrations: %w", err)
	}
	return compare(ran, all)
}

// compare returns the first of all that has not run. Both are in the order of their numbers.
func compare(ran, all []migration) (next *migration, _ error) {
	files := map[int64]*migration{}
	for i := range all {
		files[all[i].number] = &all[i]
	}
	var errs []error
	var latest migration // that has run
	for _, m := range ran {
		file := files[m.number]
		switch {
		case file == nil && m.number < all[len(all)-1].number: // otherwise it is of a later version
			errs = append(errs, fmt.Errorf("migration %s has run, so its file must be there", m.name))
		case file != nil && !file.same(m.digest):
			errs = append(errs, fmt.Errorf("migration %s must be as it was when it ran: what is to change belongs in a new one", file.name))
		}
		delete(files, m.number)
		latest = m
	}
	for i := range all {
		switch _, waits := files[all[i].number]; {
		case waits && all[i].number < latest.number:
			errs = append(errs, fmt.Errorf("migration %s must have a number above that of %s, which has run", all[i].name, latest.name))
		case waits:
			errs = append(errs, all[i].transactions()...)
			if next == nil {
				next = &all[i]
			}
		}
	}
	if len(errs) > 0 {
		return nil, &bindings.Error{Code: bindings.FailedPrecondition, Err: errors.Join(errs...)}
	}
	return next, nil
}
