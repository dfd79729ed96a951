package mem

import (
	"runtime"
	"slices"
	"time"

	"github.com/instrumentgo/instrument/bindings/workflow"
)

// execution is one execution of a run by a server. It ends its goroutine once it does not own the
// run any more, which others notice by the epoch.
type execution struct {
	server *server
	run    *run
	epoch  int
	next   int  // index in the journal
	ended  bool // by itself, before the body has returned
}

// execute executes the run, and records its end.
func (e *execution) execute() {
	returned := false
	defer func() {
		if returned {
			return
		}
		p := recover() // of the body, which promises not to
		e.server.runs.mu.Lock()
		defer e.server.runs.mu.Unlock()
		if !e.ended && e.owned() {
			e.run.state.Status, e.run.state.Reason = workflow.Parked, "its body ended the goroutine"
			e.server.runs.assign(e.run)
		}
		if p != nil {
			panic(p)
		}
	}()
	outcome := e.server.body(e.server.ctx, e)
	returned = true
	e.crash()
	e.server.runs.mu.Lock()
	defer e.server.runs.mu.Unlock()
	if e.ended || !e.owned() {
		return
	}
	r := e.run
	r.state.Status, r.state.Reason, r.state.Output, r.state.Ended = outcome.Status, outcome.Reason, outcome.Output, time.Now()
	r.owner, r.mailbox = nil, nil
	r.change()
}

// owned reports whether the execution owns its run. The caller holds the lock.
func (e *execution) owned() bool { return e.run.epoch == e.epoch && e.run.owner == e.server }

// check ends the goroutine if the execution must not go on; one that is about to record something
// may while its server stops. The caller holds the lock, which is released then.
func (e *execution) check(records bool) {
	if e.ended || !e.owned() || e.server.stopping && !records {
		e.ended = true
		e.server.runs.mu.Unlock()
		runtime.Goexit()
	}
}

// crash ends the execution where faults say so, and lets the run begin again.
func (e *execution) crash() {
	if !e.server.faults.crash() {
		return
	}
	e.server.runs.mu.Lock()
	e.check(false)
	e.ended = true
	e.server.runs.assign(e.run)
	e.server.runs.mu.Unlock()
	runtime.Goexit()
}

// Key implements [workflow.Execution].
func (e *execution) Key() string { return e.run.state.Key }

// Input implements [workflow.Execution].
func (e *execution) Input() []byte { return slices.Clone(e.run.state.Input) }

// recorded returns the next answer of the journal, and false at its end. The caller holds the lock.
func (e *execution) recorded(step string) (answer, bool, error) {
	if e.next == len(e.run.journal) {
		return answer{}, false, nil
	}
	a := e.run.journal[e.next]
	e.next++
	if (a.step == "") != (step == "") {
		return answer{}, true, workflow.Differs(named(a.step), named(step))
	}
	return a, true, nil
}

func named(step string) string {
	if step == "" {
		return "a wait"
	}
	return step
}

// record keeps an answer. The caller holds the lock.
func (e *execution) record(a answer) {
	e.run.journal = append(e.run.journal, a)
	e.next++
}

// Step implements [workflow.Execution].
func (e *execution) Step(name string, do func() []byte) ([]byte, error) {
	runs := e.server.runs
	runs.mu.Lock()
	e.check(false)
	a, ok, err := e.recorded(name)
	runs.mu.Unlock()
	if ok {
		return slices.Clone(a.data), err
	}
	e.crash()
	data := do()
	e.crash()
	runs.mu.Lock()
	e.check(true)
	e.record(answer{step: name, data: slices.Clone(data)})
	runs.mu.Unlock()
	e.crash()
	return data, nil
}

// Receive implements [workflow.Execution].
func (e *execution) Receive(within time.Duration) (workflow.Message, bool, error) {
	runs, r := e.server.runs, e.run
	runs.mu.Lock()
	e.check(false)
	if a, ok, err := e.recorded(""); ok {
		runs.mu.Unlock()
		return workflow.Message{Data: slices.Clone(a.data), Left: a.left}, a.received, err
	}
	if r.waits.IsZero() && within >= 0 {
		r.waits = time.Now().Add(within)
	}
	a := e.await()
	r.waits = time.Time{}
	e.record(a)
	runs.mu.Unlock()
	e.crash()
	return workflow.Message{Data: slices.Clone(a.data), Left: a.left}, a.received, nil
}

// await waits for a message, or the end of the wait. The caller holds the lock, also afterwards.
func (e *execution) await() answer {
	runs, r := e.server.runs, e.run
	for {
		left := time.Duration(0)
		if !r.waits.IsZero() {
			left = max(time.Until(r.waits), 0)
		}
		if len(r.mailbox) > 0 {
			a := answer{data: r.mailbox[0], left: left, received: true}
			r.mailbox = r.mailbox[1:]
			return a
		}
		var late <-chan time.Time
		if !r.waits.IsZero() {
			if left == 0 {
				return answer{}
			}
			timer := time.NewTimer(left)
			defer timer.Stop()
			late = timer.C
		}
		changed := r.changed
		runs.mu.Unlock()
		select {
		case <-changed:
		case <-late:
		}
		runs.mu.Lock()
		e.check(false)
	}
}

// Canceled implements [workflow.Execution].
func (e *execution) Canceled() bool {
	e.server.runs.mu.Lock()
	defer e.server.runs.mu.Unlock()
	return e.run.canceled
}

// Mark implements [workflow.Execution].
func (e *execution) Mark(status workflow.Status, reason string) {
	e.server.runs.mu.Lock()
	e.check(false)
	e.run.state.Status, e.run.state.Reason = status, reason
	e.server.runs.mu.Unlock()
}

// Park implements [workflow.Execution].
func (e *execution) Park(reason string) {
	e.server.runs.mu.Lock()
	e.check(false)
	e.ended = true
	e.run.state.Status, e.run.state.Reason = workflow.Parked, reason
	e.server.runs.assign(e.run)
	e.server.runs.mu.Unlock()
	runtime.Goexit()
}
