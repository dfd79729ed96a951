package observe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/instrumentgo/instrument/internal/observe"
	"github.com/instrumentgo/instrument/internal/recorded"
)

// serverError is an error of a server, with its code in the way of drivers for PostgreSQL.
type serverError string

func (e serverError) Error() string    { return "the server says 'secret'" }
func (e serverError) SQLState() string { return string(e) }

// Statements, batches of them and commands are named as the conventions say, and have no literals.
func TestQueries(t *testing.T) {
	client := observe.New(observe.Target{System: "postgresql"})
	same := make([]string, 300)
	for i := range same {
		same[i] = "INSERT INTO orders VALUES ($1)"
	}
	long := make([]string, 300)
	for i := range long {
		long[i] = fmt.Sprintf("INSERT INTO orders VALUES ($%d, 'secret')", i)
	}
	for name, c := range map[string]struct {
		begin func(context.Context) (context.Context, observe.Query)
		err   error
		want  map[string]string // also the span's name
	}{
		"batch of one": {func(ctx context.Context) (context.Context, observe.Query) {
			return client.BeginBatch(ctx, []string{"SELECT 'secret' FROM orders"})
		}, nil, map[string]string{"name": "SELECT orders", "db.query.summary": "SELECT orders", "db.query.text": "SELECT ? FROM orders"}},
		"batch of the same": {func(ctx context.Context) (context.Context, observe.Query) { return client.BeginBatch(ctx, same) }, nil, map[string]string{
			"name": "BATCH INSERT orders", "db.query.summary": "BATCH INSERT orders", "db.query.text": "INSERT INTO orders VALUES ($1)", "db.operation.batch.size": "300"}},
		"batch": {func(ctx context.Context) (context.Context, observe.Query) {
			return client.BeginBatch(ctx, []string{"SELECT 'secret' FROM a", "DELETE FROM b"})
		}, serverError("42P01"), map[string]string{"name": "BATCH", "db.query.summary": "BATCH", "db.query.text": "SELECT ? FROM a; DELETE FROM b",
			"db.operation.batch.size": "2", "error.type": "42P01", "db.response.status_code": "42P01"}},
		"long batch": {func(ctx context.Context) (context.Context, observe.Query) { return client.BeginBatch(ctx, long) }, nil, map[string]string{
			"name": "BATCH INSERT orders", "db.query.summary": "BATCH INSERT orders", "db.query.text": "cut", "db.operation.batch.size": "300"}},
		"command": {func(ctx context.Context) (context.Context, observe.Query) {
			return client.BeginOperation(ctx, "GET", 1)
		}, context.Canceled,
			map[string]string{"name": "GET", "db.operation.name": "GET", "error.type": "canceled"}},
		"pipeline": {func(ctx context.Context) (context.Context, observe.Query) {
			return client.BeginOperation(ctx, "PIPELINE", 7)
		},
			fmt.Errorf("late: %w", context.DeadlineExceeded),
			map[string]string{"name": "PIPELINE", "db.operation.name": "PIPELINE", "db.operation.batch.size": "7", "error.type": "timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			spans, _ := recorded.Telemetry(t)
			_, q := c.begin(t.Context())
			q.End(c.err, observe.SQLState(c.err))
			span := spans.Ended()[0]
			got := recorded.Text(span.Attributes())
			got["name"] = span.Name()
			c.want["db.system.name"] = "postgresql"
			if text := got["db.query.text"]; c.want["db.query.text"] == "cut" && len(text) > 1000 && len(text) < 2048 && strings.HasSuffix(text, ", ?)") {
				got["db.query.text"] = "cut"
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if text := fmt.Sprint(span.Attributes(), span.Status()); strings.Contains(text, "secret") {
				t.Errorf("the span shows %s", text)
			}
		})
	}
}

// What a program makes up, tables or commands, makes no more series than can be kept.
func TestSeriesAreBounded(t *testing.T) {
	_, reader := recorded.Telemetry(t)
	client := observe.New(observe.Target{System: "redis"})
	for i := range 2000 {
		_, q := client.BeginQuery(t.Context(), "", fmt.Sprintf("SELECT a FROM t%d", i))
		q.End(nil, "")
		_, q = client.BeginOperation(t.Context(), fmt.Sprintf("MADE%d", i), 1)
		q.End(errors.New("no"), fmt.Sprintf("UP%d", i))
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	points, all := data.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints, uint64(0)
	for _, p := range points {
		all += p.Count
	}
	if len(points) > 1010 || len(points) < 500 || all != 4000 {
		t.Errorf("there are %d points, of %d operations", len(points), all)
	}
}

// A program that writes values into its statements does not fill the memory, and has them recorded
// all the same; one that repeats a statement pays for its summary once.
func TestStatementsAreKept(t *testing.T) {
	spans, _ := recorded.Telemetry(t)
	client := observe.New(observe.Target{System: "sqlite"})
	run := func(text string) map[string]string {
		_, q := client.BeginQuery(t.Context(), "", text)
		q.End(nil, "")
		span := spans.Ended()[0]
		spans.Reset()
		return recorded.Text(span.Attributes())
	}
	want := map[string]string{"db.system.name": "sqlite", "db.query.summary": "SELECT orders", "db.query.text": "SELECT ? FROM orders"}
	for i := range 1500 {
		if diff := cmp.Diff(want, run(fmt.Sprintf("SELECT %d FROM orders", i))); diff != "" {
			t.Fatal(diff)
		}
	}
	if diff := cmp.Diff(want, run("SELECT '"+strings.Repeat("x", 10000)+"' FROM orders")); diff != "" {
		t.Fatal(diff)
	}
	known, unknown := "SELECT 1 FROM orders", "SELECT 1499 FROM orders"
	cost := func(text string) float64 {
		otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))
		return testing.AllocsPerRun(100, func() {
			_, q := client.BeginQuery(context.Background(), "", text)
			q.End(nil, "")
		})
	}
	if cheap, dear := cost(known), cost(unknown); cheap >= dear {
		t.Errorf("a statement that is kept costs %v allocations, another %v", cheap, dear)
	}
}
