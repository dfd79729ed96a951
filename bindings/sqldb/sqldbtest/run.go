package sqldbtest

import (
	"context"
	"database/sql"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// Harness says how to test a provider.
type Harness = providertest.Harness

// testCase is one promise. Its name says what does not hold if it fails.
type testCase struct {
	name string
	run  func(t *testing.T, f *fixture)
}

// The bindings of a case.
const (
	stock   = "stock"
	others  = "others"    // another binding of the same service
	foreign = "foreign"   // tables of another service
	tenants = "tenants"   // scoped to tenants
	odd     = "A.counter" // a name that needs escaping
)

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	names := map[string]map[string]string{
		stock:   nil,
		others:  nil,
		foreign: {"namespace": "-foreign"},
		tenants: {"tenants": "true", "max-open": "3"},
		odd:     nil,
	}
	var cases []providertest.Case
	for _, c := range slices.Concat(queryCases, valueCases, transactionCases, apartCases, migrateCases, lifeCases, declareCases) {
		cases = append(cases, providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
			c.run(t, &fixture{base})
		}})
	}
	providertest.Run(t, h, names, cases...)
}

// fixture is the platform of one case.
type fixture struct{ *providertest.Fixture }

// db opens a database with the statements of a schema, given as migrations.
func (f *fixture) db(t *testing.T, name string, schema ...string) *sql.DB {
	t.Helper()
	var options []sqldb.Option
	if len(schema) > 0 {
		options = append(options, sqldb.Migrations(files("1_schema.sql", strings.Join(schema, ";\n")+";\n")))
	}
	db, err := sqldb.Open(f.Ctx, f.Platform, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// platform opens a platform more, as another process would.
func (f *fixture) platform(t *testing.T, namespace string, list ...bindings.Binding) *bindings.Platform {
	t.Helper()
	if len(list) == 0 {
		list = []bindings.Binding{{Name: stock, URL: f.URL}}
	}
	p, err := bindings.Open(f.Ctx, bindings.Environment{Name: "test", Namespace: namespace, Bindings: list}, f.H.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("close platform: %v", err)
		}
	})
	return p
}

// files returns files by names and texts in turn.
func files(namesAndTexts ...string) fs.FS {
	all := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		all[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return all
}

// executor is a database, a connection or a transaction.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func exec(t *testing.T, q executor, text string, args ...any) {
	t.Helper()
	if _, err := q.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// is checks the only value of the only row that a query finds.
func is[T comparable](t *testing.T, q executor, want T, text string, args ...any) {
	t.Helper()
	var got T
	if err := q.QueryRowContext(t.Context(), text, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if got != want {
		t.Errorf("%s is %v, want %v", text, got, want)
	}
}

// fails checks the code of what a statement fails with.
func fails(t *testing.T, q executor, want bindings.ErrorCode, text string, args ...any) {
	t.Helper()
	_, err := q.ExecContext(t.Context(), text, args...)
	code(t, text, err, want)
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // of a case that has failed
	return tx
}

func code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	providertest.Code(t, what, err, want)
}

const items = "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, n BIGINT NOT NULL DEFAULT 0 CHECK (n >= 0))"
