package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
)

// The table of the migrations that have run is one of the space's own.
const (
	makeTable = `CREATE TABLE IF NOT EXISTS instrument_migrations (
	number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)`
	readTable  = `SELECT number, name, digest FROM instrument_migrations ORDER BY number`
	writeTable = `INSERT INTO instrument_migrations (number, name, digest) VALUES ($1, $2, $3)`
)

// migrate runs the migrations that have not run. Each is a transaction which first waits for those
// of other processes, and then looks again at what has run: so that none runs twice, whoever else
// starts, and a process that dies holds no lock.
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
	for {
		done, err := migrateOne(ctx, session, c, all)
		if err != nil || done {
			return err
		}
	}
}

// migrateOne runs the next migration, and reports whether there was none.
func migrateOne(ctx context.Context, session *sql.Conn, c *connector, all []migration) (done bool, err error) {
	tx, err := session.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("migrate: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error says more
		}
	}()
	if c.store.Lock != "" {
		if _, err := tx.ExecContext(ctx, c.store.Lock); err != nil {
			return false, fmt.Errorf("lock migrations: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, makeTable); err != nil {
		return false, fmt.Errorf("make table of migrations: %w", err)
	}
	next, err := pending(ctx, tx, all)
	if err != nil {
		return false, err
	}
	if next != nil {
		if err := next.run(ctx, session, c); err != nil {
			return false, err
		}
		if _, err := tx.ExecContext(ctx, writeTable, next.number, next.name, next.digest); err != nil {
			return false, fmt.Errorf("note migration %s: %w", next.name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("commit migrations: %w", err)
	}
	return next == nil, nil
}

// run runs the migration in the transaction of a session.
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
		case file != nil && file.digest != m.digest:
			errs = append(errs, fmt.Errorf("migration %s must be as it was when it ran: what is to change belongs in a new one", file.name))
		}
		delete(files, m.number)
		latest = m
	}
	for i := range all {
		switch _, waits := files[all[i].number]; {
		case waits && all[i].number < latest.number:
			errs = append(errs, fmt.Errorf("migration %s must have a number above that of %s, which has run", all[i].name, latest.name))
		case waits && next == nil:
			next = &all[i]
		}
	}
	if len(errs) > 0 {
		return nil, &bindings.Error{Code: bindings.FailedPrecondition, Err: errors.Join(errs...)}
	}
	return next, nil
}
