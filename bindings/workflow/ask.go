package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// Result waits until a run has ended, or ctx ends, and returns what its body returned. A failure
// has the text and the code of the body's error, and matches the Errors of [Handle] that this
// process knows; that of a canceled run is Canceled if the body says nothing else. There must be
// such a run, or the error is NotFound. In the body of another run it waits in that run's time.
func (o Of[In, Out]) Result(ctx context.Context, id string) (out Out, err error) {
	if f := bodyOf(ctx); f != nil {
		return childResult(ctx, o, id)
	}
	c, key, err := o.beginOn(ctx, "wait for result", id)
	if err != nil {
		return out, err
	}
	defer c.Unwind()
	waiting, cancel := context.WithCancelCause(c.Ctx)
	defer cancel(nil)
	defer context.AfterFunc(o.access.Closing(), func() { cancel(errClosing) })()
	state, err := c.Store.Ended(waiting, key)
	if err != nil && context.Cause(waiting) == errClosing {
		err = errClosing
	}
	if err == nil {
		err = decode(state, o.part.errors(o.name), &out)
	}
	return out, c.End(err)
}

var errClosing = bindings.Errorf(bindings.Unavailable, "the platform is closing")

// decode returns how a run has ended.
func decode(state State, known Errors, out any) error {
	var ended output
	if err := json.Unmarshal(state.Output, &ended); err != nil {
		return fmt.Errorf("decode output: %w", err)
	}
	if ended.Failure != nil {
		return ended.Failure.err(known)
	}
	if err := json.Unmarshal(ended.Value, out); err != nil {
		return fmt.Errorf("decode result: %w", err)
	}
	return nil
}

// Signal sends a run a value, which [Wait] returns to its body. It fails with NotFound if there is
// no such run, and with FailedPrecondition if it has ended. In the body of a run it is a step. Sent
// twice it is two signals.
func (o Of[In, Out]) Signal(ctx context.Context, id, signal string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return bindings.Failed("signal", o.label(), fmt.Errorf("encode value: %w", err))
	}
	return o.recorded(ctx, "signal", startArgs{id + "/" + signal, data}, func(ctx context.Context, _ *parent) error {
		return o.send(ctx, "signal", id, message{Signal: signal, Data: data}, Store.Send)
	})
}

// Cancel asks a run to end. The next step of its body, or the one that waits, fails with Canceled,
// and so do those after it; steps that have begun are finished. When the body has returned an error
// what it did is undone. A body that returns a result all the same has succeeded. In the body of a
// run it is a step.
func (o Of[In, Out]) Cancel(ctx context.Context, id string) error {
	return o.recorded(ctx, "cancel", startArgs{ID: id}, func(ctx context.Context, _ *parent) error {
		return o.send(ctx, "cancel", id, message{Cancel: true}, Store.Cancel)
	})
}

// Retry lets a run go on that is parked, or that is stuck: what could not be undone is tried again.
// Any other run fails with FailedPrecondition; one that has failed is started again under another
// ID.
func (o Of[In, Out]) Retry(ctx context.Context, id string) error {
	return o.resolve(ctx, "retry", id, verdictRetry)
}

// Skip lets a run go on that is stuck, without undoing what could not be undone. That stays in its
// reason. Any other run fails with FailedPrecondition.
func (o Of[In, Out]) Skip(ctx context.Context, id string) error {
	return o.resolve(ctx, "skip", id, verdictSkip)
}

func (o *opened) resolve(ctx context.Context, op, id, verdict string) error {
	c, key, err := o.beginOn(ctx, op, id)
	if err != nil {
		return err
	}
	defer c.Unwind()
	state, err := c.Store.Get(c.Ctx, key)
	switch {
	case err != nil:
		return c.End(err)
	case state.Status == Parked && verdict == verdictRetry:
		return c.End(c.Store.Resume(c.Ctx, key))
	case state.Status != Stuck:
		return c.End(bindings.Errorf(bindings.FailedPrecondition, "the run is %s", state.Status))
	}
	data, err := json.Marshal(message{Verdict: verdict})
	if err != nil {
		return c.End(err)
	}
	return c.End(c.Store.Send(c.Ctx, key, data))
}

// send puts a message into the mailbox of a run.
func (o *opened) send(ctx context.Context, op, id string, m message, send func(Store, context.Context, string, []byte) error) error {
	c, key, err := o.beginOn(ctx, op, id)
	if err != nil {
		return err
	}
	defer c.Unwind()
	data, err := json.Marshal(m)
	if err != nil {
		return c.End(err)
	}
	if len(data) > o.limit {
		return c.End(bindings.Errorf(bindings.ResourceExhausted, "the value has %d bytes, and may have %d", len(data), o.limit))
	}
	return c.End(send(c.Store, c.Ctx, key, data))
}

// Info is a run as [Of.List] shows it.
type Info struct {
	ID      string
	Tenant  string // of whoever started it; "" for none
	Status  Status
	Reason  string // why it is parked or stuck, or what was left undone; "" for nothing
	Failure string // of an ended run, the text of its body's error; "" for none
	Started time.Time
	Ended   time.Time // zero while it has not
}

// listPage is how many runs are read at once.
const listPage = 100

// List returns the runs with one of the statuses, all for none, sorted by ID; those of the
// context's tenant, or all if it has none.
func (o Of[In, Out]) List(ctx context.Context, statuses ...Status) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		tenant, _ := bindings.Tenant(ctx)
		for cursor := ""; ; {
			page, err := o.page(ctx, statuses, cursor)
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, state := range page.Runs {
				if tenant != "" && !strings.HasPrefix(state.Key, prefix(tenant)) {
					continue
				}
				if !yield(infoOf(state), nil) {
					return
				}
			}
			if cursor = page.Cursor; cursor == "" {
				return
			}
		}
	}
}

func (o *opened) page(ctx context.Context, statuses []Status, cursor string) (Page, error) {
	c, err := o.begin(ctx, "list")
	if err != nil {
		return Page{}, err
	}
	defer c.Unwind()
	page, err := c.Store.List(c.Ctx, statuses, cursor, listPage)
	return page, c.End(err)
}

func infoOf(state State) Info {
	_, id, _ := strings.Cut(state.Key, ":")
	info := Info{ID: id, Status: state.Status, Reason: state.Reason, Started: state.Started, Ended: state.Ended}
	var in input
	if json.Unmarshal(state.Input, &in) == nil {
		info.Tenant = in.Tenant
	}
	var out output
	if state.Status.Ended() && json.Unmarshal(state.Output, &out) == nil && out.Failure != nil {
		info.Failure = out.Failure.err(nil).Error()
	}
	return info
}

// How often a body looks whether another run has ended, if no message says so.
const (
	firstLook = time.Minute
	lastLook  = time.Hour
)

// childResult is Result in a body: it looks at the run in a step and, until it has ended, waits for
// its message.
func childResult[In, Out any](ctx context.Context, o Of[In, Out], id string) (out Out, err error) {
	type seen struct {
		Ended  bool   `json:"ended"`
		Output []byte `json:"output,omitempty"`
	}
	if o.opened == nil {
		_, err := o.begin(ctx, "wait for result")
		return out, err
	}
	look := &Step{Name: "result of " + o.name}
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		s, err := Record(ctx, look, id, func(ctx context.Context) (seen, error) {
			c, key, err := o.beginOn(ctx, "look at result", id)
			if err != nil {
				return seen{}, err
			}
			defer c.Unwind()
			state, err := c.Store.Get(c.Ctx, key)
			return seen{state.Status.Ended(), state.Output}, c.End(err)
		}, nil)
		if err != nil {
			return out, err
		}
		if s.Ended {
			return out, decode(State{Output: s.Output}, o.part.errors(o.name), &out)
		}
		if err := childEnds(ctx, o.name, id, pause); err != nil {
			return out, err
		}
	}
}

// childEnds waits until a run says that it has ended, but no longer than a pause.
func childEnds(ctx context.Context, name, id string, pause time.Duration) error {
	r, err := waiting(ctx, "wait for result")
	if err != nil {
		return err
	}
	defer r.leave()
	key, err := keyOf(ctx, id)
	if err != nil {
		return err
	}
	_, err = r.await(pause, func(m message) bool { return m.Ended == name+"/"+key })
	if errors.Is(err, errLate) {
		return nil
	}
	return bindings.Failed("wait for result", name, err)
}
