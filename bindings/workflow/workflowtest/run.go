package workflowtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/workflow"
)

// Harness says how to test a provider.
type Harness struct {
	providertest.Harness

	// Crash ends whatever executes runs on the fixture's platform, as the end of its process would,
	// and leaves the platform to be closed. What was recorded stays.
	Crash func(t *testing.T, f *providertest.Fixture)
}

// testCase is one promise. Its name says what does not hold if it fails; the mutation is one by
// which it does.
type testCase struct {
	name     string
	mutation string
	run      func(f *fixture) error
}

// The bindings of a case.
const (
	orders = "orders"
	others = "others"
)

// patience is how long something may take that must happen.
const patience = 20 * time.Minute

// Run runs all cases, each on a platform of its own.
func Run(t *testing.T, h Harness) {
	providertest.Run(t, h.Harness, names, casesOf(h)...)
}

// Mutants runs each case over the provider's store with the mistake that it names, and fails the
// test unless the case notices.
func Mutants(t *testing.T, h Harness) {
	for _, c := range all() {
		if mutations[c.mutation].of == nil {
			t.Errorf("%s: there is no mutation %q", c.name, c.mutation)
		}
	}
	mutated := h
	mutated.Provider = &bindings.Provider{}
	*mutated.Provider = *h.Provider
	var mutation func(workflow.Store) workflow.Store
	var mu sync.Mutex
	mutated.Provider.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		conn, err := h.Provider.Open(ctx, target)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		return &mutant{conn.(workflow.Opener), mutation}, nil
	}
	for _, c := range all() {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			mu.Lock()
			mutation = mutations[c.mutation].of
			mu.Unlock()
			one := c
			one.run = func(f *fixture) error {
				if err := c.run(f); err != nil {
					t.Logf("with a store that %s: %v", mutations[c.mutation].text, err)
					return nil
				}
				return fmt.Errorf("the case holds with a store that %s", mutations[c.mutation].text)
			}
			run := func(t *testing.T) { providertest.Once(t, mutated.Harness, names, caseOf(mutated, one)) }
			if h.Around == nil {
				run(t)
			} else {
				h.Around(t, run)
			}
		})
	}
}

var names = map[string]map[string]string{orders: nil, others: nil}

func all() []testCase {
	return slices.Concat(startCases, stepCases, waitCases, sagaCases, childCases, lifeCases)
}

func casesOf(h Harness) (list []providertest.Case) {
	for _, c := range all() {
		list = append(list, caseOf(h, c))
	}
	return list
}

func caseOf(h Harness, c testCase) providertest.Case {
	return providertest.Case{Name: c.name, Run: func(t *testing.T, base *providertest.Fixture) {
		f := &fixture{Fixture: base, t: t, h: h}
		var cancel context.CancelFunc
		f.ctx, cancel = context.WithTimeout(t.Context(), patience)
		defer cancel()
		if err := c.run(f); err != nil {
			t.Error(err)
		}
	}}
}

// fixture is the platform of one case, and what its bodies have done.
type fixture struct {
	*providertest.Fixture
	t   *testing.T
	h   Harness
	ctx context.Context
	log log
}

// log is what has happened, in its order.
type log struct {
	mu   sync.Mutex
	done []string
}

func (l *log) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = append(l.done, fmt.Sprintf(format, args...))
}

func (l *log) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.done, " ")
}

func (l *log) count(what string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.done {
		if d == what {
			n++
		}
	}
	return n
}

// is checks what has happened.
func (f *fixture) is(want string) error { return equal("what was done", f.log.all(), want) }

func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

// code checks the code of an error.
func code(what string, err error, want bindings.ErrorCode) error {
	if got := bindings.Code(err); got != want {
		return fmt.Errorf("%s: error is %q (%v), want %q", what, got, err, want)
	}
	return nil
}

// checks returns what has failed.
func checks(list ...error) error { return errors.Join(list...) }

type body = func(context.Context, string) (string, error)

type stringFlow = workflow.Of[string, string]

// handle opens a workflow and makes a function its body; the case starts the platform.
func (f *fixture) handle(name string, b body) (stringFlow, error) {
	if err := workflow.Handle(f.ctx, f.Platform, name, b, workflow.Known(known)); err != nil {
		return stringFlow{}, err
	}
	return workflow.Open[string, string](f.ctx, f.Platform, name)
}

// serve handles the workflow orders and starts the platform.
func (f *fixture) serve(b body) (stringFlow, error) {
	o, err := f.handle(orders, b)
	if err == nil {
		err = f.Platform.Start(f.ctx)
	}
	return o, err
}

// result runs one run and returns what comes of it.
func (f *fixture) result(b body) (string, error) {
	o, err := f.serve(b)
	if err != nil {
		return "", err
	}
	if err := o.Start(f.ctx, "1", "in"); err != nil {
		return "", err
	}
	return o.Result(f.ctx, "1")
}

// begin starts the run 1 and waits until it has done something.
func (f *fixture) begin(o stringFlow, what string) error {
	return checks(o.Start(f.ctx, "1", "in"), f.until(what, func() bool { return f.log.count(what) > 0 }))
}

// crash ends the process that the case plays, and begins another one, whose body is b.
func (f *fixture) crash(b body) (stringFlow, error) {
	f.h.Crash(f.t, f.Fixture)
	return f.again(b)
}

// again closes the platform as a program does that ends, and begins another one, whose body is b.
func (f *fixture) again(b body) (stringFlow, error) {
	if err := f.Platform.Close(f.ctx); err != nil {
		return stringFlow{}, err
	}
	f.Reopen(f.t)
	return f.serve(b)
}

// step calls a step that notes its name and returns a value.
func (f *fixture) step(ctx context.Context, name string, fails ...error) (string, error) {
	return workflow.Record(ctx, &workflow.Step{Name: name, Errors: known}, name, func(context.Context) (string, error) {
		f.log.add("%s", name)
		return "did " + name, errors.Join(fails...)
	}, nil)
}

// undone calls a step that is undone when the run fails.
func (f *fixture) undone(ctx context.Context, name string, fails func() error) (string, error) {
	return workflow.Record(ctx, &workflow.Step{Name: name, Errors: known}, name, func(context.Context) (string, error) {
		f.log.add("%s", name)
		return "did " + name, nil
	}, func(_ context.Context, in, out string) error {
		f.log.add("undo-%s", in)
		if out != "did "+in {
			return fmt.Errorf("undo %s: the result is %q", in, out)
		}
		return fails()
	})
}

func never() error { return nil }

// errDeclined is an error that callers distinguish.
var errDeclined = errors.New("the card was declined")

var known = workflow.Errors{"workflowtest.errDeclined": errDeclined}

// hold keeps the first process of a case in a function until it has crashed.
type hold struct {
	passes   atomic.Bool
	released chan struct{}
}

func newHold() *hold { return &hold{released: make(chan struct{})} }

// wait waits in the first process, and reports whether it is that.
func (h *hold) wait() bool {
	if h.passes.Load() {
		return false
	}
	<-h.released
	return true
}

// held lets a run of b come to what it does in its hold, and the process crash there. What was held
// runs on, and is no longer the owner of the run.
func (f *fixture) held(h *hold, b body, what string) (stringFlow, error) {
	defer close(h.released)
	o, err := f.serve(b)
	if err != nil {
		return o, err
	}
	err = f.begin(o, what)
	h.passes.Store(true)
	f.h.Crash(f.t, f.Fixture)
	return o, err
}

// until waits for a condition.
func (f *fixture) until(what string, fine func() bool) error {
	for !fine() {
		select {
		case <-f.ctx.Done():
			return fmt.Errorf("waited %v for %s: %q", patience, what, f.log.all())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// status waits until a run has a status.
func (f *fixture) status(o stringFlow, id string, want workflow.Status) (info workflow.Info, err error) {
	var last workflow.Info
	err = f.until(fmt.Sprintf("run %s to be %s", id, want), func() bool {
		for got, err := range o.List(f.ctx) {
			if err == nil && got.ID == id {
				last = got
			}
		}
		return last.Status == want
	})
	if err != nil {
		err = fmt.Errorf("%w; it is %s %q", err, last.Status, last.Reason)
	}
	return last, err
}
