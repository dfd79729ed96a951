package workflow

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/bindings"
)

// message is what is in the mailbox of a run.
type message struct {
	Signal  string          `json:"signal,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
	Cancel  bool            `json:"cancel,omitempty"`
	Verdict string          `json:"verdict,omitempty"` // of an operator on what cannot be undone
	Ended   string          `json:"ended,omitempty"`   // a child, by binding and key

	left time.Duration
}

const (
	verdictRetry = "retry"
	verdictSkip  = "skip"
)

// receive takes the next message, and notes a request to cancel. A limit below zero is none.
func (r *run) receive(within time.Duration) (message, bool) {
	r.steps++
	var data Message
	var ok bool
	err := r.ask(func() (err error) {
		data, ok, err = r.exec.Receive(within)
		return err
	})
	if err != nil {
		r.park("step %d: %v", r.steps, err)
	}
	if !ok {
		return message{}, false
	}
	var m message
	if err := json.Unmarshal(data.Data, &m); err != nil {
		r.park("step %d: decode message: %v", r.steps, err)
	}
	m.left = data.Left
	if m.Signal != "" || m.Ended != "" {
		r.inbox = append(r.inbox, m)
	}
	if m.Cancel && !r.undoing {
		r.canceled = true
	}
	return m, true
}

// take takes the first message out of the inbox that is wanted.
func (r *run) take(wanted func(message) bool) (message, bool) {
	i := slices.IndexFunc(r.inbox, wanted)
	if i < 0 {
		return message{}, false
	}
	m := r.inbox[i]
	r.inbox = slices.Delete(r.inbox, i, i+1)
	return m, true
}

// await waits for a wanted message up to a limit; without limit if it is negative.
func (r *run) await(within time.Duration, wanted func(message) bool) (message, error) {
	for {
		if r.canceled && !r.undoing {
			return message{}, errCanceled
		}
		if m, ok := r.take(wanted); ok {
			return m, nil
		}
		if within == 0 {
			return message{}, errLate
		}
		m, ok := r.receive(within)
		if !ok {
			return message{}, errLate
		}
		if within > 0 {
			within = m.left
		}
	}
}

var errLate = bindings.Errorf(bindings.DeadlineExceeded, "nothing has come in time")

// waiting begins a call that waits, which a body alone may make.
func waiting(ctx context.Context, op string) (*run, error) {
	f := frameOf(ctx)
	switch {
	case f == nil || f.key != "":
		return nil, bindings.Failed(op, "", bindings.Errorf(bindings.FailedPrecondition, "the context must be that of a workflow's body"))
	case f.branch != nil:
		return nil, bindings.Failed(op, "", errBranch)
	}
	return f.run, bindings.Failed(op, "", f.run.enter())
}

// Sleep waits for a duration, also if the process ends meanwhile. Its error is Canceled if the run
// is canceled first. With a context that is not a body's it waits in this process, until ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	if bodyOf(ctx) == nil {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return bindings.Failed("sleep", "", ctx.Err())
		}
	}
	r, err := waiting(ctx, "sleep")
	if err != nil {
		return err
	}
	defer r.leave()
	if d = max(d, 0); d == 0 {
		return nil
	}
	_, err = r.await(d, func(message) bool { return false })
	if err == errLate {
		return nil
	}
	return bindings.Failed("sleep", "", err)
}

// WaitOption changes how [Wait] waits.
type WaitOption func(*time.Duration)

// Within bounds how long [Wait] waits, which fails with DeadlineExceeded then. The time goes on
// while no process runs.
func Within(d time.Duration) WaitOption { return func(within *time.Duration) { *within = max(d, 0) } }

// Wait returns the value of the next signal of a name that the run gets, or has got already. Its
// error is Canceled if the run is canceled first. Signals of one name come in the order in which
// they were sent. Only a body can wait.
func Wait[T any](ctx context.Context, signal string, options ...WaitOption) (T, error) {
	var value T
	op := "wait for " + signal
	r, err := waiting(ctx, op)
	if err != nil {
		return value, err
	}
	defer r.leave()
	within := time.Duration(-1)
	for _, o := range options {
		o(&within)
	}
	m, err := r.await(within, func(m message) bool { return m.Signal == signal })
	if err != nil {
		return value, bindings.Failed(op, "", err)
	}
	if err := json.Unmarshal(m.Data, &value); err != nil {
		return value, fmt.Errorf("%s: decode its value: %w", op, err)
	}
	return value, nil
}

// now is the step that Now is.
var now = Step{Name: "now"}

// Now returns the time at which the body first asked. With a context that is not a body's it is
// time.Now. Its error is that of a step.
func Now(ctx context.Context) (time.Time, error) {
	return Record(ctx, &now, struct{}{}, func(context.Context) (time.Time, error) { return time.Now().Round(0), nil }, nil)
}

// Random returns a source of numbers that are the same whenever the body runs again. With a context
// that is not a body's, they differ. They are no secrets.
func Random(ctx context.Context) *mathrand.Rand {
	f := bodyOf(ctx)
	if f == nil {
		return mathrand.New(mathrand.NewPCG(mathrand.Uint64(), mathrand.Uint64()))
	}
	h := fnv.New128a()
	h.Write([]byte(f.next()))
	sum := h.Sum(nil)
	return mathrand.New(mathrand.NewPCG(binary.BigEndian.Uint64(sum), binary.BigEndian.Uint64(sum[8:])))
}

// Key returns a text that identifies a step of a run, and is the same whenever the step is done
// again: what a callee that must do something once recognises a second call by. In a step it is
// that of the step, in a body that of the next step. With any other context it is new each time.
func Key(ctx context.Context) string {
	f := frameOf(ctx)
	switch {
	case f == nil:
		return rand.Text()
	case f.key != "":
		return f.key
	}
	return f.next()
}

// next returns the key of the next step.
func (f *frame) next() string {
	if f.branch != nil {
		return f.branch.key + "." + strconv.Itoa(f.branch.steps+1)
	}
	return f.run.keyOf(f.run.steps + 1)
}
