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
