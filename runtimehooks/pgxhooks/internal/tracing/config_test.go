package tracing

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"

	"github.com/instrumentgo/instrument/internal/observe"
)

// plain is a tracer that writes no spans.
type plain struct{}

func (plain) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (plain) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// embedding is a tracer that embeds one that does.
type embedding struct{ *tracer }

// A configuration whose tracer writes spans keeps it, wherever that is.
func TestRecords(t *testing.T) {
	others = append(others, "github.com/instrumentgo/instrument/runtimehooks/pgxhooks/internal/tracing")
	defer func() { others = others[:len(others)-1] }()
	for _, one := range []pgx.QueryTracer{&tracer{}, embedding{}, &embedding{}, multitracer.New(embedding{})} {
		config, err := pgx.ParseConfig("postgres://a@b/c")
		if err != nil {
			t.Fatal(err)
		}
		config.Tracer = one
		if Traced(config) != config {
			t.Errorf("%T is not seen to record", one)
		}
	}
	others = others[:len(others)-1]
	defer func() { others = append(others, "") }()
	for _, one := range []pgx.QueryTracer{nil, plain{}, multitracer.New(plain{})} {
		config, err := pgx.ParseConfig("postgres://a@b/c")
		if err != nil {
			t.Fatal(err)
		}
		config.Tracer = one
		if got := Traced(config); got == config || !Records(got.Tracer) || config.Tracer != one && one == nil {
			t.Errorf("%T is taken for one that records", one)
		}
	}
}

// A server is named where there is one.
func TestTarget(t *testing.T) {
	for url, want := range map[string]observe.Target{
		"postgres://u@db.internal/shop":               {Namespace: "shop", Host: "db.internal", Port: "5432"},
		"postgres://u@db.internal:7/":                 {Namespace: "u", Host: "db.internal", Port: "7"},
		"postgres://u@one,two/shop":                   {Namespace: "shop"},
		"host=/run/postgresql user=u dbname=shop":     {Namespace: "shop", Host: "/run/postgresql"},
		"postgres://u@db.internal/shop?sslmode=allow": {Namespace: "shop", Host: "db.internal", Port: "5432"},
	} {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		want.System = "postgresql"
		if got := target(config); got != want {
			t.Errorf("%s is %+v, want %+v", url, got, want)
		}
	}
}

// A program that prepares ever more statements does not fill the memory.
func TestPreparedAreBounded(t *testing.T) {
	tr := &tracer{}
	tr.remember("", "SELECT 0")
	tr.remember("same", "same")
	if tr.size.Load() != 0 {
		t.Error("what has no name of its own is kept")
	}
	for i := range 3 * preparedLimit {
		tr.remember(string(rune('a'+i)), "SELECT 1")
	}
	if got := tr.size.Load(); got != preparedLimit || tr.text("a") != "SELECT 1" || tr.text("SELECT x") != "SELECT x" {
		t.Errorf("%d statements are kept", got)
	}
}
