package runtimehooks

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// branch is how one of the bodies of a hedged call ended.
type branch struct {
	entrant  *entrant
	won      func() // sets the call's results to the branch's
	err      error
	failure  error // what that means to policies, or its response
	said     said  // what functions of the user's say of its results
	given    bool  // it has a response of an exchange
	panicked bool
	value    any // of the panic
	exited   bool
}

func (b *branch) succeeded() bool { return !b.exited && b.failure == nil && !b.said.yes() }

// Hedge runs the call's attempts in branches that begin one after the other, until one has
// succeeded, or failed in a way that the others would, too, or all that have begun have failed.
// Each has a Call and a context of its own. When one has won, the others are cancelled, and what
// they make all the same is closed. won sets the results.
func (c *Call) Hedge(run func(call *Call, ctx context.Context) (won func(), err error)) error {
	if c.state == nil || c.state.on.Hedge == nil {
		won, err := run(c, c.Context())
		won()
		return err
	}
	if c.state.hedges != nil {
		c.state.hedges.Call(c.now())
	}
	c.countHedge(false)
	c.phase = running
	c.sent = c.once // by the only branch; others send copies
	last := c.race(run)
	c.tick()
	if last.panicked {
		panic(last.value)
	}
	c.phase = done
	if last.won != nil {
		last.won()
		c.given = last.given
	}
	if c.missed() {
		return c.late(last.err)
	}
	return last.err
}

// race returns the branch that the call ends with.
func (c *Call) race(run func(*Call, context.Context) (func(), error)) branch {
	h := c.state.on.Hedge
	r := &race{ends: make(chan branch, h.Max), close: h.Close}
	defer r.leave()
	begun, running := 0, 0
	begin := func() {
		begun, running = begun+1, running+1
		e := &entrant{ctx: bound.New(c.ctx)}
		r.entrants = append(r.entrants, e)
		go c.fork(e).branch(run, r)
	}
	begin()
	timer := time.NewTimer(h.Delay)
	defer timer.Stop()
	var failed []error
	for {
		select {
		case end := <-r.ends:
			running--
			switch {
			case end.succeeded():
				return r.win(end)
			case end.panicked:
				return end
			}
			if !end.exited && !(filter{h.If, h.Unless, h.On, h.Skip, end.said}).takes(end.failure) {
				return r.win(end.among(failed))
			}
			r.failed = append(r.failed, end)
			if end.err != nil {
				failed = append(failed, end.err)
			}
			if running == 0 {
				return r.fail(failed)
			}
		case <-timer.C:
			if begun >= h.Max || c.once || !c.mayHedge(begun+1) {
				continue
			}
			begin()
			timer.Reset(h.Delay)
		case <-c.ctx.Done():
			return r.interrupted(c.ctx, failed)
		}
	}
}

// entrant is a branch in its race.
type entrant struct {
	ctx      *bound.Context
	made     []any    // the results that must be closed if it loses
	discards discards // gives them back; nil for the site's closer
}

// race is what the branches of one call share.
type race struct {
	ends  chan branch // has room for all
	close Closer

	entrants []*entrant // that have begun
	failed   []branch   // those of them that have ended in vain
	winner   *entrant   // nil if there is none

	mu   sync.Mutex
	over bool // the call has ended, with a winner or without
}

// win has the branch win. Its context is let go, and not cancelled, for what its body has handed
// on.
func (r *race) win(end branch) branch {
	r.winner = end.entrant
	r.winner.ctx.Release()
	return end
}

// among returns the end with the errors of other branches in the chain of its own, if it has one.
func (b branch) among(others []error) branch {
	if b.err != nil {
		b.err = amongOthers(b.err, others)
	}
	return b
}

// fail returns the end of a call of which no branch has succeeded: the last one, unless another one
// has results to return.
func (r *race) fail(errs []error) branch {
	for _, end := range slices.Backward(r.failed) {
		if end.err == nil {
			return r.win(end)
		}
	}
	end := r.failed[len(r.failed)-1]
	return end.among(errs[:len(errs)-1])
}

// interrupted returns the end of a call whose context has ended: with the branch that has succeeded
// just before, else with the reason, and what other branches failed with.
func (r *race) interrupted(ctx context.Context, failed []error) branch {
	for {
		select {
		case end := <-r.ends:
			if end.succeeded() {
				return r.win(end)
			}
			if end.err != nil && !isContextError(end.err) {
				failed = append(failed, end.err)
			}
		default:
			return branch{err: amongOthers(reason(ctx), failed)}
		}
	}
}

// leave cancels the branches that have not won, and closes what those that have ended have made.
func (r *race) leave() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	for _, e := range r.entrants {
		if e != r.winner {
			e.ctx.Cancel(beaten)
		}
	}
	for _, end := range r.failed {
		if end.entrant != r.winner && (end.err == nil || end.entrant.discards != nil) {
			r.dropLater(end.entrant)
		}
	}
	for {
		select {
		case end := <-r.ends:
			r.dropLater(end.entrant)
		default:
			return
		}
	}
}

// dropLater is drop for one that has ended before the call.
func (r *race) dropLater(loser *entrant) {
	if len(loser.made) > 0 {
		go r.drop(loser)
	}
}

// finish takes how a branch has ended. What one makes that ends too late is closed.
func (r *race) finish(end branch) {
	r.mu.Lock()
	over := r.over
	if !over {
		r.ends <- end
	}
	r.mu.Unlock()
	if over {
		r.drop(end.entrant)
	}
}

// drop closes what a branch has made that has not won, unless the winner has made the same.
func (r *race) drop(loser *entrant) {
	for _, v := range loser.made {
		if r.winner == nil || !slices.ContainsFunc(r.winner.made, func(w any) bool { return same(v, w) }) {
			if loser.discards != nil {
				loser.discards.discard(v)
			} else {
				closeResult(v, r.close)
			}
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
func (c *Call) fork(e *entrant) *Call {
	return &Call{
		Site: c.Site, state: c.state, ctx: e.ctx, outer: c.outer, span: c.span, recording: c.recording,
		start: c.start, took: c.took, breaker: c.breaker, entrant: e, once: c.once,
	}
}

// beaten is why the contexts of branches end when another has won.
var beaten = bound.Because(context.Canceled, errBeaten)

// beaten reports whether the call is a branch that was cancelled because another has won.
func (c *Call) beaten() bool { return c.entrant != nil && context.Cause(c.entrant.ctx) == errBeaten }

// branch runs the attempts and sends how they ended. What a panic or a Goexit leaves behind is
// given back.
func (c *Call) branch(run func(*Call, context.Context) (func(), error), r *race) {
	end := branch{entrant: c.entrant, exited: true, err: errExited, failure: errExited}
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
		r.finish(end)
	}()
	won, err := run(c, c.ctx)
	end = branch{entrant: c.entrant, won: won, err: err, failure: c.failure(err), said: c.said.of(ofHedge), given: c.given}
}
