package runtimehooks

import (
	"context"
	"errors"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/slots"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Keyed picks the breaker of the key for this call.
func (c *Call) Keyed(key Key) {
	if c.state != nil && c.state.on.Breaker != nil && c.names(key) {
		c.breaker = c.state.breakerFor(c.Site, key)
	}
}

// admit gets an attempt what it needs: a permit of the breaker, a context of its own, a slot of the
// bulkhead. It returns why there is none; then the attempt holds nothing.
func (c *Call) admit() error {
	on := &c.state.on
	if on.Breaker != nil {
		if refusal := c.acquire(); refusal != nil {
			return refusal
		}
	}
	c.from = c.took
	if on.Retry != nil {
		c.openScope()
	}
	if on.Bulkhead != nil {
		if err := c.takeSlot(); err != nil {
			c.closeScope(&err)
			c.giveBack(err)
			return err
		}
	}
	c.from = c.took
	return nil
}

// acquire asks the breaker for a permit.
func (c *Call) acquire() error {
	if c.breaker == nil {
		c.breaker = c.state.breaker
	}
	b := c.breaker
	before := c.watch()
	permit, wait, ok := b.Acquire(c.now())
	c.noteChange(before)
	if ok {
		c.permit = permit
		return nil
	}
	if c.state.policies != nil {
		c.state.tally.Breaker[tally.Open].Add(1)
	}
	return &OpenError{Site: c.Site.Function, Breaker: b.Name(), After: wait, HalfOpen: b.State() == circuit.HalfOpen}
}

// takeSlot takes a slot of the bulkhead, and waits for it if it may.
func (c *Call) takeSlot() error {
	b, s := c.state.on.Bulkhead, c.state.slots
	err := s.Acquire(c.ctx, b.Wait)
	if b.Wait > 0 || b.Queue > 0 {
		before := c.took
		c.tick()
		if p := c.state.policies; p != nil && err == nil {
			p.waiting.Record(c.outer, c.took-before)
		}
	}
	if p := c.state.policies; p != nil {
		c.state.tally.Bulkhead[tally.Index(err != nil)].Add(1)
	}
	switch err {
	case nil:
		c.slot = true
		return nil
	case slots.ErrFull:
		return &FullError{Site: c.Site.Function, Bulkhead: s.Name(), Max: b.Max}
	}
	return err
}

// giveBack returns what admit got, with the attempt's error.
func (c *Call) giveBack(err error) {
	if c.slot {
		c.releaseSlot()
	}
	if c.permit.Held() {
		c.settlePermit(err)
	}
}

func (c *Call) releaseSlot() {
	c.slot = false
	c.state.slots.Release()
	if p := c.state.policies; p != nil {
		p.running.Record(c.outer, c.took-c.from)
	}
}

// release gives the breaker's permit back, with what the body did. It counts as given back even if
// a listener panics.
func (c *Call) release(outcome circuit.Outcome) {
	permit := c.permit
	c.permit = circuit.Permit{}
	if c.state.policies != nil && outcome != circuit.Neutral {
		c.state.tally.Breaker[counted[outcome]].Add(1)
	}
	before := c.watch()
	c.breaker.Report(permit, outcome, c.now(), c.took-c.from)
	c.noteChange(before)
}

// counted says as what outcomes are counted.
var counted = [...]tally.Breaker{circuit.Success: tally.Success, circuit.Failure: tally.Failure, circuit.Ended: tally.EndedByCaller}

// outcome is what err means to the breaker.
func (c *Call) outcome(err error) circuit.Outcome {
	b := c.state.on.Breaker
	said := c.said.of(ofBreaker)
	switch {
	case err == nil && !said.yes(), matches(err, b.Skip):
		return circuit.Success
	case c.beaten():
		return circuit.Neutral
	case c.endedByCaller(err):
		return circuit.Ended
	case !(filter{b.If, b.Unless, b.On, b.Skip, said}).takes(err):
		return circuit.Success
	}
	return circuit.Failure
}

// settlePermit returns the permit of an attempt that has ended with err. If a function of the
// user's panics that is asked about err, that counts as a failure.
func (c *Call) settlePermit(err error) {
	if err == nil && !c.said.of(ofBreaker).yes() {
		c.release(circuit.Success)
		return
	}
	outcome := circuit.Failure
	defer func() { c.release(outcome) }()
	outcome = c.outcome(err)
}

// endedByCaller reports whether an attempt that failed with err was ended by its caller, and not by
// what it calls: the caller has cancelled it, or has given it less time than it takes as a rule and
// that time is over. What it takes is the slow option, or else what nine out of ten successful
// calls have taken. So callers in a hurry do not open the breaker for those who have time; a callee
// that hangs does, because callers whose calls used to succeed have time.
func (c *Call) endedByCaller(err error) bool {
	ended := c.outer.Err()
	if ended == context.Canceled {
		return true
	}
	deadline, ok := c.outer.Deadline()
	if !ok || ended == nil && c.now().Before(deadline) && (!errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout)) {
		return false
	}
	left := deadline.Sub(c.start.Add(c.from))
	if left <= 0 {
		return true
	}
	enough := c.state.on.Breaker.Slow
	if enough <= 0 {
		enough = c.state.tally.Usual()
	}
	return left < enough
}

// watch returns the breaker's state if the call has a span to write a change to.
func (c *Call) watch() circuit.State {
	if !c.recording {
		return circuit.Closed
	}
	return c.breaker.State()
}

// noteChange writes a change of the breaker's state, which this call may have caused, to its span.
func (c *Call) noteChange(before circuit.State) {
	if !c.recording {
		return
	}
	if now := c.breaker.State(); now != before {
		telemetry.BreakerChange(c.span, c.breaker.Name(), before.String(), now.String())
	}
}

// noteBudget writes to the call's span that a budget allows no further attempt: nothing else there
// says so.
func (c *Call) noteBudget() {
	if c.recording {
		c.span.AddEvent("budget exhausted")
	}
}
