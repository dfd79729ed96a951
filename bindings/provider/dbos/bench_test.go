package dbos

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// BenchmarkStep compares a step of a run with one of DBOS' own client, on files with the same
// settings: each is one of as many in one run. A step that can be undone is recorded when it
// begins, too.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		undo func(context.Context, int, int) error
	}{{"workflow", nil}, {"workflow-undone", func(context.Context, int, int) error { return nil }}} {
		b.Run(c.name, func(b *testing.B) { benchmarkOwn(b, c.undo) })
	}
	b.Run("dbos", benchmarkDBOS)
}

func benchmarkOwn(b *testing.B, undo func(context.Context, int, int) error) {
	ctx := context.Background()
	p, err := bindings.Open(ctx, bindings.Environment{Namespace: "bench", Bindings: []bindings.Binding{
		{Name: "steps", URL: "dbos+sqlite:" + filepath.Join(b.TempDir(), "runs.db")}}}, Provider)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close(ctx)
	step := &workflow.Step{Name: "step"}
	if err := workflow.Handle(ctx, p, "steps", func(ctx context.Context, n int) (int, error) {
		for i := range n {
			if _, err := workflow.Record(ctx, step, i, func(context.Context) (int, error) { return i, nil }, undo); err != nil {
				return 0, err
			}
		}
		return n, nil
	}); err != nil {
		b.Fatal(err)
	}
	o, err := workflow.Open[int, int](ctx, p, "steps")
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Start(ctx); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	if err := o.Start(ctx, "1", b.N); err != nil {
		b.Fatal(err)
	}
	if got, err := o.Result(ctx, "1"); err != nil || got != b.N {
		b.Fatalf("result is %v, %v", got, err)
	}
}

func benchmarkDBOS(b *testing.B) {
	db, err := openFile(filepath.Join(b.TempDir(), "runs.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	engine, err := dbos.NewContext(context.Background(), dbos.Config{AppName: "bench", SQLiteSystemDB: db, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	defer dbos.Shutdown(engine, shutdownTime)
	run := func(ctx dbos.Context, n int) (int, error) {
		for i := range n {
			if _, err := dbos.RunAsStep(ctx, func(context.Context) (int, error) { return i, nil }, dbos.WithStepName("step")); err != nil {
				return 0, err
			}
		}
		return n, nil
	}
	dbos.RegisterWorkflow(engine, run, dbos.WithWorkflowName("steps"))
	if err := dbos.Launch(engine); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	handle, err := dbos.RunWorkflow(engine, run, b.N)
	if err != nil {
		b.Fatal(err)
	}
	if got, err := handle.GetResult(); err != nil || got != b.N {
		b.Fatalf("result is %v, %v", got, err)
	}
}
