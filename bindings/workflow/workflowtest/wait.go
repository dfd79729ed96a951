package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// What cases sleep.
const (
	second = 2 * time.Second
	long   = 6 * time.Second
)

// waitCases are about sleeping, signals and their limits.
var waitCases = []testCase{
	{"sleep takes as long as it says", "hurries", func(f *fixture) error {
		start := time.Now()
		_, err := f.result(func(ctx context.Context, in string) (string, error) { return "", workflow.Sleep(ctx, second) })
		if d := time.Since(start); d < second {
			err = errors.Join(err, fmt.Errorf("it took %v, want %v", d, second))
		}
		return err
	}},
	{"sleep ends", "lingers", func(f *fixture) error {
		_, err := f.result(func(ctx context.Context, in string) (string, error) { return "", workflow.Sleep(ctx, second) })
		return err
	}},
	{"sleep goes on while no process runs", "restarts", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) {
			f.log.add("run")
			return "", workflow.Sleep(ctx, long)
		}
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		start := time.Now()
		err = checks(o.Start(f.ctx, "1", "in"), f.until("run", func() bool { return f.log.count("run") > 0 }))
		f.h.Crash(f.t, f.Fixture)
		time.Sleep(long * 2 / 3)
		o, again := f.again(b)
		if err := checks(err, again); err != nil {
			return err
		}
		_, err = o.Result(f.ctx, "1")
		if d := time.Since(start); d < long || d > long+long/2 {
			err = errors.Join(err, fmt.Errorf("it took %v, want %v", d, long))
		}
		return err
	}},
	{"a signal during a sleep does not end it and is not lost", "drops", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) {
			start, err := workflow.Now(ctx)
			err = errors.Join(err, workflow.Sleep(ctx, second))
			end, failed := workflow.Now(ctx)
			if err := errors.Join(err, failed); err != nil {
				return "", err
			}
			got, err := workflow.Wait[string](ctx, "go", workflow.Within(time.Minute))
			return fmt.Sprint(end.Sub(start) >= second, " ", got), err
		}
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Signal(f.ctx, "1", "go", "on"))
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "true on"))
	}},
	{"signals of a name come in their order", "repeats", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			b, errB := workflow.Wait[string](ctx, "b", workflow.Within(time.Minute))
			one, err1 := workflow.Wait[int](ctx, "a", workflow.Within(time.Minute))
			two, err2 := workflow.Wait[int](ctx, "a", workflow.Within(time.Minute))
			return fmt.Sprint(b, one, two), errors.Join(errB, err1, err2)
		})
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Signal(f.ctx, "1", "a", 1), o.Signal(f.ctx, "1", "a", 2), o.Signal(f.ctx, "1", "b", "b"))
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "b1 2"))
	}},
	{"a wait ends at its limit", "lingers", func(f *fixture) error {
		got, err := f.result(func(ctx context.Context, in string) (string, error) {
			_, err := workflow.Wait[string](ctx, "go", workflow.Within(second))
			return fmt.Sprint(bindings.Code(err)), nil
		})
		return checks(err, equal("error", got, "deadline exceeded"))
	}},
	{"a wait is not over before its limit", "hurries", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			return workflow.Wait[string](ctx, "go", workflow.Within(time.Hour))
		})
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		time.Sleep(second)
		err = checks(err, o.Signal(f.ctx, "1", "go", "in time"))
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "in time"))
	}},
	{"other signals do not prolong a limit", "gains", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			start, err := workflow.Now(ctx)
			_, late := workflow.Wait[string](ctx, "go", workflow.Within(long))
			end, failed := workflow.Now(ctx)
			return fmt.Sprint(bindings.Code(late), " ", end.Sub(start) < long+long/3), errors.Join(err, failed)
		})
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		time.Sleep(long / 2)
		err = checks(err, o.Signal(f.ctx, "1", "other", 1))
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "deadline exceeded true"))
	}},
	{"a signal that was taken is taken in each execution", "forgets", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) {
			first, err := workflow.Wait[string](ctx, "go")
			if err != nil {
				return "", err
			}
			if _, err := f.step(ctx, "a"); err != nil {
				return "", err
			}
			second, err := workflow.Wait[string](ctx, "go")
			return first + second, err
		}
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Signal(f.ctx, "1", "go", "one"), f.until("a", func() bool { return f.log.count("a") > 0 }))
		o, again := f.crash(b)
		if err := checks(err, again, o.Signal(f.ctx, "1", "go", "two")); err != nil {
			return err
		}
		got, err := o.Result(f.ctx, "1")
		return checks(err, equal("result", got, "onetwo"), f.is("a"))
	}},
	{"a signal comes to a run that no process has", "drops", func(f *fixture) error {
		o, err := f.serve(twoSteps(f))
		if err != nil {
			return err
		}
		err = f.begin(o, "a")
		f.h.Crash(f.t, f.Fixture)
		err = checks(err, o.Signal(f.ctx, "1", "go", "on"))
		o, again := f.again(twoSteps(f))
		if err := checks(err, again); err != nil {
			return err
		}
		_, err = o.Result(f.ctx, "1")
		return checks(err, f.is("a b"))
	}},
}
