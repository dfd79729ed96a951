package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/instrumentgo/instrument/bindings"
)

// All calls functions at the same time, each of which calls steps, and returns what failed of them
// when all have returned. The steps of one All are recorded together: after a crash before that,
// all of them are done again, and after it none. A function may only call steps, and start runs;
// none may use what another one sets. Each is called a second time with the recorded results of its
// steps, so that the first run of a body sees what a later one does.
//
// With a context that is not a body's, All calls the functions at the same time, once.
func All(ctx context.Context, branches ...func(context.Context) error) error {
	f := bodyOf(ctx)
	if f == nil {
		return together(len(branches), func(i int) error { return branches[i](ctx) })
	}
	if f.branch != nil {
		return bindings.Failed("call all", "", errBranch)
	}
	key := f.next()
	call := func(i int, b *branch) error {
		b.key = key + "." + strconv.Itoa(i+1)
		return branches[i]((&frame{run: f.run, branch: b}).context(ctx))
	}
	name := "all of " + strconv.Itoa(len(branches))
	e, err := f.step(ctx, name, nil, true, func(context.Context) entry { return try(len(branches), call) })
	if err != nil {
		return bindings.Failed("call all", "", err)
	}
	if e.Failure != nil {
		return e.Failure.err(nil)
	}
	var done [][]entry
	if err := json.Unmarshal(e.Value, &done); err != nil || len(done) != len(branches) {
		f.run.park("step %d: decode record of %s: %v", f.run.steps, name, err)
	}
	var errs []error
	for i := range branches {
		errs = append(errs, call(i, &branch{done: done[i]}))
	}
	return errors.Join(errs...)
}

// branch is one function of [All], and its steps.
type branch struct {
	key    string
	trying bool    // its steps are done now; otherwise they are those in done
	done   []entry // in their order
	steps  int     // so far
	busy   atomic.Bool
}

// trying reports whether the call of a step is not yet what the body sees of it.
func (f *frame) trying() bool { return f.branch != nil && f.branch.trying }

// try calls all branches, and returns the record of their steps. What else comes of them is seen
// when they are called again.
func try(n int, call func(int, *branch) error) entry {
	done := make([][]entry, n)
	_ = together(n, func(i int) error {
		defer func() { _ = recover() }()
		b := &branch{trying: true}
		defer func() { done[i] = b.done }()
		return call(i, b)
	})
	value, err := json.Marshal(done)
	if err != nil {
		return entry{Failure: failureOf(err, nil)}
	}
	return entry{Value: value}
}

// step makes the call of a step by a branch.
func (b *branch) step(ctx context.Context, r *run, name string, args json.RawMessage, do func(context.Context) entry) (entry, error) {
	if !b.busy.CompareAndSwap(false, true) {
		return entry{}, errBusy
	}
	defer b.busy.Store(false)
	b.steps++
	if b.trying {
		e := guarded(func() entry { return do((&frame{run: r, key: b.key + "." + strconv.Itoa(b.steps)}).context(ctx)) })
		e.Step, e.Args = name, args
		b.done = append(b.done, e)
		return e, nil
	}
	if b.steps > len(b.done) || b.done[b.steps-1].Step != name || string(b.done[b.steps-1].Args) != string(args) {
		r.park("step %d: a branch of all called %s, which is not what is recorded: it must depend on its own steps alone", r.steps, name)
	}
	return b.done[b.steps-1], nil
}

// together calls a function for each number below n at the same time. It panics with what one of
// them panicked with.
func together(n int, call func(int) error) error {
	errs, panics := make([]error, n), make([]any, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			defer func() { panics[i] = recover() }()
			errs[i] = call(i)
		})
	}
	group.Wait()
	for _, p := range panics {
		if p != nil {
			panic(p)
		}
	}
	return errors.Join(errs...)
}
