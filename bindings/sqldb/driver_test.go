package sqldb_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// errRefused is an error of the fake driver's that repeats a value.
var errRefused = errors.New("refused: secret")

// fake is a provider whose driver does nothing, and fails for the text "fail". It is its own
// connection.
type fake struct{ args []driver.NamedValue }

func (f *fake) Ping(context.Context) error                                   { return nil }
func (f *fake) Connect(context.Context) (driver.Conn, error)                 { return fakeConn{f}, nil }
func (f *fake) Driver() driver.Driver                                        { return nil }
func (f *fake) PrepareContext(context.Context, string) (driver.Stmt, error)  { return fakeStmt{f}, nil }
func (f *fake) Begin() (driver.Tx, error)                                    { return f, nil }
func (f *fake) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return f, nil }
func (f *fake) Commit() error                                                { return nil }
func (f *fake) Rollback() error                                              { return nil }
func (f *fake) ResetSession(context.Context) error                           { return nil }

func (f *fake) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if f.args = args; text == "fail" {
		return nil, errRefused
	}
	return driver.RowsAffected(1), nil
}

func (f *fake) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	_, err := f.ExecContext(ctx, text, args)
	return noRows{}, err
}

// fakeConn is the connection, whose Close is not that of the provider's.
type fakeConn struct{ *fake }

func (fakeConn) Close() error                          { return nil }
func (c fakeConn) Prepare(string) (driver.Stmt, error) { return fakeStmt(c), nil }

type fakeStmt struct{ *fake }

func (fakeStmt) Close() error                               { return nil }
func (fakeStmt) NumInput() int                              { return -1 }
func (fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errRefused }
func (fakeStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errRefused }
func (s fakeStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.fake.ExecContext(ctx, "", args)
}
func (s fakeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.fake.QueryContext(ctx, "", args)
}

type noRows struct{}

func (noRows) Columns() []string         { return nil }
func (noRows) Close() error              { return nil }
func (noRows) Next([]driver.Value) error { return io.EOF }

// fakePlatform is the connection that bindings has.
type fakePlatform struct{ *fake }

func (fakePlatform) Close(context.Context) error { return nil }
func (c fakePlatform) OpenSQL(context.Context, bindings.Space) (*sqldb.Store, error) {
	return &sqldb.Store{
		Abilities: sqldb.Abilities{Dialect: "fake"},
		Pool:      sqldb.Pool{MaxOpen: 1, MaxIdle: 1},
		Connector: c.fake,
		Code:      func(error) (bindings.ErrorCode, string) { return bindings.FailedPrecondition, "F0001" },
	}, nil
}

// open opens a database of the fake.
func open(t testing.TB) (*sql.DB, *fake) {
	t.Helper()
	f := &fake{}
	provider := &bindings.Provider{Name: "fake", Schemes: []string{"fake"}, Kinds: []bindings.Kind{bindings.SQL}, System: "fakedb",
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return fakePlatform{f}, nil }}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "stock", URL: (&url.URL{Scheme: "fake", Host: "db.internal:5432"}).String()}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	db, err := sqldb.Open(t.Context(), p, "stock")
	if err != nil {
		t.Fatal(err)
	}
	return db, f
}

// A statement is a client span, child of the caller's, with the conventions' attributes, and a
// point of the histogram.
func TestTelemetry(t *testing.T) {
	db, _ := open(t) // before the providers are installed
	spans, reader := recorded.Telemetry(t)
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	if _, err := db.ExecContext(ctx, "INSERT INTO items VALUES ('secret', $1)", "secret"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "fail"); !errors.Is(err, errRefused) || bindings.Code(err) != bindings.FailedPrecondition ||
		err.Error() != "query stock: failed precondition: refused: secret" {
		t.Errorf("the error is %v", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	common := map[string]string{"db.system.name": "fakedb", "db.namespace": "orders|stock", "server.address": "db.internal", "server.port": "5432"}
	for i, want := range []map[string]string{
		{"name": "INSERT items", "db.query.summary": "INSERT items", "db.query.text": "INSERT INTO items VALUES (?, $1)"},
		{"name": "FAIL", "db.query.summary": "FAIL", "db.query.text": "fail", "error.type": "failed_precondition", "db.response.status_code": "F0001"},
		{"name": "BEGIN", "db.operation.name": "BEGIN"},
		{"name": "COMMIT", "db.operation.name": "COMMIT"},
	} {
		span := spans.Ended()[i]
		got := recorded.Text(span.Attributes())
		got["name"] = span.Name()
		for k, v := range common {
			want[k] = v
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		failed := span.Status().Code == codes.Error
		if failed != (want["error.type"] != "") || span.Status().Description != want["error.type"] || len(span.Events()) > 0 ||
			span.SpanKind() != trace.SpanKindClient || span.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("span %s is %v, %v with events %v", span.Name(), span.SpanKind(), span.Status(), span.Events())
		}
	}
	counts := map[string]uint64{}
	for _, p := range points(t, reader) {
		attrs := recorded.Text(p.Attributes.ToSlice())
		counts[attrs["db.query.summary"]+attrs["db.operation.name"]+" "+attrs["error.type"]] = p.Count
	}
	if diff := cmp.Diff(map[string]uint64{"INSERT items ": 1, "FAIL failed_precondition": 1, "BEGIN ": 1, "COMMIT ": 1}, counts); diff != "" {
		t.Error(diff)
	}
}

func points(t *testing.T, reader *sdkmetric.ManualReader) []metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	m := data.ScopeMetrics[0].Metrics[0]
	if m.Name != "db.client.operation.duration" || m.Unit != "s" {
		t.Errorf("metric is %q in %q", m.Name, m.Unit)
	}
	return m.Data.(metricdata.Histogram[float64]).DataPoints
}

// A program that makes up names of tables must not make up series for ever.
func TestSeriesAreBounded(t *testing.T) {
	db, _ := open(t)
	_, reader := recorded.Telemetry(t)
	for i := range 2000 {
		name := []byte("SELECT a FROM t0000")
		for j, n := len(name)-1, i; n > 0; j, n = j-1, n/10 {
			name[j] = byte('0' + n%10)
		}
		if _, err := db.ExecContext(t.Context(), string(name)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(points(t, reader)); n > 510 {
		t.Errorf("there are %d series", n)
	}
}

// Times are sent in UTC, and the caller's arguments stay as they are.
func TestTimesAreUTC(t *testing.T) {
	db, f := open(t)
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("far", 9*3600))
	prepared, err := db.PrepareContext(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	for name, do := range map[string]func() error{
		"exec":     func() error { _, err := db.ExecContext(t.Context(), "", 1, at, at); return err },
		"prepared": func() error { _, err := prepared.ExecContext(t.Context(), 1, at, at); return err },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{1, 2} {
			if got := f.args[i].Value.(time.Time); got.Location() != time.UTC || !got.Equal(at) {
				t.Errorf("%s: argument %d is %v", name, i, got)
			}
		}
	}
}

// Where nobody listens a statement allocates no more than with the driver alone.
func TestAllocations(t *testing.T) {
	db, f := open(t)
	plain := sql.OpenDB(f)
	defer plain.Close()
	count := func(db *sql.DB) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := db.ExecContext(context.Background(), "UPDATE items SET n = 1"); err != nil {
				t.Fatal(err)
			}
		})
	}
	if own, other := count(db), count(plain); own > other {
		t.Errorf("%v allocations, and %v with the driver alone", own, other)
	}
}

// What recording costs: nothing without listeners.
func BenchmarkExec(b *testing.B) {
	db, f := open(b)
	plain := sql.OpenDB(f)
	defer plain.Close()
	for name, db := range map[string]*sql.DB{"driver": plain, "sqldb": db} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.ExecContext(b.Context(), "UPDATE items SET n = 1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
