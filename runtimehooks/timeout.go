package runtimehooks

import (
	"context"

	"github.com/instrumentgo/instrument/runtimehooks/internal/bound"
)

// Start begins the timeout in a function with a gate outside it, and returns the context for the
// body.
func (c *Call) Start(context.Context) context.Context {
	if c.state != nil { // in a function of its own, so that the rest becomes a part of the woven one
		return c.startGated()
	}
	return c.ctx
}

func (c *Call) startGated() context.Context {
	if st := c.state; st.on.Timeout != nil && st.gated {
		if st.slow {
			c.tick()
		}
		c.armed = c.took
		c.arm()
	}
	return handed(c.ctx)
}

// arm gives the body a context that ends after the timeout, or leaves it as it is, at no cost,
// where its own deadline is no later.
func (c *Call) arm() {
	c.begun = true
	deadline := c.now().Add(c.state.on.Timeout.After)
	if theirs, ok := c.ctx.Deadline(); ok && !theirs.After(deadline) {
		return
	}
	c.bound = bound.Until(c.ctx, deadline, c.state.on.Timeout.After, c.state.late)
	c.ctx = c.bound
}

// missed reports whether the call is past its own deadline at the last reading of the clock. It is
// not if the caller's context ended first. The timer of the deadline may not have fired yet: the
// clock alone decides.
func (c *Call) missed() bool {
	if c.bound == nil || c.took-c.armed < c.state.on.Timeout.After {
		return false
	}
	cause := context.Cause(c.whole())
	return cause == nil || cause == error(c.state.missed)
}

// unbind lets go of the body's context. After a success the deadline is disarmed, and what the body
// has handed on, such as a transaction or a goroutine, ends with the caller alone, as if the
// function were not woven. After a failure it is cancelled.
func unbind(ctx *bound.Context, succeeded bool) {
	if succeeded {
		ctx.Release()
	} else {
		ctx.Cancel(bound.Canceled)
	}
}

// whole returns the context of all attempts.
func (c *Call) whole() context.Context {
	if c.more != nil && c.more.scope.parent != nil {
		return c.more.scope.parent
	}
	return c.ctx
}

// late returns the error of a call that is past its own deadline and whose body returned err.
func (c *Call) late(err error) error {
	c.timedOut = true
	if err == error(c.state.missed) {
		err = nil
	}
	return &TimeoutError{Site: c.Site.Function, After: c.state.on.Timeout.After, Err: err}
}
