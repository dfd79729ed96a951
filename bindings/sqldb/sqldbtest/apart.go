package sqldbtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// tenantsDB opens the databases of tenants.
func (f *fixture) tenantsDB(t *testing.T, options ...sqldb.Option) sqldb.Tenants {
	t.Helper()
	all, err := sqldb.OpenTenants(f.Ctx, f.Platform, tenants, options...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// of returns the database of a tenant.
func of(t *testing.T, all sqldb.Tenants, tenant string) *sql.DB {
	t.Helper()
	db, err := all.DB(bindings.WithTenant(t.Context(), tenant))
	if err != nil {
		t.Fatalf("tenant %.40q: %v", tenant, err)
	}
	return db
}

var apartCases = []testCase{
	{"services and bindings have tables of their own", func(t *testing.T, f *fixture) {
		names := []string{stock, others, foreign, odd}
		for _, name := range names {
			exec(t, f.db(t, name, items), "INSERT INTO items (id, name) VALUES (1, $1)", name)
		}
		for _, name := range names {
			is(t, f.db(t, name), name, "SELECT name FROM items")
		}
		exec(t, f.db(t, others), "CREATE TABLE secret (id BIGINT)")
		for _, name := range []string{stock, foreign, odd} {
			fails(t, f.db(t, name), bindings.Unknown, "SELECT id FROM secret")
		}
	}},
	{"a binding opened twice is the same tables", func(t *testing.T, f *fixture) {
		exec(t, f.db(t, stock, items), "INSERT INTO items (id, name) VALUES (1, 'a')")
		is(t, f.db(t, stock), "a", "SELECT name FROM items")
		p := f.platform(t, f.Namespace)
		db, err := sqldb.Open(f.Ctx, p, stock)
		if err != nil {
			t.Fatal(err)
		}
		is(t, db, "a", "SELECT name FROM items")
	}},
	{"names that look alike are apart", func(t *testing.T, f *fixture) {
		long := f.Namespace + strings.Repeat("x", 200)
		for i, name := range []string{f.Namespace + "-a", f.Namespace + "-A", f.Namespace + "-a_", f.Namespace + "-a__stock", f.Namespace + "-ü",
			f.Namespace + `-"; DROP SCHEMA public; --`, f.Namespace + "-../..", long + "a", long + "b"} {
			db, err := sqldb.Open(f.Ctx, f.platform(t, name), stock, sqldb.Migrations(files("1.sql", items+";")))
			if err != nil {
				t.Fatalf("%.80q: %v", name, err)
			}
			exec(t, db, "INSERT INTO items (id, name) VALUES ($1, 'a')", i)
			is(t, db, int64(1), "SELECT count(*) FROM items")
		}
	}},
	{"tenants have tables of their own", func(t *testing.T, f *fixture) {
		all := f.tenantsDB(t, sqldb.Migrations(files("1.sql", items+";")))
		names := []string{"acme", "Acme", "acme ", "globex", "ü", strings.Repeat("x", 300), strings.Repeat("x", 301), "../acme", "'; --"}
		for _, name := range names {
			exec(t, of(t, all, name), "INSERT INTO items (id, name) VALUES (1, $1)", name)
		}
		for _, name := range names {
			is(t, of(t, all, name), name, "SELECT name FROM items")
		}
		exec(t, of(t, all, "acme"), "CREATE TABLE secret (id BIGINT)")
		fails(t, of(t, all, "globex"), bindings.Unknown, "SELECT id FROM secret")
	}},
	{"a binding of tenants is no single database", func(t *testing.T, f *fixture) {
		for _, ctx := range []context.Context{f.Ctx, bindings.WithTenant(f.Ctx, "acme")} {
			_, err := sqldb.Open(ctx, f.Platform, tenants)
			code(t, "open", err, bindings.FailedPrecondition)
			if !strings.Contains(err.Error(), "sqldb.OpenTenants") {
				t.Errorf("the error must say what to use: %v", err)
			}
		}
		all := f.tenantsDB(t)
		_, err := all.DB(f.Ctx)
		code(t, "without a tenant", err, bindings.FailedPrecondition)
		_, err = (sqldb.Tenants{}).DB(bindings.WithTenant(f.Ctx, "acme"))
		code(t, "without OpenTenants", err, bindings.FailedPrecondition)
	}},
	{"many tenants share the connections of their binding", func(t *testing.T, f *fixture) {
		all := f.tenantsDB(t, sqldb.Migrations(files("1.sql", items+";")))
		ctx, cancel := context.WithTimeout(f.Ctx, time.Minute)
		defer cancel()
		together(t, 8, func(i int) error {
			for round := range 5 {
				db, err := all.DB(bindings.WithTenant(ctx, fmt.Sprint("tenant ", i)))
				if err != nil {
					return err
				}
				if _, err := db.ExecContext(ctx, "INSERT INTO items (id, name) VALUES ($1, 'a')", round); err != nil {
					return err
				}
			}
			return nil
		})
		for i := range 8 {
			is(t, of(t, all, fmt.Sprint("tenant ", i)), int64(5), "SELECT count(*) FROM items")
		}
		open := 0
		for i := range 8 {
			open += of(t, all, fmt.Sprint("tenant ", i)).Stats().OpenConnections
		}
		if open > 3 {
			t.Errorf("%d connections are open, and max-open is 3", open)
		}
	}},
	{"a tenant that comes at once many times is made once", func(t *testing.T, f *fixture) {
		all := f.tenantsDB(t, sqldb.Migrations(files("1.sql", items+";\nINSERT INTO items (id, name) VALUES (1, 'a');")))
		ctx := bindings.WithTenant(f.Ctx, "acme")
		first := of(t, all, "acme")
		together(t, 16, func(int) error {
			db, err := all.DB(ctx)
			if err == nil && db != first {
				return fmt.Errorf("another database than the first")
			}
			return err
		})
	}},
}
