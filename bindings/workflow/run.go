package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"

	"github.com/instrumentgo/instrument/bindings"
)

// run is one execution of a run, as the calls of its body see it.
type run struct {
	exec    Execution
	binding string
	known   Errors // of the workflow's package
	part    *part  // of the platform
	limit   int    // of a record, in bytes

	busy  atomic.Bool // a call of the body is under way
	gone  atomic.Bool // the engine has ended the execution
	steps int         // so far

	canceled bool      // the request was seen
	undoing  bool      // the body has ended, and failed
	undo     []undoing // of the steps so far
	inbox    []message // received, and not yet asked for
}

// frame is what the context of a run's code says: the body's, a branch's of [All], or a step's.
type frame struct {
	run    *run
	branch *branch // nil outside of All
	key    string  // of the step whose function has the context; "" in a body
}

type frameKey struct{}

func frameOf(ctx context.Context) *frame {
	f, _ := ctx.Value(frameKey{}).(*frame)
	return f
}

// bodyOf returns the frame of a context if it is that of a body or a branch.
func bodyOf(ctx context.Context) *frame {
	if f := frameOf(ctx); f != nil && f.key == "" {
		return f
	}
	return nil
}

func (f *frame) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// entry is the record of a step.
type entry struct {
	Step     string          `json:"step"`
	Args     json.RawMessage `json:"args,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Failure  *failure        `json:"failure,omitempty"`
	Canceled bool            `json:"canceled,omitempty"` // it did not begin, because the run was canceled
	Lost     bool            `json:"lost,omitempty"`     // it was done, and what it returned could not be recorded
}

var (
	errCanceled = bindings.Errorf(bindings.Canceled, "the run was canceled")
	errBusy     = bindings.Errorf(bindings.FailedPrecondition, "the body of a run must make one call after the other: use workflow.All")
	errBranch   = bindings.Errorf(bindings.FailedPrecondition, "a branch of workflow.All must only call steps")
)

// enter begins a call of the body, which must end with leave. An execution that the engine has
// ended does not go on, even if the body has recovered from that.
func (r *run) enter() error {
	switch {
	case r.gone.Load():
		runtime.Goexit()
	case !r.busy.CompareAndSwap(false, true):
		return errBusy
	}
	return nil
}

func (r *run) leave() { r.busy.Store(false) }

// ask asks the engine, and notes if that does not return.
func (r *run) ask(do func() error) error {
	returned := false
	defer func() {
		if !returned {
			r.gone.Store(true)
		}
	}()
	err := do()
	returned = true
	return err
}

// park ends the execution, because the run cannot go on with this code.
func (r *run) park(format string, args ...any) {
	_ = r.ask(func() error {
		reason := fmt.Sprintf(format, args...)
		r.stops(Parked, reason)
		r.exec.Park(reason)
		runtime.Goexit() // no engine returns
		return nil
	})
}

// record returns the next record, which do makes if there is none. It parks a run whose records are
// of other code.
func (r *run) record(name string, args json.RawMessage, do func() entry) entry {
	var data []byte
	err := r.ask(func() (err error) {
		data, err = r.exec.Step(name, func() []byte {
			e := do()
			e.Step, e.Args = name, args
			return r.bounded(e)
		})
		return err
	})
	if err != nil {
		r.park("step %d: %v", r.steps, err)
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		r.park("step %d: decode record: %v", r.steps, err)
	}
	switch {
	case e.Step != name:
		r.park("step %d was %s and is now %s: "+changed, r.steps, e.Step, name)
	case string(e.Args) != string(args):
		r.park("step %d: %s had other arguments: "+changed, r.steps, name)
	}
	return e
}

// bounded returns an entry as it is recorded. One that is too large becomes a failure.
func (r *run) bounded(e entry) []byte {
	data, err := json.Marshal(e)
	if err == nil && len(data) <= r.limit {
		return data
	}
	if err == nil {
		err = bindings.Errorf(bindings.ResourceExhausted, "the record of step %s has %d bytes, and may have %d", e.Step, len(data), r.limit)
	}
	data, err = json.Marshal(entry{Step: e.Step, Args: e.Args, Failure: failureOf(err, nil), Lost: e.Failure == nil})
	if err != nil { // arguments are JSON already
		panic(err)
	}
	return data
}

// keyOf returns the key of a step: stable for the run.
func (r *run) keyOf(step int) string {
	return r.binding + "/" + r.exec.Key() + "/" + strconv.Itoa(step)
}

// step makes the call of one step by a body or a branch.
func (f *frame) step(ctx context.Context, name string, args json.RawMessage, undone bool, do func(context.Context) entry) (entry, error) {
	if f.branch != nil {
		return f.branch.step(ctx, f.run, name, args, do)
	}
	r := f.run
	if err := r.enter(); err != nil {
		return entry{}, err
	}
	defer r.leave()
	if len(args) > r.limit/2 {
		return entry{}, bindings.Errorf(bindings.ResourceExhausted, "the arguments of step %s have %d bytes, and may have %d", name, len(args), r.limit/2)
	}
	if r.canceled && !r.undoing {
		return entry{}, errCanceled
	}
	r.steps++
	e := r.begin(name, undone)
	if !e.Canceled {
		e = r.record(name, args, func() entry {
			if !undone && r.asked() {
				return entry{Canceled: true}
			}
			ctx, span := begin((&frame{run: r, key: r.keyOf(r.steps)}).context(ctx), "step "+name, nil)
			defer span.End()
			e := guarded(func() entry { return do(ctx) })
			failed(span, e.Failure)
			return e
		})
	}
	if e.Canceled {
		r.canceled = true
		return e, errCanceled
	}
	if e.Lost && undone {
		r.undo = append(r.undo, undoing{name, e.Args, nil, func(context.Context) error { return e.Failure.err(nil) }})
	}
	return e, nil
}

// begin records that a step begins whose doing can be undone. One that has begun is done again when
// its run goes on, even if that is canceled meanwhile, so that it can be undone.
func (r *run) begin(name string, undone bool) entry {
	if !undone {
		return entry{}
	}
	return r.record("begin "+name, nil, func() entry { return entry{Canceled: r.asked()} })
}

// asked reports whether a request to cancel is still to be heeded.
func (r *run) asked() bool { return !r.undoing && r.exec.Canceled() }

// guarded calls a step's function, whose panic is its failure.
func guarded(do func() entry) (e entry) {
	defer func() {
		if p := recover(); p != nil {
			e = entry{Failure: failureOf(panicked(p), nil)}
		}
	}()
	return do()
}
