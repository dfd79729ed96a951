package runtimehooks

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// branch is how one of the bodies of a hedged call ended.
type branch struct {
	won      func() // sets the call's results to the branch's
	err      error
	panicked bool
	value    any // of the panic
	exited   bool
}

// Hedge runs the call's attempts in branches that begin one after the other, until one has
// succeeded or all that have begun have failed. Each has a Call and a context of its own, and is
// cancelled when another has won. won sets the results.
func (c *Call) Hedge(run func(call *Call, ctx context.Context) (won func(), err error)) error {
	if c.state == nil || c.state.on.Hedge == nil {
		won, err := run(c, c.ctx)
		won()
		return err
	}
	if c.state.hedges != nil {
		c.state.hedges.Call(c.now())
	}
	c.countHedge(false)
	c.phase = running
	last := c.race(run)
	c.tick()
	if last.panicked {
		panic(last.value)
	}
	c.phase = done
	if last.won != nil {
		last.won()
	}
	if c.missed() {
		return c.late(last.err)
	}
	return last.err
}

// race returns the branch that the call ends with.
func (c *Call) race(run func(*Call, context.Context) (func(), error)) branch {
	h := c.state.on.Hedge
	ctx, cancel := context.WithCancelCause(c.ctx)
	defer cancel(errBeaten)
	ends := make(chan branch, h.Max)
	begun, running := 0, 0
	begin := func() {
		begun, running = begun+1, running+1
		go c.fork(ctx).branch(run, ends)
	}
	begin()
	timer := time.NewTimer(h.Delay)
	defer timer.Stop()
	for {
		select {
		case end := <-ends:
			running--
			if end.panicked || !end.exited && end.err == nil || running == 0 {
				return end
			}
		case <-timer.C:
			if begun >= h.Max || !c.mayHedge(begun+1) {
				continue
			}
			begin()
			timer.Reset(h.Delay)
		case <-c.ctx.Done():
			return branch{err: c.ctx.Err()}
		}
	}
}

// mayHedge reports whether the budget allows one more branch, the n-th, and counts it.
func (c *Call) mayHedge(n int) bool {
	c.tick()
	if b := c.state.hedges; b != nil && !b.Try(c.now()) {
		c.noteBudget()
		return false
	}
	c.countHedge(true)
	if c.recording {
		telemetry.Hedge(c.span, n)
	}
	return true
}

func (c *Call) countHedge(further bool) {
	if c.state.policies != nil {
		c.state.tally.Hedges[tally.Index(further)].Add(1)
	}
}

// fork returns the call of a branch.
func (c *Call) fork(ctx context.Context) *Call {
	return &Call{
		site: c.site, state: c.state, ctx: ctx, outer: c.outer, span: c.span, recording: c.recording,
		start: c.start, took: c.took, breaker: c.breaker, forked: true,
	}
}

// beaten reports whether the call is a branch that was cancelled because another has won.
func (c *Call) beaten() bool { return c.forked && context.Cause(c.ctx) == errBeaten }

// branch runs the attempts and sends how they ended. What a panic or a Goexit leaves behind is
// given back.
func (c *Call) branch(run func(*Call, context.Context) (func(), error), ends chan<- branch) {
	end := branch{exited: true, err: errExited}
	defer func() {
		if end.exited {
			if end.value = recover(); end.value != nil {
				end.panicked = true
			}
			c.tick()
			f := telemetry.Exited()
			if end.panicked {
				f = telemetry.Panicked(end.value, nil)
			}
			c.conclusion(tally.NotRetryable)
			c.leaveAttempt(&f)
			if c.slot {
				c.releaseSlot()
			}
			if c.permit.Held() {
				c.release(circuit.Failure)
			}
		}
		ends <- end
	}()
	won, err := run(c, c.ctx)
	end = branch{won: won, err: err}
}
