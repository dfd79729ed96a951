package postgres_test

import (
	"context"
	"crypto/rand"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
)

const (
	address = "127.0.0.1:5432"
	url     = "postgres://postgres@" + address + "/test"
)

// needServer skips a test where there is no server, and says so.
func needServer(t testing.TB) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no PostgreSQL at %s", address)
	}
	c.Close()
}

func TestKV(t *testing.T) {
	needServer(t)
	var servers servers
	kvtest.Run(t, kvtest.Harness{
		Provider: postgres.Provider,
		URL:      servers.url("?sslmode=disable&pool=4&table=instrument_kv_test"),
		Reopen:   true,
		Restart:  servers.restart,
		Clean: func(t *testing.T, prefix string) {
			db, err := pgx.Connect(context.Background(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close(context.Background())
			if _, err := db.Exec(context.Background(), `DELETE FROM instrument_kv_test WHERE starts_with(space, $1)`, prefix); err != nil {
				t.Error(err)
			}
		},
	})
}

// ownTable opens entries in a table of the test's own, with a connection beside them and the
// statement that drops the table, which is done in the end.
func ownTable(t *testing.T, what, options string) (c kv.Of[string, int], db *pgx.Conn, table, drop string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(context.Background()) })
	table = "test_" + what + "_" + strings.ToLower(rand.Text()[:8])
	drop = "DROP TABLE " + table + "; DROP SEQUENCE IF EXISTS " + table + "_revision"
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: namespace(), Bindings: []bindings.Binding{
		{Name: "c", URL: url + "?sslmode=disable&table=" + table + options}}}, postgres.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	if c, err = kv.Open[string, int](t.Context(), p, "c"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Exec(context.Background(), drop) })
	return c, db, table, drop
}

// A table that somebody dropped is made again, and the operation that met it says so by a code that
// lets it be retried.
func TestTableThatVanished(t *testing.T) {
	needServer(t)
	c, db, _, drop := ownTable(t, "gone", "")
	operations := map[string]func() error{
		"get":       func() error { _, err := c.Get(t.Context(), "k"); return err },
		"set":       func() error { _, err := c.Set(t.Context(), "k", 1); return err },
		"increment": func() error { _, err := c.Increment(t.Context(), "n", 1); return err },
		"list":      func() error { _, err := c.List(t.Context(), "", "", 10); return err },
	}
	for name, do := range operations {
		if _, err := c.Set(t.Context(), "k", 1); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
		if err := do(); bindings.Code(err) != bindings.Unavailable {
			t.Errorf("%s without the table: %v, want unavailable", name, err)
		}
		if err := do(); err != nil && bindings.Code(err) != bindings.NotFound {
			t.Errorf("second %s: %v, want that there is a table", name, err)
		}
	}
}

// An operation whose context has no end ends all the same when the server does not answer, and says
// that nobody knows whether it was done; the deadline of a caller is the caller's.
func TestServerThatHangs(t *testing.T) {
	needServer(t)
	c, db, table, _ := ownTable(t, "hang", "&timeout=300ms")
	if _, err := c.Set(t.Context(), "k", 1); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE "+table); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, get := c.Get(ctx, "k")
	_, set := c.Set(ctx, "k", 2)
	_, list := c.List(ctx, "", "", 10)
	_, many := c.GetMany(ctx, "k")
	for what, err := range map[string]error{"get": get, "set": set, "list": list, "get many": many, "delete": c.Delete(ctx, "k")} {
		if bindings.Code(err) != bindings.Unavailable || !strings.Contains(err.Error(), "option timeout; whether it was done is not known") {
			t.Errorf("%s is %v", what, err)
		}
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := c.Get(short, "k"); bindings.Code(err) != bindings.DeadlineExceeded {
		t.Errorf("with a deadline: %v", err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Get(ctx, "k"); err != nil || n != 1 {
		t.Errorf("afterwards the entry is %d, %v", n, err)
	}
}
