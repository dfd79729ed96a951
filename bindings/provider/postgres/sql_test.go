package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings/provider/postgres"
	"github.com/instrumentgo/instrument/bindings/sqldb/sqldbtest"
)

func TestSQL(t *testing.T) {
	needServer(t)
	var servers servers
	sqldbtest.Run(t, sqldbtest.Harness{
		Provider: postgres.Provider,
		URL:      servers.url("?sslmode=disable&pool=2"),
		Reopen:   true,
		Restart:  servers.restart,
		Clean:    dropSchemas,
	})
}

// dropSchemas drops the schemas of the namespaces with a prefix.
func dropSchemas(t *testing.T, prefix string) {
	db, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	rows, err := db.Query(context.Background(), `SELECT nspname FROM pg_namespace
		WHERE starts_with(obj_description(oid, 'pg_namespace'), 'instrument sql: ' || $1::text)`, prefix)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := db.Exec(context.Background(), `DROP SCHEMA `+pgx.Identifier{name}.Sanitize()+` CASCADE`); err != nil {
			t.Error(err)
		}
	}
}
