package sqltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// What telemetry shows of a statement must have none of the values that are written in it.
func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT * FROM t WHERE a = 'secret' AND b=$1":                     "SELECT * FROM t WHERE a = ? AND b=$1",
		"select 'it''s secret', E'a\\'secret', x'5ec4e7', 12":             "select ?, ?, ?, ?",
		"select $$secret$$, $a$sec$$ret$a$, $1, $2":                       "select ?, ?, $1, $2",
		"-- secret\nSELECT /* secret /* deeper */ secret */ 1.5e-3 ,0xff": "SELECT ? ,?",
		"SELECT \"Odd name\", t1.c2 FROM t1 -- secret":                    "SELECT \"Odd name\", t1.c2 FROM t1",
		"SELECT 'secret":                   "SELECT ?",
		"SELECT $x$secret":                 "SELECT ?",
		"UPDATE t SET a=.5, b=:name, c=?2": "UPDATE t SET a=?, b=:name, c=?2",
		"":                                 "",
	} {
		if got := sqltext.Clean(text); got != want {
			t.Errorf("%q is\n\t%q, want\n\t%q", text, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT a FROM orders o JOIN items i ON i.o = o.id WHERE a = 'FROM x'":          "SELECT orders items",
		"insert into shop.orders (id) values ($1) on conflict (id) do update set n = 1": "INSERT shop.orders",
		"INSERT INTO a SELECT * FROM b":                                                 "INSERT a SELECT b",
		"UPDATE ONLY orders SET a = 1":                                                  "UPDATE orders",
		"DELETE FROM \"Odd name\" WHERE a IS DISTINCT FROM b":                           "DELETE \"Odd name\"",
		"WITH x AS (SELECT 1) SELECT * FROM x FOR UPDATE":                               "WITH SELECT SELECT x",
		"CREATE TABLE IF NOT EXISTS t (a int REFERENCES u ON DELETE CASCADE)":           "CREATE TABLE t",
		"CREATE UNIQUE INDEX i ON t (a)":                                                "CREATE INDEX i",
		"-- why\n BEGIN":                                                                "BEGIN",
		"SELECT * FROM (SELECT 1)":                                                      "SELECT SELECT",
		"COPY shop.orders (id, n) FROM STDIN BINARY":                                    "COPY shop.orders",
		"copy orders from program 'cat' with (format csv)":                              "COPY orders",
		"COPY (SELECT a FROM orders) TO STDOUT":                                         "COPY SELECT orders",
		"PRAGMA foreign_keys":                                                           "PRAGMA",
		"SELECT 1; DELETE FROM t":                                                       "SELECT",
		"  ":                                                                            "",
	} {
		if got := sqltext.Summary(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := sqltext.Summary("SELECT * FROM " + strings.Repeat("t, x JOIN abc ", 1000)); len(got) > 120 {
		t.Errorf("the summary has %d bytes", len(got))
	}
}

func TestStatements(t *testing.T) {
	script := "-- one; two\nCREATE TABLE t (a text);\n\n/* ; */ INSERT INTO t VALUES (';');;\nDO $$BEGIN x; END$$;\n-- end"
	var got []string
	for _, i := range sqltext.Statements(script) {
		got = append(got, script[i:i+6])
	}
	if diff := cmp.Diff([]string{"CREATE", "INSERT", "DO $$B"}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever text comes, it is read to its end.
func FuzzText(f *testing.F) {
	f.Add("SELECT $a$ 'x' -- y")
	f.Fuzz(func(t *testing.T, text string) {
		sqltext.Clean(text)
		sqltext.Summary(text)
		sqltext.Statements(text)
	})
}

// What begins or ends a transaction is a statement, not a word: bodies, names, strings and comments
// may have any. In the texts, § stands before each that does.
func TestTransactions(t *testing.T) {
	for _, marked := range []string{
		"",
		"§BEGIN; SELECT 1; §COMMIT;",
		"§begin transaction",
		"§START TRANSACTION",
		"SELECT 1;\n-- c;\n/* d; */ §commit",
		"§END", "§ABORT", "§ROLLBACK", "§ROLLBACK AND CHAIN", "§PREPARE TRANSACTION 'x'", "§COMMIT PREPARED 'x'",
		"ROLLBACK TO a; ROLLBACK WORK TO SAVEPOINT a; SAVEPOINT a; RELEASE a; PREPARE x AS SELECT 1",
		"SELECT 'x; COMMIT;'; SELECT $$; COMMIT$$",
		`CREATE TABLE "a; COMMIT" (n INT)`,
		`CREATE TABLE t (begin INT, "end" INT); §END`,
		"CREATE TABLE trigger (begin INT); §END",
		"DO $$ BEGIN PERFORM 1; COMMIT; END $$",
		"CREATE FUNCTION f() RETURNS int AS $b$ BEGIN RETURN 1; END; $b$ LANGUAGE plpgsql; §COMMIT",
		"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; §COMMIT",
		"CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC END; §END",
		"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET n = CASE WHEN n > 1 THEN 1 ELSE 2 END; DELETE FROM b; END; §COMMIT",
		"CREATE TEMP TRIGGER IF NOT EXISTS t BEFORE DELETE ON a WHEN new.n = 1 BEGIN SELECT RAISE(ROLLBACK, 'no'); END; SELECT 1",
		"CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); §COMMIT",
	} {
		var want []int
		text := ""
		for i, part := range strings.Split(marked, "§") {
			if i > 0 {
				want = append(want, len(text))
			}
			text += part
		}
		if diff := cmp.Diff(want, sqltext.Transactions(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", marked, diff)
		}
	}
}

// A body is part of its statement.
func TestStatementsWithBodies(t *testing.T) {
	text := "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; SELECT 2; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; SELECT 3"
	want := []int{0, strings.Index(text, "SELECT 2"), strings.Index(text, "CREATE FUNCTION"), strings.Index(text, "SELECT 3")}
	if diff := cmp.Diff(want, sqltext.Statements(text)); diff != "" {
		t.Error(diff)
	}
}
