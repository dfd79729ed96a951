package postgres_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/postgres"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

const concurrently = "-- instrument:no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY names ON items (name);\n"

// openFiles opens the binding "db" of a namespace with migrations, numbered from 1.
func openFiles(ctx context.Context, t *testing.T, namespace string, texts ...string) error {
	t.Helper()
	needServer(t)
	t.Cleanup(func() { dropSchemas(t, namespace) })
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: namespace, Bindings: []bindings.Binding{
		{Name: "db", URL: url + "?sslmode=disable&pool=2"}}}, postgres.Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	all := fstest.MapFS{}
	for i, text := range texts {
		all[string(rune('1'+i))+".sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	_, err = sqldb.Open(ctx, p, "db", sqldb.Migrations(all))
	return err
}

// indexState says of the index "names" of a namespace's binding whether it is there and VALID.
func indexState(t *testing.T, db *pgx.Conn, namespace string) (state string) {
	t.Helper()
	err := db.QueryRow(t.Context(), `SELECT coalesce(string_agg(indisvalid::text, ' '), 'none') FROM pg_index WHERE indexrelid = to_regclass($1)`,
		pgx.Identifier{namespace + "__db", "names"}.Sanitize()).Scan(&state)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

const table = "CREATE TABLE items (id bigint PRIMARY KEY, name text);\nINSERT INTO items VALUES (1, 'a'), (2, 'a');"

// An index whose building has failed is INVALID and stays in the way: of the next attempt, which
// says that it exists, or with IF NOT EXISTS takes it for done. It is dropped and built again.
func TestInvalidIndexIsBuiltAgain(t *testing.T) {
	needServer(t)
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	for _, statement := range []string{concurrently, strings.Replace(concurrently, "names", "IF NOT EXISTS names", 1),
		strings.Replace(strings.Replace(concurrently, "names", `"names"`, 1), "ON items", "-- c\n ON ONLY items", 1)} {
		name := namespace()
		if err := openFiles(t.Context(), t, name, table, statement); bindings.Code(err) != bindings.AlreadyExists {
			t.Fatalf("of two equal names: %v", err)
		}
		if got := indexState(t, db, name); got != "false" {
			t.Fatalf("the index is %s, and was to be INVALID", got)
		}
		if _, err := db.Exec(t.Context(), "DELETE FROM "+pgx.Identifier{name + "__db", "items"}.Sanitize()+" WHERE id = 2"); err != nil {
			t.Fatal(err)
		}
		if err := openFiles(t.Context(), t, name, table, statement); err != nil {
			t.Fatal(err)
		}
		if got := indexState(t, db, name); got != "true" {
			t.Errorf("the index is %s", got)
		}
	}
}

// A process that was killed after the index was built, and before that was noted, does not have to
// build it again; an index that somebody else has made is no migration's.
func TestIndexThatIsDone(t *testing.T) {
	needServer(t)
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	one := strings.Replace(table, ", (2, 'a')", "", 1)
	name := namespace()
	if err := openFiles(t.Context(), t, name, one, concurrently); err != nil {
		t.Fatal(err)
	}
	in := func(table string) string { return pgx.Identifier{name + "__db", table}.Sanitize() }
	if _, err := db.Exec(t.Context(), "INSERT INTO "+in("instrument_migrations_begun")+" SELECT number, digest FROM "+in("instrument_migrations")+" WHERE number = 2; DELETE FROM "+
		in("instrument_migrations")+" WHERE number = 2"); err != nil {
		t.Fatal(err)
	}
	if err := openFiles(t.Context(), t, name, one, concurrently); err != nil {
		t.Errorf("after it was built and not noted: %v", err)
	}
	if _, err := db.Exec(t.Context(), "DELETE FROM "+in("instrument_migrations")+" WHERE number = 2"); err != nil {
		t.Fatal(err)
	}
	if err := openFiles(t.Context(), t, name, one, concurrently); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("of another's index: %v", err)
	}
	if err := openFiles(t.Context(), t, namespace(), one, strings.Replace(concurrently, " names", "", 1)); bindings.Code(err) != bindings.FailedPrecondition {
		t.Errorf("of an index without a name: %v", err)
	}
}

// PostgreSQL builds an index next to others only when all transactions have ended that it finds: a
// replica that waits for its turn must not be in one, or both wait for ever.
func TestReplicasWaitWithoutTransaction(t *testing.T) {
	needServer(t)
	name := namespace()
	one := strings.Replace(table, ", (2, 'a')", "", 1)
	if err := openFiles(t.Context(), t, name, one); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	done := make(chan error, 6)
	for range cap(done) {
		go func() { done <- openFiles(ctx, t, name, one, concurrently, "INSERT INTO items VALUES (3, 'c')") }()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
