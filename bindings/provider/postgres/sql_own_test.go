package postgres_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// openSQL opens the binding "db" of a namespace of the test's, whose schemas are dropped when it
// ends.
func openSQL(t *testing.T, namespace string, migrations ...string) (*sql.DB, error) {
	t.Helper()
	needServer(t)
	t.Cleanup(func() { dropSchemas(t, namespace) })
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: namespace, Bindings: []bindings.Binding{
		{Name: "db", URL: url + "?sslmode=disable&pool=2"}}}, postgres.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	var options []sqldb.Option
	for _, text := range migrations {
		options = append(options, sqldb.Migrations(fstest.MapFS{"1.sql": {Data: []byte(text)}}))
	}
	return sqldb.Open(t.Context(), p, "db", options...)
}

func namespace() string { return "test-" + strings.ToLower(rand.Text()[:8]) }

// Semicolons inside of a function end no statement of a migration.
func TestMigrationWithFunction(t *testing.T) {
	const text = `CREATE TABLE items (id bigint PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE FUNCTION twice(n bigint) RETURNS bigint LANGUAGE plpgsql AS $body$
BEGIN
	n := n + n; RETURN n; -- two; of them
END $body$;
CREATE FUNCTION thrice(n bigint) RETURNS bigint BEGIN ATOMIC SELECT 3 * n; END;
INSERT INTO items VALUES (twice(21)), (thrice(1))`
	db, err := openSQL(t, namespace(), text)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT max(id) FROM items").Scan(&n); err != nil || n != 42 {
		t.Errorf("the function has made %d, %v", n, err)
	}
	_, err = openSQL(t, namespace(), text+";\n\n/* ü; */ INSERT INTO items\n\tVALUES (nothing(1));")
	if err == nil || !strings.Contains(err.Error(), "migrate: 1.sql:9: INSERT INTO items …: ") {
		t.Errorf("the error is %v", err)
	}
}

// A schema that somebody else has made is not taken.
func TestForeignSchema(t *testing.T) {
	needServer(t)
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	name := namespace()
	schema := pgx.Identifier{name + "__db"}.Sanitize()
	if _, err := db.Exec(t.Context(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	defer db.Exec(context.Background(), "DROP SCHEMA "+schema+" CASCADE")
	_, err = openSQL(t, name)
	if bindings.Code(err) != bindings.FailedPrecondition || !strings.Contains(err.Error(), name+"__db must be this binding's") {
		t.Errorf("the error is %v", err)
	}
}

// A namespace may have a name that PostgreSQL keeps for itself.
func TestReservedSchema(t *testing.T) {
	t.Cleanup(func() { dropSchemas(t, "pg__") })
	db, err := openSQL(t, "pg")
	if err != nil {
		t.Fatal(err)
	}
	var schema string
	if err := db.QueryRowContext(t.Context(), "SELECT current_schema()").Scan(&schema); err != nil || !strings.HasPrefix(schema, "h_") {
		t.Errorf("the schema is %q, %v", schema, err)
	}
}

// Names that are not the binding's own are not in the way: kv's table is in another schema, and
// what a session sets does not outlive a reset.
func TestSearchPath(t *testing.T) {
	db, err := openSQL(t, namespace())
	if err != nil {
		t.Fatal(err)
	}
	session, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, statement := range []string{"SET search_path = public", "RESET search_path", "CREATE TABLE own (id bigint)", "SELECT id FROM own"} {
		if _, err := session.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	var own, foreign bool
	err = session.QueryRowContext(t.Context(), "SELECT to_regclass('own') IS NOT NULL, to_regclass('instrument_kv_test') IS NOT NULL").Scan(&own, &foreign)
	if err != nil || !own || foreign {
		t.Errorf("own table is seen: %v, kv's is: %v, %v", own, foreign, err)
	}
}

// A server that was restarted has lost its connections. Who asks next must not see that.
func TestLostConnections(t *testing.T) {
	db, err := openSQL(t, namespace())
	if err != nil {
		t.Fatal(err)
	}
	killer, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer killer.Close(context.Background())
	for range 3 {
		var pid, again int
		if err := db.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		// Waits until the server has ended it.
		if _, err := killer.Exec(t.Context(), "SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
			t.Fatal(err)
		}
		err := db.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&again)
		if err != nil && bindings.Code(err) == bindings.Unavailable { // at most the statement that finds out
			err = db.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&again)
		}
		if err != nil || again == pid {
			t.Errorf("after connection %d: %d, %v", pid, again, err)
		}
	}
}

// Callers that know PostgreSQL find its error.
func TestDriversError(t *testing.T) {
	db, err := openSQL(t, namespace())
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "SELECT a FROM nowhere")
	if own, ok := errors.AsType[*pgconn.PgError](err); !ok || own.Code != "42P01" {
		t.Errorf("the error is %v", err)
	}
}
