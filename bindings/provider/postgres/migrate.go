package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/sqltext"
)

// script runs a script at once, as PostgreSQL takes it. How many statements were answered tells
// which has failed; the server's own word for where tells it better.
func script(ctx context.Context, conn driver.Conn, text string) (int, error) {
	session := conn.(*stdlib.Conn).Conn().PgConn()
	before := session.TxStatus()
	results := session.Exec(ctx, text)
	answered := 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			answered++
		}
	}
	err := results.Close()
	if err == nil {
		if status := session.TxStatus(); status != before {
			err = bindings.Errorf(bindings.FailedPrecondition, "a migration must not begin or end a transaction: it runs in one, in which it is noted")
		}
		return -1, err
	}
	starts := sqltext.Statements(text)
	if answered >= len(starts) {
		return -1, err
	}
	at := starts[answered]
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok && answer.Position > 0 {
		if i := offset(text, int(answer.Position)); i < at || answered+1 < len(starts) && i >= starts[answered+1] {
			at = lineBegin(text, i)
		}
	}
	return at, err
}

// offset returns where the nth letter of a text is, counted from 1, in bytes.
func offset(text string, n int) int {
	for i := range text {
		if n--; n == 0 {
			return i
		}
	}
	return len(text)
}

// lineBegin returns where the line of an offset begins.
func lineBegin(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

// concurrently is a statement that builds an index next to readers and writers, after Clean: its
// second group is the name of the index, the third that of the table.
var concurrently = regexp.MustCompile(`(?is)^CREATE (UNIQUE )?INDEX CONCURRENTLY (?:(?:IF NOT EXISTS )?((?:[^\s".]|"(?:[^"]|"")*")+) )?ON (?:ONLY )?([^\s(]+)`)

// resume prepares a statement that builds an index. One that was not finished is there and INVALID:
// nobody uses it, every write pays for it, and IF NOT EXISTS takes it for done. It is dropped, unless
// somebody is building it now. One that was begun and is valid need not be built again.
func resume(ctx context.Context, conn driver.Conn, statement string, begun bool) (done bool, err error) {
	parts := concurrently.FindStringSubmatch(sqltext.Clean(statement))
	if parts == nil {
		return false, nil
	}
	name, table := parts[2], parts[3]
	if name == "" {
		return false, bindings.Errorf(bindings.FailedPrecondition, "the index must have a name: one without cannot be found again when its building was interrupted")
	}
	db := conn.(*stdlib.Conn).Conn()
	var schema string
	var valid, building bool
	err = db.QueryRow(ctx, `SELECT n.nspname, i.indisvalid AND i.indisready, EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE t.oid = to_regclass($1) AND c.relname = $2`, table, unquoted(name)).Scan(&schema, &valid, &building)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for index %s: %w", name, err)
	case valid:
		return begun, nil
	case building:
		return false, bindings.Errorf(bindings.Unavailable, "the index %s is being built by somebody else", name)
	}
	if _, err := db.Exec(ctx, "DROP INDEX CONCURRENTLY "+pgx.Identifier{schema, unquoted(name)}.Sanitize()); err != nil {
		return false, fmt.Errorf("drop the INVALID index %s: %w", name, err)
	}
	return false, nil
}

// unquoted returns an identifier as the server keeps it.
func unquoted(name string) string {
	if !strings.HasPrefix(name, `"`) {
		return strings.ToLower(name)
	}
	return strings.ReplaceAll(strings.Trim(name, `"`), `""`, `"`)
}
