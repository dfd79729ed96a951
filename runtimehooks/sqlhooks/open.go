package sqlhooks

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"reflect"
	"strings"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Open is sql.Open, with a span for each statement.
func Open(driverName, dataSourceName string) (*sql.DB, error) {
	db, err := sql.Open(driverName, dataSourceName)
	if err != nil || process.Off() {
		return db, err
	}
	d := db.Driver()
	if err := db.Close(); err != nil { // it has no connection yet; it only was the way to the driver
		return nil, err
	}
	if d, ok := d.(driver.DriverContext); ok {
		c, err := d.OpenConnector(dataSourceName)
		if err != nil {
			return nil, err
		}
		return OpenDB(c), nil
	}
	return OpenDB(dsnConnector{dataSourceName, d}), nil
}

// OpenDB is sql.OpenDB, with a span for each statement.
func OpenDB(c driver.Connector) *sql.DB {
	switch c := c.(type) {
	case *connector, *closingConnector:
		return sql.OpenDB(c)
	case observe.Recorded: // by the pack of the driver
		return sql.OpenDB(c.Connector)
	}
	if process.Off() || strings.HasPrefix(reflect.TypeOf(c).String(), "otelsql.") { // it writes spans itself
		return sql.OpenDB(c)
	}
	wrapped := &connector{c, observe.New(observe.Target{System: systemOf(c.Driver())})}
	if closer, ok := c.(io.Closer); ok {
		return sql.OpenDB(&closingConnector{wrapped, closer})
	}
	return sql.OpenDB(wrapped)
}

// ConnRaw is (*sql.Conn).Raw: f gets the driver's own connection.
func ConnRaw(c *sql.Conn, f func(driverConn any) error) error {
	return c.Raw(func(driverConn any) error {
		if ours, ok := driverConn.(interface{ driverConn() driver.Conn }); ok {
			driverConn = ours.driverConn()
		}
		return f(driverConn)
	})
}

// systems are the names of database systems by a part of the import path of their driver.
var systems = []struct{ path, name string }{
	{"pgx", "postgresql"}, {"lib/pq", "postgresql"}, {"pgdriver", "postgresql"}, {"cloudsqlconn/postgres", "postgresql"},
	{"go-sql-driver/mysql", "mysql"}, {"sqlite", "sqlite"}, {"mssqldb", "microsoft.sql_server"}, {"denisenkom", "microsoft.sql_server"},
	{"godror", "oracle.db"}, {"go-ora", "oracle.db"}, {"clickhouse", "clickhouse"}, {"duckdb", "duckdb"}, {"snowflake", "snowflake"},
	{"spanner", "gcp.spanner"}, {"bigquery", "gcp.bigquery"}, {"trino", "trino"}, {"cockroach", "cockroachdb"},
}

// systemOf returns the db.system.name of a driver's databases, "other_sql" if it is not known.
func systemOf(d driver.Driver) string {
	t := reflect.TypeOf(d)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t != nil {
		for _, s := range systems {
			if strings.Contains(t.PkgPath(), s.path) {
				return s.name
			}
		}
	}
	return "other_sql"
}

// dsnConnector is the connector of a driver that has none, as database/sql has it.
type dsnConnector struct {
	dsn    string
	driver driver.Driver
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c dsnConnector) Driver() driver.Driver                        { return c.driver }

// connector wraps the connections of another.
type connector struct {
	driver.Connector
	watch *observe.Client
}

// Connect implements [driver.Connector].
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return wrap(inner, c.watch), nil
}

// closingConnector is a connector that the database closes.
type closingConnector struct {
	*connector
	io.Closer
}
