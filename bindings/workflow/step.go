package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/instrumentgo/instrument/bindings"
)

// Step describes a function that is a step of workflows. The generated file has one for each
// function that is marked //instrument:step.
type Step struct {
	Name   string // in records; another name is another step
	Errors Errors // that its callers distinguish
}

// Records reports whether a call with ctx is one that a running workflow records, rather than an
// ordinary one. It does not allocate.
func (s *Step) Records(ctx context.Context) bool { return bodyOf(ctx) != nil }

// Record makes the call of a step by the body of a run, whose context is ctx: it returns what is
// recorded of the call or, if that is nothing yet, calls do and records its results. In the context
// of do the step's function is called as such. In and Out are the arguments and the results except
// context and error, and have a form in JSON.
//
// If undo is not nil it is called with both when the run fails later. Woven functions call Record;
// do the same by hand for a function that cannot be woven:
//
//	func reserve(ctx context.Context, lines []Line) (Reservation, error) {
//		return workflow.Record(ctx, &reserving, lines, func(ctx context.Context) (Reservation, error) {
//			return stock.Reserve(ctx, lines)
//		}, stock.Release)
//	}
//
// With a context that is not a body's it calls do.
func Record[In, Out any](ctx context.Context, s *Step, in In, do func(context.Context) (Out, error),
	undo func(context.Context, In, Out) error) (Out, error) {
	var out Out
	f := bodyOf(ctx)
	if f == nil {
		return do(ctx)
	}
	args, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("encode arguments of step %s: %w", s.Name, err)
	}
	e, err := f.step(ctx, s.Name, args, undo != nil, func(ctx context.Context) entry {
		out, err := do(ctx)
		if err != nil {
			return entry{Value: partial(out), Failure: failureOf(err, s.Errors)}
		}
		value, err := json.Marshal(out)
		if err != nil {
			return entry{Failure: failureOf(fmt.Errorf("encode results of step %s: %w", s.Name, err), nil), Lost: true}
		}
		return entry{Value: value}
	})
	if err != nil {
		return out, bindings.Failed("call step", s.Name, err)
	}
	if e.Value != nil {
		if err := json.Unmarshal(e.Value, &out); err != nil {
			return out, fmt.Errorf("decode results of step %s: %w", s.Name, err)
		}
	}
	if e.Failure != nil {
		err := e.Failure.err(s.Errors)
		if e.Failure.Panic {
			panic(err)
		}
		return out, err
	}
	if undo != nil && !f.trying() {
		f.run.undo = append(f.run.undo, undoing{s.Name, e.Args, s.Errors, func(ctx context.Context) error {
			var in In
			var out Out // not the body's, which it may have changed
			if err := errors.Join(json.Unmarshal(e.Args, &in), json.Unmarshal(e.Value, &out)); err != nil {
				return fmt.Errorf("decode record: %w", err)
			}
			return undo(ctx, in, out)
		}})
	}
	return out, nil
}

// partial returns the results next to an error, if they have a form in JSON.
func partial(out any) json.RawMessage {
	data, err := json.Marshal(out)
	if err != nil {
		return nil
	}
	return data
}
