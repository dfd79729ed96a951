package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// twoSteps calls a, waits for a signal, and calls b.
func twoSteps(f *fixture) body {
	return func(ctx context.Context, in string) (string, error) {
		a, err := f.step(ctx, "a")
		if err != nil {
			return "", err
		}
		if _, err := workflow.Wait[string](ctx, "go"); err != nil {
			return "", err
		}
		b, err := f.step(ctx, "b")
		return a + ", " + b, err
	}
}

// changed runs twoSteps until a has been done, crashes, and goes on with other code.
func changed(f *fixture) (stringFlow, error) {
	o, err := f.serve(twoSteps(f))
	if err != nil {
		return o, err
	}
	if err := f.begin(o, "a"); err != nil {
		return o, err
	}
	return f.crash(func(ctx context.Context, in string) (string, error) { return f.step(ctx, "other") })
}

// crashed runs a body until a has been done, crashes, and lets the run go on.
func crashed(f *fixture, b body) (string, error) {
	o, err := f.serve(b)
	if err != nil {
		return "", err
	}
	if err := f.begin(o, "a"); err != nil {
		return "", err
	}
	if o, err = f.crash(b); err != nil {
		return "", err
	}
	if err := o.Signal(f.ctx, "1", "go", "on"); err != nil {
		return "", err
	}
	return o.Result(f.ctx, "1")
}

// stepCases are about what is recorded of steps.
var stepCases = []testCase{
	{"steps are done in their order", "skips", func(f *fixture) error {
		got, err := f.result(func(ctx context.Context, in string) (string, error) {
			a, errA := f.step(ctx, "a")
			b, errB := f.step(ctx, "b")
			return a + ", " + b, errors.Join(errA, errB)
		})
		return checks(err, equal("result", got, "did a, did b"), f.is("a b"))
	}},
	{"a step that is recorded is not done again after a crash", "forgets", func(f *fixture) error {
		got, err := crashed(f, twoSteps(f))
		return checks(err, equal("result", got, "did a, did b"), f.is("a b"))
	}},
	{"a step that is recorded is not done again after a restart", "forgets", func(f *fixture) error {
		o, err := f.serve(twoSteps(f))
		if err != nil {
			return err
		}
		if err := f.begin(o, "a"); err != nil {
			return err
		}
		if o, err = f.again(twoSteps(f)); err != nil {
			return err
		}
		err = o.Signal(f.ctx, "1", "go", "on")
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "did a, did b"), f.is("a b"))
	}},
	{"a step that crashed before it was recorded is done again", "idle", func(f *fixture) error {
		first := newHold()
		b := func(ctx context.Context, in string) (string, error) {
			return workflow.Record(ctx, &workflow.Step{Name: "a"}, in, func(context.Context) (string, error) {
				f.log.add("a")
				if first.wait() {
					return "of the former owner", nil
				}
				return "done", nil
			}, nil)
		}
		if _, err := f.held(first, b, "a"); err != nil {
			return err
		}
		o, err := f.again(b)
		if err != nil {
			return err
		}
		if _, err := f.status(o, "1", workflow.Succeeded); err != nil {
			return err
		}
		got, err := o.Result(f.ctx, "1")
		return checks(err, equal("result", got, "done"), f.is("a a"))
	}},
	{"the failure of a step is recorded with its code", "forgets", func(f *fixture) error {
		var seen [2]error
		execution := 0
		got, err := crashed(f, func(ctx context.Context, in string) (string, error) {
			_, err := f.step(ctx, "a", bindings.Errorf(bindings.Unavailable, "away: %w", errDeclined))
			seen[execution%2] = err
			execution++
			if _, err := workflow.Wait[string](ctx, "go"); err != nil {
				return "", err
			}
			return "went on", nil
		})
		for _, e := range seen {
			if !errors.Is(e, errDeclined) || bindings.Code(e) != bindings.Unavailable {
				return fmt.Errorf("the step's error is %v, want that of the step", e)
			}
		}
		return checks(err, equal("result", got, "went on"), equal("texts", seen[0].Error(), seen[1].Error()), f.is("a"))
	}},
	{"the first execution sees what a later one does", "skips", func(f *fixture) error {
		type value struct {
			Kept string
			lost string
		}
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			v, err := workflow.Record(ctx, &workflow.Step{Name: "a"}, in, func(context.Context) (value, error) { return value{"kept", "lost"}, nil }, nil)
			return v.Kept + v.lost, err
		})
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		got, failed := o.Result(f.ctx, "1")
		return checks(err, failed, equal("result", got, "kept"))
	}},
	{"a step that panics panics in each execution", "forgets", func(f *fixture) error {
		got, err := crashed(f, func(ctx context.Context, in string) (out string, err error) {
			func() {
				defer func() { out = fmt.Sprint(recover()) }()
				_, _ = workflow.Record(ctx, &workflow.Step{Name: "a"}, in, func(context.Context) (string, error) {
					f.log.add("a")
					panic("no luck")
				}, nil)
			}()
			_, err = workflow.Wait[string](ctx, "go")
			return out, err
		})
		return checks(err, equal("result", got, "panic: no luck"), f.is("a"))
	}},
	{"a step's key is the same whenever it is done", "anonymous", func(f *fixture) error {
		keys := func(ctx context.Context, in string) (string, error) {
			next := workflow.Key(ctx)
			return workflow.Record(ctx, &workflow.Step{Name: "a"}, next, func(ctx context.Context) (string, error) {
				return next + " " + workflow.Key(ctx), nil
			}, nil)
		}
		o, err := f.serve(keys)
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Start(f.ctx, "2", "in"))
		one, errOne := o.Result(f.ctx, "1")
		two, errTwo := o.Result(f.ctx, "2")
		return checks(err, errOne, errTwo, equal("keys", one, "orders/:1/1 orders/:1/1"), equal("keys", two, "orders/:2/1 orders/:2/1"))
	}},
	{"a run whose code has changed is parked and never replayed into it", "ends", func(f *fixture) error {
		o, err := changed(f)
		if err != nil {
			return err
		}
		info, err := f.status(o, "1", workflow.Parked)
		if err != nil || !strings.Contains(info.Reason, "was a and is now other") {
			return fmt.Errorf("reason is %q, want which step differs (%v)", info.Reason, err)
		}
		return f.is("a")
	}},
	{"a step in the place of a wait parks the run", "blurs", func(f *fixture) error {
		o, err := f.serve(twoSteps(f))
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Signal(f.ctx, "1", "go", "on"))
		if _, failed := o.Result(f.ctx, "1"); err != nil || failed != nil {
			return checks(err, failed)
		}
		if err := checks(o.Start(f.ctx, "2", "in"), o.Signal(f.ctx, "2", "go", "on")); err != nil {
			return err
		}
		_, err = f.status(o, "2", workflow.Succeeded)
		return err
	}},
	{"a parked run goes on when its code is back", "resigned", func(f *fixture) error {
		o, err := changed(f)
		if err != nil {
			return err
		}
		if _, err := f.status(o, "1", workflow.Parked); err != nil {
			return err
		}
		if o, err = f.crash(twoSteps(f)); err != nil {
			return err
		}
		err = checks(o.Retry(f.ctx, "1"), o.Signal(f.ctx, "1", "go", "on"))
		_, ended := f.status(o, "1", workflow.Succeeded)
		return checks(err, ended, f.is("a b"))
	}},
	{"a record that is too large is a clear error", "skips", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			_, err := workflow.Record(ctx, &workflow.Step{Name: "large"}, in, func(context.Context) (string, error) {
				return strings.Repeat("x", workflow.MaxData), nil
			}, nil)
			if bindings.Code(err) != bindings.ResourceExhausted {
				return "", fmt.Errorf("the step's error is %v", err)
			}
			return err.Error(), nil
		})
		if err != nil {
			return err
		}
		large := o.Start(f.ctx, "2", strings.Repeat("x", workflow.MaxData))
		err = o.Start(f.ctx, "1", "in")
		got, failed := o.Result(f.ctx, "1")
		if !strings.Contains(got, "the record of step large has") {
			failed = errors.Join(failed, fmt.Errorf("the text is %q", got))
		}
		return checks(err, failed, code("start", large, bindings.ResourceExhausted))
	}},
	{"branches are recorded together and done once", "forgets", func(f *fixture) error {
		got, err := crashed(f, func(ctx context.Context, in string) (string, error) {
			var b, c string
			err := workflow.All(ctx,
				func(ctx context.Context) (err error) { b, err = f.step(ctx, "b"); return err },
				func(ctx context.Context) (err error) { c, err = f.step(ctx, "c"); return err })
			if err != nil {
				return "", err
			}
			if _, err := f.step(ctx, "a"); err != nil {
				return "", err
			}
			_, err = workflow.Wait[string](ctx, "go")
			return b + ", " + c, err
		})
		return checks(err, equal("result", got, "did b, did c"), equal("a b c", fmt.Sprint(f.log.count("a"), f.log.count("b"), f.log.count("c")), "1 1 1"))
	}},
	{"time and numbers are those of the first execution", "forgets", func(f *fixture) error {
		var seen []string
		got, err := crashed(f, func(ctx context.Context, in string) (string, error) {
			now, err := workflow.Now(ctx)
			if err != nil {
				return "", err
			}
			text := fmt.Sprint(now.UnixNano(), workflow.Random(ctx).Uint64())
			seen = append(seen, text)
			if _, err := f.step(ctx, "a"); err != nil {
				return "", err
			}
			_, err = workflow.Wait[string](ctx, "go")
			return text, err
		})
		for _, s := range seen {
			err = errors.Join(err, equal("time and number", s, got))
		}
		return checks(err, equal("executions", len(seen), 2), f.is("a"))
	}},
}
