package sqldbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/sqldb"
)

var declareCases = []testCase{
	{"a database tells its abilities", func(t *testing.T, f *fixture) {
		declared, ok := sqldb.AbilitiesOf(f.db(t, stock))
		if !ok || declared.Dialect == "" || !slices.Contains(declared.Placeholders, "$1") {
			t.Errorf("abilities are %+v, %v", declared, ok)
		}
		if _, ok := sqldb.AbilitiesOf(sql.OpenDB(nobody{})); ok {
			t.Error("a database of somebody else has none")
		}
	}},
	{"writers are side by side if they are declared so", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		exec(t, db, "INSERT INTO items (id, name) VALUES (1, 'a'), (2, 'b')")
		tx := begin(t, db)
		exec(t, tx, "UPDATE items SET n = 1 WHERE id = 1")
		declared, _ := sqldb.AbilitiesOf(db)
		limit := 500 * time.Millisecond
		if declared.ConcurrentWriters {
			limit = patience
		}
		ctx, cancel := context.WithTimeout(f.Ctx, limit)
		defer cancel()
		_, err := db.ExecContext(ctx, "UPDATE items SET n = 1 WHERE id = 2")
		if declared.ConcurrentWriters != (err == nil) {
			t.Errorf("declared %v, but the second writer got %v", declared.ConcurrentWriters, err)
		}
	}},
	{"an error ends a transaction if that is declared", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		tx := begin(t, db)
		exec(t, tx, "INSERT INTO items (id, name) VALUES (1, 'a')")
		fails(t, tx, bindings.AlreadyExists, "INSERT INTO items (id, name) VALUES (1, 'b')")
		_, err := tx.ExecContext(f.Ctx, "INSERT INTO items (id, name) VALUES (2, 'b')")
		if declared, _ := sqldb.AbilitiesOf(db); declared.AbortedByError != (err != nil) {
			t.Errorf("declared %v, but the next statement got %v", declared.AbortedByError, err)
		}
		if declared, _ := sqldb.AbilitiesOf(db); declared.AbortedByError {
			code(t, "commit", tx.Commit(), bindings.FailedPrecondition)
		} else if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		is(t, db, int64(0), "SELECT count(*) FROM items")
	}},
	{"types are strict if they are declared so", func(t *testing.T, f *fixture) {
		db := f.db(t, stock, items)
		_, err := db.ExecContext(f.Ctx, "INSERT INTO items (id, name, n) VALUES (1, 'a', 'no number')")
		if declared, _ := sqldb.AbilitiesOf(db); declared.StrictTypes != (err != nil) {
			t.Errorf("declared %v, but a text for a number got %v", declared.StrictTypes, err)
		}
	}},
	{"statements are recorded without values", func(t *testing.T, f *fixture) {
		rec := record(t)
		db := f.db(t, stock, items, "CREATE TABLE recorded (id BIGINT PRIMARY KEY, name TEXT)")
		exec(t, db, "INSERT INTO recorded (id, name) VALUES ($1, 'secret-literal')", 4711)
		fails(t, db, bindings.AlreadyExists, "INSERT INTO recorded (id, name) VALUES ($1, $2)", 4711, "secret-argument")
		tx := begin(t, db)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		spans := rec.of(f.Namespace + "|" + stock)
		for _, name := range []string{"INSERT recorded", "BEGIN", "ROLLBACK"} {
			if len(spans[name]) == 0 {
				t.Errorf("there is no span %q among %d", name, len(spans))
			}
		}
		all := strings.Join(slices.Concat(spans["INSERT recorded"]...), "\n")
		for _, want := range []string{"db.system.name=" + f.H.Provider.System, "db.query.summary=INSERT recorded", "error.type=already_exists",
			"db.query.text=INSERT INTO recorded (id, name) VALUES ($1, ?)"} {
			if !strings.Contains(all, want) {
				t.Errorf("spans must have %s:\n%s", want, all)
			}
		}
		if strings.Contains(all, "secret") || strings.Contains(all, "4711") {
			t.Errorf("spans must have no values:\n%s", all)
		}
	}},
}

// recorder keeps the attributes of spans: for each its texts.
type recorder struct {
	noop.TracerProvider
	mu    sync.Mutex
	spans []*span
}

// record installs a recorder, once for all cases that run at the same time.
func record(t *testing.T) *recorder {
	t.Helper()
	if now, ok := otel.GetTracerProvider().(*recorder); ok {
		return now
	}
	rec := &recorder{}
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(rec)
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	return rec
}

// of returns the spans of a db.namespace, by name.
func (r *recorder) of(namespace string) map[string][][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string][][]string{}
	for _, s := range r.spans {
		s.mu.Lock()
		if slices.Contains(s.texts, "db.namespace="+namespace) {
			all[s.name] = append(all[s.name], slices.Clone(s.texts))
		}
		s.mu.Unlock()
	}
	return all
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer { return &tracer{rec: r} }

type tracer struct {
	noop.Tracer
	rec *recorder
}

func (t *tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	s := &span{name: name}
	config := trace.NewSpanStartConfig(options...)
	s.SetAttributes(config.Attributes()...)
	t.rec.mu.Lock()
	defer t.rec.mu.Unlock()
	t.rec.spans = append(t.rec.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

type span struct {
	noop.Span
	name  string
	mu    sync.Mutex
	texts []string
}

func (s *span) IsRecording() bool { return true }

func (s *span) SetAttributes(attributes ...attribute.KeyValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range attributes {
		s.texts = append(s.texts, string(a.Key)+"="+a.Value.String())
	}
}

// nobody connects to nothing.
type nobody struct{}

func (nobody) Connect(context.Context) (driver.Conn, error) { return nil, bindings.Unavailable }
func (nobody) Driver() driver.Driver                        { return nil }
