package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// sagaCases are about undoing and cancelling.
var sagaCases = []testCase{
	{"what was done is undone in reverse order when the body fails", "skips", func(f *fixture) error {
		_, err := f.result(func(ctx context.Context, in string) (string, error) {
			_, errA := f.undone(ctx, "a", never)
			_, errB := f.undone(ctx, "b", never)
			return "", errors.Join(errA, errB, errDeclined)
		})
		if !errors.Is(err, errDeclined) {
			return fmt.Errorf("result is %v, want that of the body", err)
		}
		return f.is("a b undo-b undo-a")
	}},
	{"what was done is undone when the body panics", "skips", func(f *fixture) error {
		_, err := f.result(func(ctx context.Context, in string) (string, error) {
			if _, err := f.undone(ctx, "a", never); err != nil {
				return "", err
			}
			panic("no luck")
		})
		if err == nil || !strings.Contains(err.Error(), "no luck") {
			return fmt.Errorf("result is %v, want the panic", err)
		}
		return f.is("a undo-a")
	}},
	{"nothing is undone when the body succeeds", "imagines", func(f *fixture) error {
		got, err := f.result(func(ctx context.Context, in string) (string, error) { return f.undone(ctx, "a", never) })
		return checks(err, equal("result", got, "did a"), f.is("a"))
	}},
	{"a step that failed is not undone", "skips", func(f *fixture) error {
		_, err := f.result(func(ctx context.Context, in string) (string, error) {
			if _, err := f.undone(ctx, "a", never); err != nil {
				return "", err
			}
			return workflow.Record(ctx, &workflow.Step{Name: "b", Errors: known}, "b", func(context.Context) (string, error) {
				f.log.add("b")
				return "", errDeclined
			}, func(context.Context, string, string) error { f.log.add("undo-b"); return nil })
		})
		if !errors.Is(err, errDeclined) {
			return fmt.Errorf("result is %v, want that of the step", err)
		}
		return f.is("a b undo-a")
	}},
	{"branches are undone, the last one first", "skips", func(f *fixture) error {
		_, err := f.result(func(ctx context.Context, in string) (string, error) {
			err := workflow.All(ctx,
				func(ctx context.Context) error { _, err := f.undone(ctx, "a", never); return err },
				func(ctx context.Context) error {
					_ = f.until("a", func() bool { return f.log.count("a") > 0 })
					_, err := f.undone(ctx, "b", never)
					return err
				})
			return "", errors.Join(err, errDeclined)
		})
		if !errors.Is(err, errDeclined) {
			return fmt.Errorf("result is %v, want that of the body", err)
		}
		return f.is("a b undo-b undo-a")
	}},
	{"undoing goes on after a crash and undoes nothing twice", "forgets", func(f *fixture) error {
		first := newHold()
		b := func(ctx context.Context, in string) (string, error) {
			_, errA := f.undone(ctx, "a", func() error { first.wait(); return nil })
			_, errB := f.undone(ctx, "b", never)
			return "", errors.Join(errA, errB, errDeclined)
		}
		_, err := f.held(first, b, "undo-a")
		o, again := f.again(b)
		if err := checks(err, again); err != nil {
			return err
		}
		_, err = f.status(o, "1", workflow.Failed)
		return checks(err, f.is("a b undo-b undo-a undo-a"))
	}},
	{"what cannot be undone at once is tried again", "lingers", func(f *fixture) error {
		left := 2
		_, err := f.result(func(ctx context.Context, in string) (string, error) {
			_, err := f.undone(ctx, "a", func() error {
				if left--; left >= 0 {
					return errors.New("away")
				}
				return nil
			})
			return "", errors.Join(err, errDeclined)
		})
		if !errors.Is(err, errDeclined) {
			return fmt.Errorf("result is %v, want that of the body", err)
		}
		return f.is("a undo-a undo-a undo-a")
	}},
	{"what cannot be undone is shown, and done when an operator asks again", "hides", func(f *fixture) error {
		o, broken, info, err := stuck(f)
		if err != nil || !strings.Contains(info.Reason, "undo a: away") {
			return fmt.Errorf("reason is %q, want what could not be undone (%v)", info.Reason, err)
		}
		broken.Store(false)
		err = o.Retry(f.ctx, "1")
		_, ended := f.status(o, "1", workflow.Failed)
		return checks(err, ended)
	}},
	{"what an operator skips is in the reason of the run", "mutes", func(f *fixture) error {
		o, _, _, err := stuck(f)
		if err != nil {
			return err
		}
		err = o.Skip(f.ctx, "1")
		info, ended := f.status(o, "1", workflow.Failed)
		return checks(err, ended, equal("reason", info.Reason, "not undone: a: away"))
	}},
	{"a run that is stuck stays so after a crash", "drops", func(f *fixture) error {
		_, broken, _, err := stuck(f)
		if err != nil {
			return err
		}
		before := f.log.count("undo-a")
		o, err := f.crash(undoes(f, broken))
		if err != nil {
			return err
		}
		if _, err := f.status(o, "1", workflow.Stuck); err != nil {
			return err
		}
		err = equal("how often it was tried", f.log.count("undo-a"), before)
		err = errors.Join(err, o.Skip(f.ctx, "1"))
		_, ended := f.status(o, "1", workflow.Failed)
		return checks(err, ended)
	}},
	{"only what is stuck or parked is retried", "hides", func(f *fixture) error {
		o, _, _, err := stuck(f)
		if err != nil {
			return err
		}
		err = o.Skip(f.ctx, "1")
		_, ended := f.status(o, "1", workflow.Failed)
		return checks(err, ended, code("retry", o.Retry(f.ctx, "1"), bindings.FailedPrecondition), code("skip", o.Skip(f.ctx, "1"), bindings.FailedPrecondition))
	}},
	{"cancel is seen by the next step, and what was done is undone", "ignores", func(f *fixture) error {
		var o stringFlow
		var err error
		o, err = f.serve(func(ctx context.Context, in string) (string, error) {
			if _, err := f.undone(ctx, "a", never); err != nil {
				return "", err
			}
			if _, err := workflow.Record(ctx, &workflow.Step{Name: "cancels"}, in, func(context.Context) (string, error) {
				return "", o.Cancel(f.ctx, "1")
			}, nil); err != nil {
				return "", err
			}
			return f.step(ctx, "b")
		})
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		_, listed := f.status(o, "1", workflow.Canceled)
		return checks(err, code("result", failed, bindings.Canceled), listed, f.is("a undo-a"))
	}},
	{"cancel ends a sleep", "silent", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			if _, err := f.undone(ctx, "a", never); err != nil {
				return "", err
			}
			return "", workflow.Sleep(ctx, patience)
		})
		if err != nil {
			return err
		}
		err = checks(f.begin(o, "a"), o.Cancel(f.ctx, "1"))
		_, failed := o.Result(f.ctx, "1")
		return checks(err, code("result", failed, bindings.Canceled), f.is("a undo-a"))
	}},
	{"cancel ends a wait", "silent", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) { return workflow.Wait[string](ctx, "go") })
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Cancel(f.ctx, "1"))
		_, listed := f.status(o, "1", workflow.Canceled)
		return checks(err, listed)
	}},
	{"a step that had begun when the run was canceled is finished, so that it is undone", "idle", func(f *fixture) error {
		first := newHold()
		b := func(ctx context.Context, in string) (string, error) {
			return workflow.Record(ctx, &workflow.Step{Name: "a"}, "a", func(context.Context) (string, error) {
				f.log.add("a")
				first.wait()
				return "", nil
			}, func(context.Context, string, string) error { f.log.add("undo-a"); return nil })
		}
		both := func(ctx context.Context, in string) (string, error) {
			if _, err := b(ctx, in); err != nil {
				return "", err
			}
			return f.step(ctx, "b")
		}
		o, err := f.held(first, both, "a")
		err = checks(err, o.Cancel(f.ctx, "1"))
		o, again := f.again(both)
		if err := checks(err, again); err != nil {
			return err
		}
		_, err = f.status(o, "1", workflow.Canceled)
		return checks(err, f.is("a a undo-a"))
	}},
}

func undoes(f *fixture, broken *atomic.Bool) body {
	return func(ctx context.Context, in string) (string, error) {
		_, err := f.undone(ctx, "a", func() error {
			if broken.Load() {
				return errors.New("away")
			}
			return nil
		})
		return "", errors.Join(err, errDeclined)
	}
}

// stuck starts a run that fails, whose step is not undone while broken, and waits until it is
// stuck.
func stuck(f *fixture) (o stringFlow, broken *atomic.Bool, info workflow.Info, err error) {
	broken = &atomic.Bool{}
	broken.Store(true)
	if o, err = f.serve(undoes(f, broken)); err != nil {
		return o, broken, info, err
	}
	if err = o.Start(f.ctx, "1", "in"); err == nil {
		info, err = f.status(o, "1", workflow.Stuck)
	}
	return o, broken, info, err
}
