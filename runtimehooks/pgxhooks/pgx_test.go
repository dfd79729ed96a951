package pgxhooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/recorded"
)

const (
	address = "127.0.0.1:5432"
	url     = "postgres://postgres@" + address + "/test"
)

// needServer skips a test where there is no server, and says so.
func needServer(t *testing.T) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no PostgreSQL at %s", address)
	}
	c.Close()
}

// connect makes a connection, with a table "orders" that is its own.
func connect(t *testing.T, with ...func(*pgx.ConnConfig)) *pgx.Conn {
	needServer(t)
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range with {
		f(config)
	}
	c, err := ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	if _, err := c.Exec(t.Context(), "CREATE TEMP TABLE orders (id int PRIMARY KEY, name text)"); err != nil {
		t.Fatal(err)
	}
	return c
}

// spansOf returns the name and type of error of each span, and forgets them.
func spansOf(spans *tracetest.SpanRecorder) (all []string) {
	for _, s := range spans.Ended() {
		text := s.Name()
		if kind := recorded.Text(s.Attributes())["error.type"]; kind != "" {
			text += " " + kind
		}
		all = append(all, text)
	}
	spans.Reset()
	return all
}

// A statement has a span below the caller's, with what the conventions ask for and no value.
func TestSpan(t *testing.T) {
	spans, reader := recorded.Telemetry(t)
	c := connect(t)
	spans.Reset()
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	for range 2 { // the second breaks the key
		c.Exec(ctx, "INSERT INTO orders VALUES ($1, 'secret')", 1)
	}
	parent.End()
	ended := spans.Ended()
	want := map[string]string{"db.system.name": "postgresql", "db.namespace": "test", "db.query.summary": "INSERT orders",
		"db.query.text": "INSERT INTO orders VALUES ($1, ?)", "server.address": "127.0.0.1", "server.port": "5432"}
	if diff := cmp.Diff(want, recorded.Text(ended[0].Attributes())); diff != "" {
		t.Error(diff)
	}
	want["error.type"], want["db.response.status_code"] = "23505", "23505"
	if diff := cmp.Diff(want, recorded.Text(ended[1].Attributes())); diff != "" {
		t.Error(diff)
	}
	for _, s := range ended[:2] {
		if s.SpanKind() != trace.SpanKindClient || s.Parent().SpanID() != parent.SpanContext().SpanID() {
			t.Errorf("span %s is a %v below %v", s.Name(), s.SpanKind(), s.Parent())
		}
		if text := fmt.Sprint(s.Attributes(), s.Events(), s.Status()); strings.Contains(text, "secret") {
			t.Errorf("span %s shows %s", s.Name(), text)
		}
	}
	if got := recorded.Counts(t, reader, "db.client.operation.duration", "db.query.summary", "error.type"); !slices.Equal(got,
		[]string{"CREATE TABLE orders: 1", "INSERT orders 23505: 1", "INSERT orders: 1"}) {
		t.Errorf("points are %q", got)
	}
}

// One span is one statement, batch or COPY, whatever pgx does for it; it lasts to the end of the rows.
func TestNames(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	c := connect(t)
	spans.Reset()
	ctx := t.Context()
	for _, step := range []struct {
		do   func() error
		want []string
	}{
		{func() error { return c.Ping(ctx) }, nil},
		{func() error { var n int; return c.QueryRow(ctx, "SELECT id FROM orders WHERE id = $1", 404).Scan(&n) }, []string{"SELECT orders"}}, // pgx.ErrNoRows
		{func() error { _, err := c.Query(ctx, "SELECT nothing FROM orders"); return err }, []string{"SELECT orders 42703"}},
		{func() error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "DELETE FROM orders"); return err })
		}, []string{"BEGIN", "DELETE orders", "COMMIT"}},
		{func() error {
			tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable})
			return errors.Join(err, tx.Rollback(ctx))
		}, []string{"BEGIN", "ROLLBACK"}},
		{func() error {
			_, err := c.CopyFrom(ctx, pgx.Identifier{"orders"}, []string{"id", "name"}, pgx.CopyFromRows([][]any{{1, "a"}, {2, "b"}}))
			return err
		}, []string{"COPY orders"}},
		{func() error {
			_, err := c.CopyFrom(ctx, pgx.Identifier{"Odd name"}, []string{"id"}, pgx.CopyFromRows(nil))
			return err
		}, []string{`COPY "Odd name" 42P01`}},
		{func() error { _, err := c.Prepare(ctx, "one", "SELECT name FROM orders WHERE id = $1"); return err }, []string{"PREPARE"}},
		{func() error { _, err := c.Prepare(ctx, "none", "SELECT from from"); return err }, []string{"PREPARE 42601"}},
		{func() error { var s string; return c.QueryRow(ctx, "one", 1).Scan(&s) }, []string{"SELECT orders"}},
		{func() error {
			var b pgx.Batch
			b.Queue("UPDATE orders SET name = $1", "x")
			b.Queue("one", 1)
			return c.SendBatch(ctx, &b).Close()
		}, []string{"BATCH"}},
		{func() error {
			var b pgx.Batch
			b.Queue("UPDATE orders SET name = $1 WHERE id = 1", "x")
			b.Queue("UPDATE orders SET id = 1")
			return c.SendBatch(ctx, &b).Close()
		}, []string{"BATCH UPDATE orders 23505"}},
		{func() error { var b pgx.Batch; b.Queue("one", 1); return c.SendBatch(ctx, &b).Close() }, []string{"SELECT orders"}},
	} {
		err := step.do()
		if got := spansOf(spans); !slices.Equal(got, step.want) {
			t.Errorf("spans are %q, want %q (%v)", got, step.want, err)
		}
	}
	rows, err := c.Query(ctx, "SELECT id FROM orders")
	if err != nil || len(spansOf(spans)) != 0 {
		t.Errorf("the span has ended before the rows, %v", err)
	}
	rows.Close()
	if got := spansOf(spans); !slices.Equal(got, []string{"SELECT orders"}) {
		t.Errorf("spans are %q", got)
	}
	ended, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	<-ended.Done()
	c.Exec(ended, "SELECT 1")
	if got := spansOf(spans); !slices.Equal(got, []string{"SELECT timeout"}) {
		t.Errorf("spans are %q", got)
	}
}

// A pool is recorded by both of its makers, and the time that a caller waits for a connection is
// seen; what the pool does in advance is nobody's.
func TestPool(t *testing.T) {
	needServer(t)
	spans, _ := recorded.Telemetry(t)
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	one, err1 := NewPool(t.Context(), url)
	two, err2 := NewPoolWithConfig(t.Context(), config)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if config.ConnConfig.Tracer != nil {
		t.Error("the program's configuration has changed")
	}
	ctx, parent := otel.Tracer("test").Start(t.Context(), "parent")
	defer parent.End()
	for _, pool := range []*pgxpool.Pool{one, two} {
		defer pool.Close()
		if _, err := pool.Exec(ctx, "SELECT 1"); err != nil {
			t.Fatal(err)
		}
		if got := spansOf(spans); !slices.Equal(got, []string{"CONNECT", "SELECT"}) {
			t.Errorf("spans are %q", got)
		}
	}
	if _, err := Connect(ctx, url+"-none"); err == nil {
		t.Error("there is no such database")
	}
	if _, err := ConnectWithOptions(ctx, url+"-none", pgx.ParseConfigOptions{}); err == nil {
		t.Error("there is no such database")
	}
	if got := spansOf(spans); !slices.Equal(got, []string{"CONNECT 3D000", "CONNECT 3D000"}) {
		t.Errorf("spans are %q", got)
	}
	for _, make := range []func() error{
		func() error { _, err := Connect(ctx, "port=x"); return err },
		func() error { _, err := ConnectWithOptions(ctx, "port=x", pgx.ParseConfigOptions{}); return err },
		func() error { _, err := NewPool(ctx, "port=x"); return err },
	} {
		var parse *pgconn.ParseConfigError
		if err := make(); !errors.As(err, &parse) {
			t.Errorf("the error is %v", err)
		}
	}
}

// counter is a program's own tracer, which pgx asks for all that it can do.
type counter struct{ queries, batches, acquired int }

func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) { c.queries++ }
func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     { c.batches++ }
func (c *counter) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return ctx
}
func (c *counter) TraceAcquireEnd(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireEndData) {
	c.acquired++
}

// The program's own tracer is told what it was told, by connections and by pools.
func TestOwnTracer(t *testing.T) {
	needServer(t)
	spans, _ := recorded.Telemetry(t)
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	own := &counter{}
	config.ConnConfig.Tracer = own
	pool, err := NewPoolWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var b pgx.Batch
	b.Queue("SELECT 1")
	b.Queue("SELECT 2")
	if _, err := pool.Exec(t.Context(), "SELECT 3"); err != nil {
		t.Fatal(err)
	}
	if err := pool.SendBatch(t.Context(), &b).Close(); err != nil {
		t.Fatal(err)
	}
	if *own != (counter{1, 1, 2}) {
		t.Errorf("the program's tracer has counted %+v", *own)
	}
	if got := spansOf(spans); !slices.Equal(got, []string{"SELECT", "BATCH SELECT"}) {
		t.Errorf("spans are %q", got)
	}
}
