package sqldbtest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

// refused checks the error of opening a database with migrations.
func (f *fixture) refused(t *testing.T, want bindings.ErrorCode, migrations fs.FS, texts ...string) {
	t.Helper()
	_, err := sqldb.Open(f.Ctx, f.Platform, stock, sqldb.Migrations(migrations))
	code(t, "open", err, want)
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error must have %q, but is: %v", text, err)
		}
	}
}

// migrated opens a database with migrations, which must run.
func (f *fixture) migrated(t *testing.T, migrations fs.FS) executor {
	t.Helper()
	db, err := sqldb.Open(f.Ctx, f.Platform, stock, sqldb.Migrations(migrations))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

const first = items + ";\n"

var migrateCases = []testCase{
	{"a migration runs once", func(t *testing.T, f *fixture) {
		all := files("migrations/1_items.sql", first, "migrations/2_more.sql",
			"INSERT INTO items (id, name) VALUES (1, 'a');\nUPDATE items SET n = n + 1;")
		for range 3 {
			is(t, f.migrated(t, all), int64(1), "SELECT n FROM items")
		}
		// Where the files are is not what they are.
		moved := files("db/1_items.sql", first, "db/2_more.sql", "INSERT INTO items (id, name) VALUES (1, 'a');\r\nUPDATE items SET n = n + 1;")
		is(t, f.migrated(t, moved), int64(1), "SELECT n FROM items")
		is(t, f.migrated(t, moved), int64(2), "SELECT count(*) FROM instrument_migrations")
	}},
	{"migrations run in the order of their numbers", func(t *testing.T, f *fixture) {
		db := f.migrated(t, files("10_c.sql", "INSERT INTO log SELECT 'c', 1 + max(at) FROM log;", "9_b.sql", "INSERT INTO log VALUES ('b', 1);",
			"0001_a.sql", "CREATE TABLE log (name TEXT, at BIGINT);", "README.md", "no SQL"))
		is(t, db, int64(2), "SELECT at FROM log WHERE name = 'c'")
	}},
	{"a migration that is new runs", func(t *testing.T, f *fixture) {
		f.migrated(t, files("1.sql", first))
		db := f.migrated(t, files("1.sql", first, "2.sql", "ALTER TABLE items ADD COLUMN size BIGINT NOT NULL DEFAULT 7;"))
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a')")
		is(t, db, int64(7), "SELECT size FROM items")
	}},
	{"of many that start at once one runs a migration", func(t *testing.T, f *fixture) {
		all := []string{"1.sql", first}
		for i := 2; i <= 6; i++ {
			all = append(all, fmt.Sprintf("%d.sql", i),
				"INSERT INTO items (id, name) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET n = items.n + 1;")
		}
		var platforms []*bindings.Platform
		for range 8 {
			platforms = append(platforms, f.platform(t, f.Namespace))
		}
		together(t, len(platforms), func(i int) error {
			_, err := sqldb.Open(f.Ctx, platforms[i], stock, sqldb.Migrations(files(all...)))
			return err
		})
		is(t, f.db(t, stock), int64(4), "SELECT n FROM items")
		is(t, f.db(t, stock), int64(6), "SELECT count(*) FROM instrument_migrations")
	}},
	{"a migration that fails leaves nothing", func(t *testing.T, f *fixture) {
		const broken = "CREATE TABLE more (id BIGINT);\n\n-- a comment; with a semicolon\nINSERT INTO items (id, name) VALUES (1, 'a;b');\nINSERT INTO nowhere\n\tVALUES (1);\n"
		f.refused(t, bindings.Unknown, files("1_items.sql", first, "2_more.sql", broken, "3.sql", "CREATE TABLE third (id BIGINT);"),
			"open stock: migrate: 2_more.sql:5: INSERT INTO nowhere …: ", "nowhere")
		db := f.db(t, stock)
		is(t, db, int64(0), "SELECT count(*) FROM items")
		is(t, db, int64(1), "SELECT count(*) FROM instrument_migrations")
		fails(t, db, bindings.Unknown, "SELECT id FROM more")
		fails(t, db, bindings.Unknown, "SELECT id FROM third")
		// It has not run, so it may be put right.
		is(t, f.migrated(t, files("1_items.sql", first, "2_more.sql", strings.Replace(broken, "nowhere", "more", 1))), int64(1),
			"SELECT id FROM more")
	}},
	{"a constraint that a migration breaks is told with its statement", func(t *testing.T, f *fixture) {
		f.refused(t, bindings.AlreadyExists,
			files("1.sql", first+"INSERT INTO items (id, name) VALUES (1, 'a');\n\nINSERT INTO items (id, name) VALUES (1, 'b');"),
			"1.sql:4: INSERT INTO items (id, name) VALUES (1, 'b'): ")
		f.refused(t, bindings.Unknown, files("1.sql", first+"-- ü;\nSELEKT 1;\nSELECT 1;"), "1.sql:3: SELEKT 1: ")
	}},
	{"a migration that begins or ends a transaction is refused before anything runs", func(t *testing.T, f *fixture) {
		for _, text := range []string{"COMMIT;", "commit and chain", "END;", "ROLLBACK;", "BEGIN;\nSELECT 1;\nCOMMIT;", "START TRANSACTION;", "/* c; */ Commit -- c"} {
			f.refused(t, bindings.FailedPrecondition, files("1.sql", first, "2.sql", "SELECT 1;\nSELECT 2;", "3.sql", first+"\n"+text),
				"migrate: 3.sql:3: ", "a migration must not begin or end a transaction")
		}
		fails(t, f.db(t, stock), bindings.Unknown, "SELECT count(*) FROM items")
		fails(t, f.db(t, stock), bindings.Unknown, "SELECT count(*) FROM instrument_migrations WHERE number = 1")
	}},
	{"savepoints, and words in names, texts and comments, are no transactions", func(t *testing.T, f *fixture) {
		db := f.migrated(t, files("1.sql", first+"SAVEPOINT a;\nINSERT INTO items (id, name) VALUES (1, 'COMMIT; BEGIN;');\nROLLBACK TO a;\nRELEASE a;\n"+
			"-- COMMIT;\nINSERT INTO items (id, name) VALUES (2, 'a; COMMIT'); /* END; */\nCREATE TABLE \"commit\" (\"begin\" BIGINT, \"end\" BIGINT);\n"+
			"UPDATE items SET n = CASE WHEN n > 1 THEN 1 ELSE 3 END;"))
		is(t, db, int64(3), "SELECT sum(n) FROM items")
	}},
	{"a migration that was refused for its transaction may be put right", func(t *testing.T, f *fixture) {
		f.refused(t, bindings.FailedPrecondition, files("1.sql", "BEGIN;\n"+first+"COMMIT;"), "1.sql:1: BEGIN")
		f.migrated(t, files("1.sql", first))
	}},
	{"a byte order mark and the ends of lines are no part of a migration", func(t *testing.T, f *fixture) {
		const mark, second = "\ufeff", "INSERT INTO items (id, name)\nVALUES (1, 'a');\n"
		f.migrated(t, files("1.sql", first, "2.sql", mark+second))
		for _, text := range []string{second, mark + second, strings.ReplaceAll(second, "\n", "\r\n"), mark + strings.ReplaceAll(second, "\n", "\r\n")} {
			db := f.migrated(t, files("1.sql", mark+first, "2.sql", text))
			is(t, db, int64(1), "SELECT count(*) FROM items")
		}
		f.refused(t, bindings.Unknown, files("1.sql", mark), "1.sql must not be empty")
		f.refused(t, bindings.Unknown, files("1.sql", "\xff\xfeS\x00"), "1.sql must be in UTF-8, and is in UTF-16")
	}},
	{"what has run keeps its checksum", func(t *testing.T, f *fixture) {
		const mark = "\ufeff"
		db := f.migrated(t, files("1.sql", first, "2.sql", "SELECT 1;\r\n"))
		for number, text := range map[int]string{1: first, 2: "SELECT 1;\n"} {
			is(t, db, fmt.Sprintf("%x", sha256.Sum256([]byte(text))), "SELECT digest FROM instrument_migrations WHERE number = $1", number)
		}
		// As it was noted when the mark was part of the text.
		exec(t, db, "UPDATE instrument_migrations SET digest = $1 WHERE number = 1", fmt.Sprintf("%x", sha256.Sum256([]byte(mark+first))))
		for _, text := range []string{first, mark + first} {
			f.migrated(t, files("1.sql", text, "2.sql", "SELECT 1;\n"))
		}
	}},
	{"a migration without a transaction is one statement", func(t *testing.T, f *fixture) {
		const alone = "-- instrument:no-transaction\n"
		db := f.migrated(t, files("1.sql", first, "2.sql", "-- why\n"+alone+"CREATE INDEX names ON items (name);", "3.sql", "\ufeff"+strings.ReplaceAll(alone, "\n", "\r\n")+"VACUUM", "4.sql",
			"INSERT INTO items (id, name) VALUES (1, 'a');"))
		is(t, db, int64(4), "SELECT count(*) FROM instrument_migrations")
		is(t, db, int64(0), "SELECT count(*) FROM instrument_migrations_begun")
		f.refused(t, bindings.Unknown, files("1.sql", alone+"SELECT 1;\nSELECT 2;"), "1.sql: it must have one statement", "has 2")
		f.refused(t, bindings.Unknown, files("1.sql", alone), "1.sql: it must have one statement", "has 0")
		f.refused(t, bindings.Unknown, files("1.sql", "-- instrument:notransaction\nVACUUM"), `"-- instrument:notransaction" must be "-- instrument:no-transaction"`)
		f.refused(t, bindings.FailedPrecondition, files("1.sql", first, "5.sql", alone+"COMMIT"), "5.sql:2: COMMIT: a migration must not begin or end a transaction")
	}},
	{"a migration without a transaction that fails runs again", func(t *testing.T, f *fixture) {
		const alone = "-- instrument:no-transaction\nCREATE UNIQUE INDEX names ON items (name)"
		two := "INSERT INTO items (id, name) VALUES (1, 'a');\nINSERT INTO items (id, name) VALUES (2, 'a');"
		f.refused(t, bindings.AlreadyExists, files("1.sql", first, "2.sql", two, "3.sql", alone), "migrate: 3.sql:2: CREATE UNIQUE INDEX names ON items (name): ")
		db := f.db(t, stock)
		is(t, db, int64(2), "SELECT count(*) FROM instrument_migrations")
		exec(t, db, "DELETE FROM items WHERE id = 2")
		again := f.migrated(t, files("1.sql", first, "2.sql", two, "3.sql", alone))
		is(t, again, int64(3), "SELECT count(*) FROM instrument_migrations")
		fails(t, again, bindings.AlreadyExists, "INSERT INTO items (id, name) VALUES (3, 'a')")
	}},
	{"what needs no transaction and does not say so is told how", func(t *testing.T, f *fixture) {
		_, err := sqldb.Open(f.Ctx, f.Platform, stock, sqldb.Migrations(files("1.sql", first, "2.sql", "VACUUM;")))
		if err == nil || !strings.Contains(err.Error(), "belongs in a file of its own, which begins with -- instrument:no-transaction") {
			t.Errorf("open is %v", err)
		}
	}},
	{"of many that start at once one runs a migration without a transaction", func(t *testing.T, f *fixture) {
		all := files("1.sql", first, "2.sql", "-- instrument:no-transaction\nVACUUM;", "3.sql", "INSERT INTO items (id, name) VALUES (1, 'a');")
		var platforms []*bindings.Platform
		for range 6 {
			platforms = append(platforms, f.platform(t, f.Namespace))
		}
		together(t, len(platforms), func(i int) error {
			_, err := sqldb.Open(f.Ctx, platforms[i], stock, sqldb.Migrations(all))
			return err
		})
		is(t, f.db(t, stock), int64(3), "SELECT count(*) FROM instrument_migrations")
	}},
	{"a migration that has run must stay", func(t *testing.T, f *fixture) {
		const second = "CREATE TABLE second (id BIGINT);"
		f.migrated(t, files("1.sql", first, "3_second.sql", second))
		f.refused(t, bindings.FailedPrecondition, files("1.sql", first+"-- changed", "3_second.sql", second),
			"migration 1.sql must be as it was when it ran")
		f.refused(t, bindings.FailedPrecondition, files("3_second.sql", second), "migration 1.sql has run, so its file must be there")
		f.refused(t, bindings.FailedPrecondition, files("1.sql", first, "2_late.sql", second, "3_second.sql", second),
			"migration 2_late.sql must have a number above that of 3_second.sql, which has run")
		f.refused(t, bindings.FailedPrecondition, files("1.sql", first+"--", "2_late.sql", second, "3_second.sql", second), "1.sql", "2_late.sql")
	}},
	{"an earlier version starts on a later one's tables", func(t *testing.T, f *fixture) {
		f.migrated(t, files("1.sql", first, "2.sql", "ALTER TABLE items ADD COLUMN size BIGINT;"))
		is(t, f.migrated(t, files("1.sql", first)), int64(0), "SELECT count(*) FROM items")
		is(t, f.db(t, stock), int64(2), "SELECT count(*) FROM instrument_migrations")
	}},
	{"files that are no migrations are all told", func(t *testing.T, f *fixture) {
		f.refused(t, bindings.Unknown, files("items.sql", first, "0_zero.sql", first, "1_a.sql", first, "x/01_b.sql", first, "2_empty.sql", "\n"),
			"the name of items.sql must begin with a number", "the name of 0_zero.sql", "01_b.sql and 1_a.sql must have different numbers",
			"2_empty.sql must not be empty")
		f.refused(t, bindings.Unknown, fstest.MapFS{}, "there must be a file *.sql")
	}},
	{"each tenant has its migrations", func(t *testing.T, f *fixture) {
		all := f.tenantsDB(t, sqldb.Migrations(files("1.sql", first, "2.sql", "INSERT INTO items (id, name) VALUES (1, 'a');")))
		for _, name := range []string{"acme", "globex", "acme"} {
			is(t, of(t, all, name), int64(1), "SELECT count(*) FROM items")
			is(t, of(t, all, name), int64(2), "SELECT count(*) FROM instrument_migrations")
		}
	}},
}
