package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

func echo(_ context.Context, in string) (string, error) { return "got " + in, nil }

// startCases are about starting runs and their results.
var startCases = []testCase{
	{"a run gets its input and its result comes back", "mixes", func(f *fixture) error {
		got, err := f.result(echo)
		return checks(err, equal("result", got, "got in"))
	}},
	{"result waits for the end of the run", "impatient", func(f *fixture) error {
		got, err := f.result(func(ctx context.Context, in string) (string, error) { return "slept", workflow.Sleep(ctx, second) })
		return checks(err, equal("result", got, "slept"))
	}},
	{"a run that was started twice runs once", "forgets", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) { return f.step(ctx, "a") }
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "in"), o.Start(f.ctx, "1", "in"))
		_, failed := o.Result(f.ctx, "1")
		o, again := f.again(b)
		if err := checks(err, failed, again, o.Start(f.ctx, "1", "in")); err != nil {
			return err
		}
		got, err := o.Result(f.ctx, "1")
		return checks(err, equal("result", got, "did a"), f.is("a"))
	}},
	{"another input under the same ID is refused", "welcomes", func(f *fixture) error {
		o, err := f.serve(echo)
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		return checks(err, code("start", o.Start(f.ctx, "1", "other"), bindings.AlreadyExists))
	}},
	{"a run that is not there has no result", "accepts", func(f *fixture) error {
		o, err := f.serve(echo)
		if err != nil {
			return err
		}
		_, none := o.Result(f.ctx, "1")
		return checks(code("result", none, bindings.NotFound), code("signal", o.Signal(f.ctx, "1", "s", 1), bindings.NotFound),
			code("cancel", o.Cancel(f.ctx, "1"), bindings.NotFound), code("retry", o.Retry(f.ctx, "1"), bindings.NotFound))
	}},
	{"a run that has ended takes no signal", "accepts", func(f *fixture) error {
		o, err := f.serve(echo)
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		return checks(err, failed, code("signal", o.Signal(f.ctx, "1", "s", 1), bindings.FailedPrecondition))
	}},
	{"a failure has its text and code and matches its error", "praises", func(f *fixture) error {
		o, err := f.serve(func(context.Context, string) (string, error) {
			return "", bindings.Errorf(bindings.ResourceExhausted, "no money: %w", errDeclined)
		})
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		if failed == nil || !errors.Is(failed, errDeclined) || !strings.Contains(failed.Error(), "no money") {
			return fmt.Errorf("result is %v, want one that matches %v", failed, errDeclined)
		}
		_, listed := f.status(o, "1", workflow.Failed)
		return checks(err, code("result", failed, bindings.ResourceExhausted), listed)
	}},
	{"a body that panics has failed", "praises", func(f *fixture) error {
		o, err := f.serve(func(context.Context, string) (string, error) { panic("out of luck") })
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		info, listed := f.status(o, "1", workflow.Failed)
		return checks(err, listed, equal("failure", info.Failure, "panic: out of luck"))
	}},
	{"an ID of one tenant is not that of another", "anonymous", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			tenant, _ := bindings.Tenant(ctx)
			return tenant + " " + in + " " + workflow.Key(ctx), nil
		})
		if err != nil {
			return err
		}
		acme, zeta := bindings.WithTenant(f.ctx, "acme"), bindings.WithTenant(f.ctx, "zeta")
		err = checks(o.Start(acme, "1", "a"), o.Start(zeta, "1", "z"))
		a, errA := o.Result(acme, "1")
		z, errZ := o.Result(zeta, "1")
		_, none := o.Result(f.ctx, "1")
		return checks(err, errA, errZ, equal("result", a, "acme a orders/acme:1/1"), equal("result", z, "zeta z orders/zeta:1/1"),
			code("result without a tenant", none, bindings.NotFound))
	}},
	{"the tenant of whoever started a run is its body's in each execution", "mixes", func(f *fixture) error {
		b := func(ctx context.Context, in string) (string, error) {
			before, _ := bindings.Tenant(ctx)
			got, err := workflow.Wait[string](ctx, "go")
			return before + " " + got, err
		}
		o, err := f.serve(b)
		if err != nil {
			return err
		}
		acme := bindings.WithTenant(f.ctx, "acme")
		if err := o.Start(acme, "1", "in"); err != nil {
			return err
		}
		o, err = f.crash(b)
		if err != nil {
			return err
		}
		err = o.Signal(acme, "1", "go", "on")
		got, failed := o.Result(acme, "1")
		return checks(err, failed, equal("result", got, "acme on"))
	}},
	{"a run that has ended cannot be canceled", "accepts", func(f *fixture) error {
		o, err := f.serve(echo)
		if err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		_, failed := o.Result(f.ctx, "1")
		return checks(err, failed, code("cancel", o.Cancel(f.ctx, "1"), bindings.FailedPrecondition))
	}},
	{"a run that is canceled before its first step does none", "ignores", func(f *fixture) error {
		gate := make(chan struct{})
		held := func(ctx context.Context, in string) (string, error) { <-gate; return f.step(ctx, "a") }
		o, err := f.serve(held)
		if err != nil {
			close(gate)
			return err
		}
		err = checks(o.Start(f.ctx, "2", "in"), o.Cancel(f.ctx, "2"))
		close(gate)
		_, failed := o.Result(f.ctx, "2")
		return checks(err, code("result", failed, bindings.Canceled), f.is(""))
	}},
	{"list shows the runs of a status", "lists-all", func(f *fixture) error {
		o, err := f.serve(func(ctx context.Context, in string) (string, error) {
			if in == "waits" {
				return workflow.Wait[string](ctx, "go")
			}
			return in, nil
		})
		if err != nil {
			return err
		}
		err = checks(o.Start(f.ctx, "1", "ends"), o.Start(f.ctx, "2", "waits"), o.Start(f.ctx, "3", "ends"))
		_, one := o.Result(f.ctx, "1")
		_, three := o.Result(f.ctx, "3")
		return checks(err, one, three, listed(f, o, "2", workflow.Running), listed(f, o, "1 3", workflow.Succeeded, workflow.Failed), listed(f, o, "1 2 3"))
	}},
	{"list continues after its first page", "lists-few", func(f *fixture) error {
		o, err := f.serve(echo)
		if err != nil {
			return err
		}
		for i := range 150 {
			err = errors.Join(err, o.Start(f.ctx, fmt.Sprintf("%03d", i), "in"))
		}
		n := 0
		for _, failed := range o.List(f.ctx) {
			err, n = errors.Join(err, failed), n+1
		}
		return checks(err, equal("how many are listed", n, 150))
	}},
	{"a start before the platform has started is refused", "idle", func(f *fixture) error {
		o, err := f.handle(orders, echo)
		if err != nil {
			return err
		}
		early := o.Start(f.ctx, "1", "in")
		if err := checks(code("start", early, bindings.FailedPrecondition), f.Platform.Start(f.ctx)); err != nil {
			return err
		}
		err = o.Start(f.ctx, "1", "in")
		f.h.Crash(f.t, f.Fixture)
		o, again := f.again(echo)
		if err := checks(err, again, o.Start(f.ctx, "2", "in")); err != nil {
			return err
		}
		_, one := f.status(o, "1", workflow.Succeeded)
		_, two := f.status(o, "2", workflow.Succeeded)
		f.h.Crash(f.t, f.Fixture)
		return checks(one, two, waitsOver(f))
	}},
}

// waitsOver checks that a run which was interrupted is taken up by the next platform.
func waitsOver(f *fixture) error {
	o, err := f.again(func(ctx context.Context, in string) (string, error) { return workflow.Wait[string](ctx, "go") })
	if err != nil {
		return err
	}
	if err := o.Start(f.ctx, "over", "in"); err != nil {
		return err
	}
	o, err = f.crash(func(ctx context.Context, in string) (string, error) { return workflow.Wait[string](ctx, "go") })
	if err != nil {
		return err
	}
	if err := o.Signal(f.ctx, "over", "go", "gone"); err != nil {
		return err
	}
	ended, err := f.status(o, "over", workflow.Succeeded)
	return checks(err, equal("status", ended.Status, workflow.Succeeded))
}

func listed(f *fixture, o stringFlow, want string, statuses ...workflow.Status) error {
	var ids []string
	for info, err := range o.List(f.ctx, statuses...) {
		if err != nil {
			return err
		}
		ids = append(ids, info.ID)
	}
	return equal("list", strings.Join(ids, " "), want)
}
