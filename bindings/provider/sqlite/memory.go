package sqlite

import (
	"context"
	"database/sql"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// TB is what [Memory] needs of a [testing.TB].
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Memory returns an empty database for a test, as sqlite: without a path is one, with migrations
// run if options say so. It is gone when the test ends.
//
//	orders := &Orders{DB: sqlite.Memory(t, sqldb.Migrations(migrations))}
func Memory(t TB, options ...sqldb.Option) *sql.DB {
	t.Helper()
	ctx := context.Background()
	p, err := bindings.Open(ctx, bindings.Environment{
		Name: "memory", Namespace: "memory", Bindings: []bindings.Binding{{Name: "db", URL: "sqlite:"}}}, Provider)
	if err != nil {
		t.Fatalf("open database in memory: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(ctx); err != nil {
			t.Errorf("close database in memory: %v", err)
		}
	})
	db, err := sqldb.Open(ctx, p, "db", options...)
	if err != nil {
		t.Fatalf("open database in memory: %v", err)
	}
	return db
}
