package sqldbtest

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// endless is a query that takes hours.
const endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) SELECT count(*) FROM c"

// patience is how long something may take that must happen.
const patience = 30 * time.Second

var lifeCases = []testCase{
	{"nothing begins in a context that has ended", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		ctx, cancel := context.WithCancel(f.Ctx)
		cancel()
		_, err := db.ExecContext(ctx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		code(t, "exec", err, bindings.Canceled)
		_, err = db.BeginTx(ctx, nil)
		code(t, "begin", err, bindings.Canceled)
		is(t, db, int64(0), "SELECT count(*) FROM items")
		_, err = sqldb.Open(ctx, f.Platform, others)
		code(t, "open", err, bindings.Canceled)
	}},
	{"a statement ends with its context", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		start := time.Now()
		ctx, cancel := context.WithTimeout(f.Ctx, 100*time.Millisecond)
		defer cancel()
		var n int64
		err := db.QueryRowContext(ctx, endless).Scan(&n)
		code(t, "query", err, bindings.DeadlineExceeded)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error %v must be the context's", err)
		}
		ctx, cancel = context.WithCancel(f.Ctx)
		time.AfterFunc(100*time.Millisecond, cancel)
		code(t, "query", db.QueryRowContext(ctx, endless).Scan(&n), bindings.Canceled)
		if took := time.Since(start); took > patience {
			t.Errorf("it took %v", took)
		}
		is(t, db, int64(0), "SELECT count(*) FROM items")
	}},
	{"waiting for a row ends with its context", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		tx := begin(t, db)
		exec(t, tx, "UPDATE items SET n = 1 WHERE id = 1")
		ctx, cancel := context.WithTimeout(f.Ctx, 100*time.Millisecond)
		defer cancel()
		_, err := db.ExecContext(ctx, "UPDATE items SET n = 2 WHERE id = 1")
		code(t, "update", err, bindings.DeadlineExceeded)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		// The server learns that nobody waits any more by another message, which may come after the
		// commit: then it is done.
		var n int64
		if err := db.QueryRowContext(f.Ctx, "SELECT n FROM items").Scan(&n); err != nil || n != 1 && n != 2 {
			t.Errorf("n is %d, %v; want the transaction's or the statement's", n, err)
		}
	}},
	{"closing lets a transaction end", func(t *testing.T, f *fixture) {
		p := f.platform(t, f.Namespace)
		db, err := sqldb.Open(f.Ctx, p, stock, sqldb.Migrations(files("1.sql", first)))
		if err != nil {
			t.Fatal(err)
		}
		tx := begin(t, db)
		exec(t, tx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		closed := make(chan error, 1)
		go func() { closed <- p.Close(f.Ctx) }()
		for deadline := time.Now().Add(patience); err == nil && time.Now().Before(deadline); { // until no more is let in
			_, err = db.ExecContext(f.Ctx, "SELECT 1")
		}
		code(t, "exec", err, bindings.Unavailable)
		select {
		case err := <-closed:
			t.Fatalf("closed while a transaction is under way: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		exec(t, tx, "INSERT INTO items (id, name) VALUES (2, 'b')")
		if err := tx.Commit(); err != nil {
			t.Errorf("commit: %v", err)
		}
		if err := <-closed; err != nil {
			t.Errorf("close: %v", err)
		}
		if err := db.PingContext(f.Ctx); err == nil {
			t.Error("the database must be closed")
		}
		is(t, f.db(t, stock), int64(2), "SELECT count(*) FROM items")
	}},
	{"closing ends with its context", func(t *testing.T, f *fixture) {
		p := f.platform(t, f.Namespace)
		db, err := sqldb.Open(f.Ctx, p, stock)
		if err != nil {
			t.Fatal(err)
		}
		tx := begin(t, db)
		ctx, cancel := context.WithTimeout(f.Ctx, 50*time.Millisecond)
		defer cancel()
		code(t, "close", p.Close(ctx), bindings.DeadlineExceeded)
		_ = tx.Rollback()
	}},
	{"tenants are closed with their platform", func(t *testing.T, f *fixture) {
		p := f.platform(t, f.Namespace,
			bindings.Binding{Name: tenants, URL: f.URL, Options: map[string]bindings.Value{"tenants": {Text: "true"}}})
		all, err := sqldb.OpenTenants(f.Ctx, p, tenants)
		if err != nil {
			t.Fatal(err)
		}
		db := of(t, all, "acme")
		if err := p.Close(f.Ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(f.Ctx); err == nil {
			t.Error("the database must be closed")
		}
		_, err = all.DB(bindings.WithTenant(f.Ctx, "globex"))
		code(t, "open", err, bindings.Unavailable)
	}},
	{"what is committed is there after a restart of the service", func(t *testing.T, f *fixture) {
		if !f.H.Reopen {
			t.Skip("SKIPPED: nothing stays")
		}
		exec(t, f.db(t, stock, items), "INSERT INTO items (id, name) VALUES (1, 'a')")
		if err := f.Platform.Close(f.Ctx); err != nil {
			t.Fatal(err)
		}
		f.Reopen(t)
		is(t, f.db(t, stock, items), "a", "SELECT name FROM items")
	}},
	{"a server that was restarted is found again", func(t *testing.T, f *fixture) {
		if f.H.Restart == nil {
			t.Skip("SKIPPED: the server cannot be restarted here")
		}
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		f.H.Restart(t, f.URL)
		var name string
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // who asks first may find out
			err := db.QueryRowContext(f.Ctx, "SELECT name FROM items").Scan(&name)
			if err == nil {
				break
			}
			if !bindings.Retryable(err) || time.Now().After(deadline) {
				t.Fatalf("after the restart: %v", err)
			}
		}
		if name != "a" {
			t.Errorf("after the restart the row is %q", name)
		}
		exec(t, db, "INSERT INTO items (id, name) VALUES (2, 'b')")
	}},
	{"an open database is healthy", func(t *testing.T, f *fixture) {
		f.db(t, stock)
		for _, h := range f.Platform.Health(f.Ctx) {
			if h.Err != nil {
				t.Errorf("%s: %v", h.Binding, h.Err)
			}
		}
	}},
	{"a binding that is not there is told", func(t *testing.T, f *fixture) {
		_, err := sqldb.Open(f.Ctx, f.Platform, "stok")
		code(t, "open", err, bindings.NotFound)
		_, err = sqldb.OpenTenants(f.Ctx, f.Platform, "stok")
		code(t, "open", err, bindings.NotFound)
	}},
	{"sizes of the pool are held", func(t *testing.T, f *fixture) {
		for option, value := range map[string]string{"max-open": "0", "max-idle": "-1", "max-lifetime": "-1s", "max-idle-time": "soon"} {
			list := []bindings.Binding{{Name: stock, URL: f.URL, Options: map[string]bindings.Value{option: {Text: value}}}}
			if p, err := bindings.Open(f.Ctx, bindings.Environment{Namespace: f.Namespace, Bindings: list}, f.H.Provider); err == nil {
				t.Errorf("%s=%s must be refused", option, value)
				_ = p.Close(f.Ctx)
			}
		}
		p := f.platform(t, f.Namespace, bindings.Binding{Name: stock, URL: f.URL, Options: map[string]bindings.Value{"max-open": {Text: "2"}}})
		db, err := sqldb.Open(f.Ctx, p, stock)
		if err != nil {
			t.Fatal(err)
		}
		together(t, 16, func(int) error { return db.PingContext(f.Ctx) })
		if stats := db.Stats(); stats.MaxOpenConnections != 2 || stats.OpenConnections > 2 {
			t.Errorf("stats are %+v", stats)
		}
	}},
	{"the driver's connection is within reach", func(t *testing.T, f *fixture) {
		session, err := f.db(t, stock).Conn(f.Ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		err = session.Raw(func(raw any) error {
			if raw.(interface{ Unwrap() driver.Conn }).Unwrap() == nil {
				t.Error("there must be a connection")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}},
}
