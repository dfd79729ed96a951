package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	modernc "modernc.org/sqlite"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/sqlite"
	"github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/bindings/sqldb/sqldbtest"
)

// A database in memory must be the same as one in a file, or tests on it tell nothing.
func TestSQLInMemory(t *testing.T) {
	// Each platform has a memory of its own, as processes have: what is about several of one
	// service is not for it.
	const alone = "each platform has a memory of its own"
	sqldbtest.Run(t, sqldbtest.Harness{
		Provider: sqlite.Provider,
		URL:      func(*testing.T) string { return "sqlite::memory:" },
		Except: map[string]string{
			"a binding opened twice is the same tables":                             alone,
			"of many that start at once one runs a migration":                       alone,
			"of many that start at once one runs a migration without a transaction": alone,
			"closing lets a transaction end":                                        alone,
		},
	})
}

// platform opens one binding "db".
func platform(t *testing.T, url string) *bindings.Platform {
	t.Helper()
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "db", URL: url}}}, sqlite.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	return p
}

func TestMemory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Run("test", func(t *testing.T) {
		migrations := sqldb.Migrations(fstest.MapFS{"1.sql": {Data: []byte("CREATE TABLE items (id BIGINT PRIMARY KEY);")}})
		one, two := sqlite.Memory(t, migrations), sqlite.Memory(t, migrations)
		if _, err := one.ExecContext(t.Context(), "INSERT INTO items VALUES (1)"); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := two.QueryRowContext(t.Context(), "SELECT count(*) FROM items").Scan(&n); err != nil || n != 0 {
			t.Errorf("another test's database has %d rows, %v", n, err)
		}
	})
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Semicolons inside of a trigger end no statement of a migration.
func TestMigrationWithTrigger(t *testing.T) {
	const text = `CREATE TABLE items (id BIGINT PRIMARY KEY); CREATE TABLE log (text TEXT);
CREATE TRIGGER logged AFTER INSERT ON items BEGIN
	INSERT INTO log VALUES ('a;b');
	INSERT INTO log VALUES (NEW.id); -- two; of them
END;
INSERT INTO items VALUES (1)`
	db := sqlite.Memory(t, sqldb.Migrations(fstest.MapFS{"1.sql": {Data: []byte(text)}}))
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM log").Scan(&n); err != nil || n != 2 {
		t.Errorf("the trigger has written %d rows, %v", n, err)
	}
	_, err := sqldb.Open(t.Context(), platform(t, "sqlite:"), "db", sqldb.Migrations(fstest.MapFS{"1.sql": {Data: []byte(text + ";\n/* why; */ INSERT INTO items VALUES (1);")}}))
	if err == nil || !strings.Contains(err.Error(), "migrate: 1.sql:7: INSERT INTO items VALUES (1): ") {
		t.Errorf("the error is %v", err)
	}
}

// Where the file of a space is belongs to what users back up.
func TestFileOfSpace(t *testing.T) {
	folder := t.TempDir()
	if _, err := sqldb.Open(t.Context(), platform(t, "sqlite:"+folder+"/data/shop.db"), "db"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "data", "shop.db-sql", "orders__db.db")); err != nil {
		t.Error(err)
	}
}

// Callers that know SQLite find its error.
func TestDriversError(t *testing.T) {
	db := sqlite.Memory(t)
	_, err := db.ExecContext(t.Context(), "SELECT a FROM nowhere")
	if own, ok := errors.AsType[*modernc.Error](err); !ok || own.Code() != 1 {
		t.Errorf("the error is %v", err)
	}
}

// A process must wait for another one's migrations however long they take.
func TestLongMigrationOfAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes longer than the wait for a usual transaction, 10 s")
	}
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/shop.db"
	first, err := sqldb.Open(t.Context(), platform(t, url), "db")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := first.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(11*time.Second, func() { _ = tx.Commit() })
	db, err := sqldb.Open(t.Context(), platform(t, url), "db", sqldb.Migrations(fstest.MapFS{"1.sql": {Data: []byte("CREATE TABLE items (id BIGINT);")}}))
	if err != nil {
		t.Fatal(err)
	}
	var wait int
	if err := db.QueryRowContext(t.Context(), "PRAGMA busy_timeout").Scan(&wait); err != nil || wait != 10000 {
		t.Errorf("usual transactions wait for %d ms, %v", wait, err)
	}
}

// Replicas that start together on a file that is not there yet must all get it.
func TestManyOpenAFile(t *testing.T) {
	for range 5 {
		url := "sqlite:" + t.TempDir() + "/shop.db?sync=false"
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "db", URL: url}}}
				p, err := bindings.Open(t.Context(), env, sqlite.Provider)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := sqldb.Open(t.Context(), p, "db"); err != nil {
					t.Error(err)
				}
				if err := p.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
}

// Putting a new file into write-ahead mode fails at once while somebody holds it, where anything
// else waits.
func TestOpenAFileThatIsHeld(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(folder+"/shop.db-sql", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{folder + "/shop.db", folder + "/shop.db-sql/orders__db.db"} {
		holder, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		holder.SetMaxOpenConns(1)
		for _, statement := range []string{"CREATE TABLE x (a)", "BEGIN", "SELECT a FROM x", "INSERT INTO x VALUES (1)"} {
			if _, err := holder.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		time.AfterFunc(100*time.Millisecond, func() { _ = holder.Close() })
	}
	if _, err := sqldb.Open(t.Context(), platform(t, "sqlite:"+folder+"/shop.db"), "db"); err != nil {
		t.Error(err)
	}
}
