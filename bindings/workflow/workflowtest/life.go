package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// family handles a workflow whose runs start one of others and return its result.
func family(f *fixture, child body) (stringFlow, error) {
	c, err := f.handle(others, child)
	if err != nil {
		return c, err
	}
	return f.serve(func(ctx context.Context, in string) (string, error) {
		if err := c.Start(ctx, "child", in); err != nil {
			return "", err
		}
		f.log.add("waits")
		got, err := c.Result(ctx, "child")
		return "child " + got, err
	})
}

// childCases are about runs that start others.
var childCases = []testCase{
	{"a run waits for the result of another one", "impatient", func(f *fixture) error {
		o, err := family(f, func(ctx context.Context, in string) (string, error) { return "got " + in, workflow.Sleep(ctx, second) })
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "child got in"))
	}},
	{"a run learns at once that another one has ended", "drops", func(f *fixture) error {
		start := time.Now()
		o, err := family(f, func(ctx context.Context, in string) (string, error) { return "", workflow.Sleep(ctx, second) })
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		if d := time.Since(start); d > 30*time.Second {
			err = errors.Join(err, fmt.Errorf("it took %v, want about %v", d, second))
		}
		return checks(err, failed)
	}},
	{"the failure of another run is its error", "praises", func(f *fixture) error {
		o, err := family(f, func(ctx context.Context, in string) (string, error) { return "", errDeclined })
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		if !errors.Is(failed, errDeclined) {
			return fmt.Errorf("result is %v, want that of the other run", failed)
		}
		_, listed := f.status(o, "1", workflow.Failed)
		return checks(err, listed)
	}},
	{"a run that was started by a body is started once", "forgets", func(f *fixture) error {
		o, err := family(f, func(ctx context.Context, in string) (string, error) {
			f.log.add("child")
			_, err := workflow.Wait[string](ctx, "go")
			return "came", err
		})
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), f.until("child", func() bool { return f.log.count("child") > 0 }))
		f.h.Crash(f.t, f.Fixture)
		if err := checks(err, f.Platform.Close(f.ctx)); err != nil {
			return err
		}
		f.Reopen(f.t)
		c, err := f.handle(others, func(ctx context.Context, in string) (string, error) { return workflow.Wait[string](ctx, "go") })
		if err != nil {
			return err
		}
		starts := 0
		o, err = f.serve(func(ctx context.Context, in string) (string, error) {
			if err := c.Start(ctx, "child", in); err != nil {
				return "", err
			}
			starts++
			a, err := f.step(ctx, "a")
			return a, err
		})
		if err != nil {
			return err
		}
		if err := c.Signal(f.ctx, "child", "go", "on"); err != nil {
			return err
		}
		// It waited for the child before, which this code does not.
		_, err = f.status(o, "1", workflow.Parked)
		if err == nil {
			_, err = f.status(c, "child", workflow.Succeeded)
		}
		return checks(err, equal("how often a was done", f.log.count("a"), 0))
	}},
}

// lifeCases are about platforms that close.
var lifeCases = []testCase{
	{"close waits for the step under way and records it", "abandons", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) {
			a, err := workflow.Record(ctx, &workflow.Step{Name: "a"}, in, func(context.Context) (string, error) {
				f.log.add("a")
				time.Sleep(second)
				return "done", nil
			}, nil)
			if err != nil {
				return "", err
			}
			_, err = workflow.Wait[string](ctx, "go")
			return a, err
		}
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		err = f.begin(o, "a")
		o, again := f.again(b)
		if err := checks(err, again, o.Signal(f.ctx, "1", "go", "on")); err != nil {
			return err
		}
		got, err := o.Result(f.ctx, "1")
		return checks(err, equal("result", got, "done"), f.is("a"))
	}},
	{"close does not end the context of the step under way", "interrupts", func(f *fixture) error {
		var ended atomic.Bool
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			return workflow.Record(ctx, &workflow.Step{Name: "a"}, in, func(ctx context.Context) (string, error) {
				f.log.add("a")
				select {
				case <-ctx.Done():
					ended.Store(true)
				case <-time.After(second):
				}
				return "", nil
			}, nil)
		})
		if err != nil {
			return err
		}
		err = f.begin(o, "a")
		_, again := f.again(echo)
		return checks(err, again, equal("whether the context ended", ended.Load(), false))
	}},
	{"close ends no run", "idle", func(f *fixture) error {
		o, err := f.serve(twoSteps(f))
		if err != nil {
			return err
		}
		err = f.begin(o, "a")
		o, again := f.again(twoSteps(f))
		if err := checks(err, again, o.Signal(f.ctx, "1", "go", "on")); err != nil {
			return err
		}
		_, err = f.status(o, "1", workflow.Succeeded)
		return checks(err, f.is("a b"))
	}},
	{"whoever waits for a result is told that the platform closes", "lingers", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) { return "", workflow.Sleep(ctx, long) })
		if err != nil {
			return err
		}
		if err := o.Start(f.ctx, "1", "in"); err != nil {
			return err
		}
		got := make(chan error, 1)
		go func() {
			_, err := o.Result(f.ctx, "1")
			got <- err
		}()
		time.Sleep(second)
		o, err = f.again(func(ctx context.Context, in string) (string, error) { return "", workflow.Sleep(ctx, long) })
		if err := checks(err, code("result", <-got, bindings.Unavailable)); err != nil {
			return err
		}
		_, err = o.Result(f.ctx, "1")
		return err
	}},
}
