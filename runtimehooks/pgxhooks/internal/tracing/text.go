package tracing

import (
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/instrumentgo/instrument/internal/sqltext"
)

// transaction returns what a statement does to a transaction, as pgx writes it: "BEGIN", "COMMIT",
// "ROLLBACK", and "" for others.
func transaction(text string) string {
	switch {
	case text == "begin", strings.HasPrefix(text, "begin "):
		return "BEGIN"
	case text == "commit":
		return "COMMIT"
	case text == "rollback":
		return "ROLLBACK"
	}
	return ""
}

// statement reports whether a text has a statement: pgx pings with a comment.
func statement(text string) bool { return len(sqltext.Statements(text)) > 0 }

// copyText returns the statement that copies rows to a table.
func copyText(table pgx.Identifier, columns []string) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = name(c)
	}
	parts := make([]string, len(table))
	for i, p := range table {
		parts[i] = name(p)
	}
	return "COPY " + strings.Join(parts, ".") + " (" + strings.Join(names, ", ") + ") FROM STDIN BINARY"
}

// name returns an identifier, quoted where it must be.
func name(text string) string {
	for i, c := range []byte(text) {
		if (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return pgx.Identifier{text}.Sanitize()
		}
	}
	return text
}
