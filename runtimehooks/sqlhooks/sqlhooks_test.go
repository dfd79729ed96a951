package sqlhooks

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The drivers of the tests log what they are asked for. bare has no optional interface, skipping
// leaves what has arguments to prepared statements, full has them all.
type (
	bare     struct{ log *[]string }
	skipping struct{ *bare }
	full     struct{ *bare }
	stmtOf   struct {
		c    *bare
		text string
	}
	converting struct{ stmtOf }
	rows       struct{ left int }
)

func (c *bare) note(format string, args ...any) {
	*c.log = append(*c.log, fmt.Sprintf(format, args...))
}

func (c *bare) Prepare(text string) (driver.Stmt, error) {
	c.note("prepare %s", text)
	if strings.Contains(text, "converted") {
		return converting{stmtOf{c, text}}, nil
	}
	return stmtOf{c, text}, nil
}
func (c *bare) Close() error              { c.note("close"); return nil }
func (c *bare) Begin() (driver.Tx, error) { c.note("begin"); return c, nil }
func (c *bare) Commit() error             { c.note("commit"); return nil }
func (c *bare) Rollback() error           { c.note("rollback"); return errors.New("no transaction of 'Ada'") }

func (c skipping) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) > 0 {
		return nil, driver.ErrSkip
	}
	c.note("exec %s", text)
	return driver.RowsAffected(1), nil
}

func (c full) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.note("exec %s %v", text, args)
	return driver.RowsAffected(2), nil
}
func (c full) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.note("query %s %v", text, args)
	if strings.Contains(text, "missing") {
		return nil, errors.New("no table missing")
	}
	return &rows{1}, nil
}
func (c full) BeginTx(_ context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.note("begin %v", o)
	return c, nil
}
func (c full) Ping(context.Context) error         { c.note("ping"); return nil }
func (c full) ResetSession(context.Context) error { return nil }
func (c full) IsValid() bool                      { return true }
func (c full) CheckNamedValue(v *driver.NamedValue) error {
	if s, ok := v.Value.(fmt.Stringer); ok {
		v.Value = s.String()
		return nil
	}
	return driver.ErrSkip
}

func (s stmtOf) Close() error  { return nil }
func (s stmtOf) NumInput() int { return -1 }
func (s stmtOf) Exec(args []driver.Value) (driver.Result, error) {
	s.c.note("exec prepared %s %v", s.text, args)
	return driver.RowsAffected(3), nil
}
func (s stmtOf) Query(args []driver.Value) (driver.Rows, error) {
	s.c.note("query prepared %s %v", s.text, args)
	return &rows{1}, nil
}

type upper struct{}

func (upper) ConvertValue(v any) (driver.Value, error)       { return strings.ToUpper(fmt.Sprint(v)), nil }
func (converting) ColumnConverter(int) driver.ValueConverter { return upper{} }

func (*rows) Columns() []string { return []string{"n"} }
func (*rows) Close() error      { return nil }
func (r *rows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0] = int64(7)
	return nil
}

// drv is a driver of one of the kinds.
type drv struct {
	kind string
	log  *[]string
}

func (d drv) Open(string) (driver.Conn, error) {
	c := &bare{d.log}
	switch d.kind {
	case "skipping":
		return skipping{c}, nil
	case "full":
		return full{c}, nil
	}
	return c, nil
}

// use does all that a program does with a database, and returns what it sees.
func use(db *sql.DB) (seen []string) {
	ctx := context.Background()
	see := func(what string, v any, err error) { seen = append(seen, fmt.Sprint(what, " ", v, " ", err)) }
	affected := func(r sql.Result, err error) {
		if err != nil {
			see("exec", nil, err)
			return
		}
		n, err := r.RowsAffected()
		see("exec", n, err)
	}
	affected(db.ExecContext(ctx, "CREATE TABLE orders (id int)"))
	affected(db.ExecContext(ctx, "UPDATE orders SET n = ? WHERE id = 'secret'", 1))
	affected(db.Exec("INSERT INTO converted VALUES (?)", "x"))
	affected(db.Exec("INSERT INTO orders VALUES (:n)", sql.Named("n", 1)))
	affected(db.Exec("INSERT INTO orders VALUES (?)", stringer{}))
	var n int
	see("row", n, db.QueryRow("SELECT n FROM orders WHERE id = ?", 5).Scan(&n))
	see("row", n, db.QueryRow("SELECT n FROM missing").Scan(&n))
	stmt, err := db.PrepareContext(ctx, "SELECT n FROM orders")
	see("prepare", err, nil)
	see("statement", n, stmt.QueryRow().Scan(&n))
	stmt.Close()
	tx, err := db.BeginTx(ctx, nil)
	see("begin", err, nil)
	affected(tx.Exec("DELETE FROM orders"))
	see("commit", tx.Commit(), nil)
	_, err = db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	see("isolation", err != nil, err)
	see("ping", db.Ping(), nil)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = db.ExecContext(ended, "SELECT 1")
	see("cancelled", err, nil)
	tx, err = db.Begin()
	see("begin", err, nil)
	see("rollback", tx.Rollback(), nil)
	see("driver", fmt.Sprintf("%T", db.Driver()), nil)
	conn, err := db.Conn(ctx)
	see("conn", err, nil)
	see("raw", nil, ConnRaw(conn, func(c any) error { return fmt.Errorf("%T", c) }))
	conn.Close()
	see("close", db.Close(), nil)
	return seen
}

type stringer struct{}

func (stringer) String() string { return "a stringer" }

// A wrapped driver does what it did, whatever optional interfaces it has.
func TestSame(t *testing.T) {
	record := recorder(t)
	for _, kind := range []string{"bare", "skipping", "full"} {
		t.Run(kind, func(t *testing.T) {
			var plain, wrapped []string
			want := use(sql.OpenDB(dsnConnector{"", drv{kind, &plain}}))
			got := use(OpenDB(dsnConnector{"", drv{kind, &wrapped}}))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the program sees something else (-plain +wrapped):\n%s", diff)
			}
			if diff := cmp.Diff(plain, wrapped); diff != "" {
				t.Errorf("the driver is asked for something else (-plain +wrapped):\n%s", diff)
			}
			names := map[string]int{}
			for _, s := range record.spans.Ended() {
				names[s.Name()]++
				if s.SpanKind() != trace.SpanKindClient || strings.Contains(fmt.Sprint(s.Attributes(), s.Status()), "secret") ||
					strings.Contains(fmt.Sprint(s.Attributes(), s.Status()), "Ada") {
					t.Errorf("span %s is %v with %v, %v", s.Name(), s.SpanKind(), s.Attributes(), s.Status())
				}
			}
			for _, name := range []string{"CREATE TABLE orders", "UPDATE orders", "SELECT missing", "SELECT orders", "DELETE orders", "BEGIN", "COMMIT", "ROLLBACK"} {
				if want := map[string]int{"SELECT orders": 2, "BEGIN": 3}[name]; names[name] != max(want, 1) && !(name == "BEGIN" && names[name] == 2) {
					t.Errorf("%d spans %s, of %v", names[name], name, names)
				}
			}
			record.spans.Reset()
		})
	}
}

type recording struct {
	spans  *tracetest.SpanRecorder
	reader *sdkmetric.ManualReader
}

func recorder(t *testing.T) recording {
	r := recording{tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()}
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r.spans)))
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(r.reader)))
	t.Cleanup(func() {
		otel.SetTracerProvider(tracenoop.NewTracerProvider())
		otel.SetMeterProvider(metricnoop.NewMeterProvider())
	})
	return r
}

// Spans and measurements are below the caller's span, and say what failed.
func TestTelemetry(t *testing.T) {
	record := recorder(t)
	var log []string
	db := OpenDB(dsnConnector{"", drv{"full", &log}})
	defer db.Close()
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	if _, err := db.QueryContext(ctx, "SELECT n FROM missing WHERE name = 'Ada'"); err == nil {
		t.Fatal("the table is missing")
	}
	parent.End()
	span := record.spans.Ended()[0]
	attrs := map[string]string{}
	for _, kv := range span.Attributes() {
		attrs[string(kv.Key)] = kv.Value.String()
	}
	want := map[string]string{
		"db.system.name": "other_sql", "db.query.summary": "SELECT missing", "db.query.text": "SELECT n FROM missing WHERE name = ?", "error.type": "_OTHER",
	}
	if diff := cmp.Diff(want, attrs); diff != "" || span.Parent().SpanID() != parent.SpanContext().SpanID() {
		t.Errorf("span %s: %s", span.Name(), diff)
	}
	var all metricdata.ResourceMetrics
	if err := record.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if name := all.ScopeMetrics[0].Metrics[0].Name; name != "db.client.operation.duration" {
		t.Errorf("the histogram is %s", name)
	}
}

// A connector that is wrapped, by us or by others, is not wrapped again, and one that is to be
// closed is closed.
func TestOpenDB(t *testing.T) {
	var log []string
	inner := closing{dsnConnector{"", drv{"full", &log}}, &log}
	first := &closingConnector{&connector{Connector: inner}, inner}
	db := OpenDB(first)
	db.Close()
	if strings.Join(log, " ") != "closed" {
		t.Errorf("log is %q", log)
	}
	if _, err := Open("no such driver", ""); err == nil || !strings.Contains(err.Error(), "unknown driver") {
		t.Errorf("the error is %v", err)
	}
}

type closing struct {
	dsnConnector
	log *[]string
}

func (c closing) Close() error { *c.log = append(*c.log, "closed"); return nil }

// The system is known by the driver.
func TestSystems(t *testing.T) {
	if got := systemOf(drv{}); got != "other_sql" {
		t.Errorf("the tests' driver is %q", got)
	}
}

// Switched off, the pack leaves the driver's connections as they are.
func TestOff(t *testing.T) {
	t.Cleanup(process.SetOff(true))
	var log []string
	sql.Register("off", drv{"full", &log})
	opened, err := Open("off", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, db := range map[string]*sql.DB{"Open": opened, "OpenDB": OpenDB(dsnConnector{"", drv{"full", &log}})} {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Raw(func(c any) error {
			if _, own := c.(full); !own {
				t.Errorf("%s: the connection is a %T, want the driver's own", name, c)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		conn.Close()
		db.Close()
	}
}
