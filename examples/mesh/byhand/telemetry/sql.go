package telemetry

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/attribute"
)

// OpenSQLite is sql.Open, with a span for each statement.
func OpenSQLite(file string) (*sql.DB, error) {
	return otelsql.Open("sqlite", file,
		otelsql.WithAttributes(attribute.String("db.system.name", "sqlite")),
		otelsql.WithSpanNameFormatter(func(_ context.Context, _ otelsql.Method, query string) string { return summary(query) }),
		otelsql.WithAttributesGetter(func(_ context.Context, _ otelsql.Method, query string, _ []driver.NamedValue) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("db.query.summary", summary(query))}
		}),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true,
			OmitConnectorConnect: true,
			OmitRows:             true,
			DisableErrSkip:       true,
		}))
}

// operation finds what a statement does to which table, in those that the services have.
var operation = regexp.MustCompile(`^(SELECT|INSERT|UPDATE|CREATE TABLE)\b(?:.*? FROM| INTO| IF NOT EXISTS)? (\w+)`)

// summary names a statement by that.
func summary(query string) string {
	if m := operation.FindStringSubmatch(query); m != nil {
		return m[1] + " " + m[2]
	}
	return "sqlite"
}
