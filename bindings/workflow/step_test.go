package workflow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

var noting = workflow.Step{Name: "note"}

// A function that is a step costs nothing more where no workflow calls it.
func TestRecordsAllocatesNothing(t *testing.T) {
	type key struct{}
	ctx := bindings.WithTenant(context.WithValue(t.Context(), key{}, 1), "acme")
	if n := testing.AllocsPerRun(1000, func() {
		if noting.Records(ctx) {
			t.Error("the context is no body's")
		}
	}); n != 0 {
		t.Errorf("a call outside of a workflow has %v allocations, want none", n)
	}
}

// Without a run, the same functions are ordinary ones.
func TestWithoutRun(t *testing.T) {
	ctx := t.Context()
	got, err := workflow.Record(ctx, &noting, 1, func(ctx context.Context) (int, error) { return 2, nil },
		func(context.Context, int, int) error { t.Error("nothing must be undone"); return nil })
	if got != 2 || err != nil {
		t.Errorf("step is %v, %v", got, err)
	}
	if a, b := workflow.Key(ctx), workflow.Key(ctx); a == b || a == "" {
		t.Errorf("keys are %q and %q, want different ones", a, b)
	}
	errA, errB := errors.New("a"), errors.New("b")
	if err := workflow.All(ctx, func(context.Context) error { return errA }, func(context.Context) error { return errB }); !errors.Is(err, errA) || !errors.Is(err, errB) {
		t.Errorf("all is %v, want both errors", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := workflow.Sleep(ended, 1<<40); bindings.Code(err) != bindings.Canceled {
		t.Errorf("sleep is %v, want that the context ended", err)
	}
	if _, err := workflow.Wait[int](ctx, "go"); bindings.Code(err) != bindings.FailedPrecondition {
		t.Errorf("wait is %v, want that only a body can", err)
	}
}

// A body that calls two steps at once would record them in an order that differs each time.
func TestOneCallAfterTheOther(t *testing.T) {
	p := fake.Platform(t)
	err := workflow.Handle(t.Context(), p, "jobs", func(ctx context.Context, in string) (string, error) {
		began, second := make(chan struct{}), make(chan error)
		go func() {
			<-began
			_, err := workflow.Record(ctx, &noting, 2, func(context.Context) (int, error) { return 0, nil }, nil)
			second <- err
		}()
		var concurrent error
		if _, err := workflow.Record(ctx, &noting, 1, func(context.Context) (int, error) {
			close(began)
			concurrent = <-second
			return 0, nil
		}, nil); err != nil {
			return "", err
		}
		return "", concurrent
	})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := workflow.Open[string, string](t.Context(), p, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := jobs.Start(t.Context(), "1", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := jobs.Result(t.Context(), "1"); bindings.Code(err) != bindings.FailedPrecondition {
		t.Errorf("the second of two calls at once is %v, want that it is refused", err)
	}
}

// One platform has one body for a workflow.
func TestHandledOnce(t *testing.T) {
	p := fake.Platform(t)
	body := func(context.Context, string) (string, error) { return "", nil }
	if err := workflow.Handle(t.Context(), p, "jobs", body); err != nil {
		t.Fatal(err)
	}
	if err := workflow.Handle(t.Context(), p, "jobs", body); bindings.Code(err) != bindings.AlreadyExists {
		t.Errorf("a second body is %v, want AlreadyExists", err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}
