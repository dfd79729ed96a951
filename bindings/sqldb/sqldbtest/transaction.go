package sqldbtest

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

var transactionCases = []testCase{
	{"a transaction is seen when it is committed", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		tx := begin(t, db)
		exec(t, tx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		is(t, tx, int64(1), "SELECT count(*) FROM items")
		is(t, db, int64(0), "SELECT count(*) FROM items") // and a reader does not wait
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		is(t, db, int64(1), "SELECT count(*) FROM items")
		if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			t.Errorf("rollback after commit is %v", err)
		}
	}},
	{"a transaction that is rolled back was not", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		tx := begin(t, db)
		exec(t, tx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		exec(t, tx, "CREATE TABLE more (id BIGINT)")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		is(t, db, int64(0), "SELECT count(*) FROM items")
		fails(t, db, bindings.Unknown, "SELECT id FROM more")
	}},
	{"a transaction whose context ends is rolled back", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		ctx, cancel := context.WithCancel(f.Ctx)
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		cancel()
		if err := tx.Commit(); err == nil {
			t.Error("the commit must fail")
		}
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'b')") // nothing is locked
		is(t, db, "b", "SELECT name FROM items")
	}},
	{"a transaction that only reads writes nothing", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		writing := begin(t, db)
		exec(t, writing, "INSERT INTO items (id, name) VALUES (1, 'a')")
		tx, err := db.BeginTx(f.Ctx, &sql.TxOptions{ReadOnly: true}) // beside one that writes
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		is(t, tx, int64(0), "SELECT count(*) FROM items")
		if err := writing.Commit(); err != nil {
			t.Fatal(err)
		}
	}},
	{"a foreign key is checked", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items, "CREATE TABLE parts (id BIGINT PRIMARY KEY, item BIGINT NOT NULL REFERENCES items (id) ON DELETE CASCADE)")
		for range 3 { // on each connection
			fails(t, db, bindings.FailedPrecondition, "INSERT INTO parts VALUES (1, 1)")
		}
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		exec(t, db, "INSERT INTO parts VALUES (1, 1)")
		exec(t, db, "DELETE FROM items")
		is(t, db, int64(0), "SELECT count(*) FROM parts")
	}},
	{"a constraint says what it refuses", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items, "CREATE UNIQUE INDEX names ON items (name)")
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		fails(t, db, bindings.AlreadyExists, "INSERT INTO items (id, name) VALUES (1, 'b')")
		fails(t, db, bindings.AlreadyExists, "INSERT INTO items (id, name) VALUES (2, 'a')")
		fails(t, db, bindings.FailedPrecondition, "INSERT INTO items (id, name) VALUES (3, NULL)")
		fails(t, db, bindings.FailedPrecondition, "INSERT INTO items (id, name, n) VALUES (3, 'c', -1)")
		_, err := db.ExecContext(f.Ctx, "INSERT INTO items (id, name) VALUES (1, 'b')")
		if own, ok := errors.AsType[*bindings.Error](err); !ok || own.Binding != stock || own.Err == nil {
			t.Errorf("the error %v must name its binding", err)
		}
	}},
	{"thirty-two write one row", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		const writers, times = 32, 8
		together(t, writers, func(int) error {
			for range times {
				if _, err := db.ExecContext(f.Ctx, "UPDATE items SET n = n + 1 WHERE id = 1"); err != nil {
					return err
				}
			}
			return nil
		})
		is(t, db, int64(writers*times), "SELECT n FROM items")
	}},
	{"thirty-two transactions read and write", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		const writers = 32
		together(t, writers, func(i int) error {
			for j := range 4 {
				tx, err := db.BeginTx(f.Ctx, nil)
				if err != nil {
					return err
				}
				var n int64
				err = tx.QueryRowContext(f.Ctx, "SELECT count(*) FROM items WHERE id = $1", i).Scan(&n)
				if err == nil {
					_, err = tx.ExecContext(f.Ctx, "INSERT INTO items (id, name, n) VALUES ($1, 'a', $2)", i*10+j, n)
				}
				if err != nil {
					return errors.Join(err, tx.Rollback())
				}
				if err := tx.Commit(); err != nil {
					return err
				}
			}
			return nil
		})
		is(t, db, int64(writers*4), "SELECT count(*) FROM items")
	}},
}

// together runs n at once, and fails for what they return.
func together(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if err := do(i); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	group.Wait()
}
