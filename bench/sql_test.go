package bench

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"runtime"
	"testing"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/instrumentgo/instrument/runtimehooks/sqlhooks"
)

// sqlContender opens databases.
type sqlContender struct {
	name string
	open func(driver.Connector) *sql.DB
}

// The contenders for database/sql: without telemetry, with what the tool has programs call, and
// with otelsql, as little of it as a program may ask for: a span and a point for each statement.
var (
	plainSQL = sqlContender{"plain", sql.OpenDB}
	wovenSQL = sqlContender{"woven", sqlhooks.OpenDB}
	otelSQL  = sqlContender{"otelsql", func(c driver.Connector) *sql.DB {
		return otelsql.OpenDB(c, otelsql.WithAttributes(semconv.DBSystemNameOtherSQL), otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true, OmitConnectorConnect: true, OmitConnPrepare: true, OmitRows: true,
		}))
	}}
)

// idle is a database whose statements all return one row, at once.
type idle struct{}

func (idle) Connect(context.Context) (driver.Conn, error) { return idle{}, nil }
func (idle) Driver() driver.Driver                        { return idle{} }
func (idle) Open(string) (driver.Conn, error)             { return idle{}, nil }
func (idle) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (idle) Close() error                                 { return nil }
func (idle) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (idle) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}
func (idle) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return new(row), nil
}

// row is a result of one row.
type row struct{ read bool }

func (*row) Columns() []string { return []string{"name"} }
func (*row) Close() error      { return nil }
func (r *row) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read = true
	dest[0] = "tea"
	return nil
}

// statement is one that a service may have.
const statement = "SELECT o.name FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = $1 AND o.state = 'placed'"

func query(tb testing.TB, db *sql.DB) {
	var name string
	if err := db.QueryRowContext(context.Background(), statement, 7).Scan(&name); err != nil || name != "tea" {
		tb.Fatal(name, err)
	}
}

// BenchmarkSQL measures queries of one row.
func BenchmarkSQL(b *testing.B) {
	needOn(b)
	for _, t := range tracings() {
		for _, c := range []sqlContender{plainSQL, wovenSQL, otelSQL} {
			b.Run("trace="+t.name+"/by="+c.name, func(b *testing.B) {
				install(b, t.provider())
				db := c.open(idle{})
				defer db.Close()
				query(b, db)
				b.ReportAllocs()
				b.ResetTimer()
				start := cpuTime(b)
				for b.Loop() {
					query(b, db)
				}
				b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// TestSQLAllocations says that a woven query allocates less than one under otelsql.
func TestSQLAllocations(t *testing.T) {
	needOn(t)
	for _, tr := range tracings() {
		t.Run(tr.name, func(t *testing.T) {
			install(t, tr.provider())
			read := func(c sqlContender) cost {
				db := c.open(idle{})
				defer db.Close()
				query(t, db)
				const calls = 300
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				for range calls {
					query(t, db)
				}
				runtime.ReadMemStats(&after)
				return cost{float64(after.TotalAlloc-before.TotalAlloc) / calls, float64(after.Mallocs-before.Mallocs) / calls}
			}
			plain, woven, contrib := read(plainSQL), read(wovenSQL), read(otelSQL)
			t.Logf("beyond %.0f bytes in %.1f objects: woven %.0f in %.1f, otelsql %.0f in %.1f", plain.bytes, plain.objects,
				woven.bytes-plain.bytes, woven.objects-plain.objects, contrib.bytes-plain.bytes, contrib.objects-plain.objects)
			if woven.objects >= contrib.objects || woven.bytes >= contrib.bytes {
				t.Errorf("woven allocates %.0f bytes in %.1f objects, otelsql %.0f in %.1f", woven.bytes, woven.objects, contrib.bytes, contrib.objects)
			}
		})
	}
}
