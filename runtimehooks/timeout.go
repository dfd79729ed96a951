package runtimehooks

import (
	"context"
	"time"
)

// limit returns a context that ends after the timeout, or ctx itself, at no cost, where its own deadline is no later.
func (c *Call) limit(ctx context.Context, after time.Duration) context.Context {
	deadline := c.start.Add(after)
	if theirs, ok := ctx.Deadline(); ok && !theirs.After(deadline) {
		return ctx
	}
	ctx, c.cancel = context.WithDeadlineCause(ctx, deadline, c.state.missed)
	return ctx
}

// missed reports whether the call is past its own deadline at the last reading of the clock. It is not if the caller's
// context ended first. The timer of the deadline may not have fired yet: the clock alone decides.
func (c *Call) missed() bool {
	if c.cancel == nil || c.took < c.site.Timeout.After {
		return false
	}
	cause := context.Cause(c.ctx)
	return cause == nil || cause == error(c.state.missed)
}

// late returns the error of a call that is past its own deadline and whose body returned err.
func (c *Call) late(err error) error {
	if err == error(c.state.missed) {
		err = nil
	}
	return &TimeoutError{Site: c.site.Function, After: c.site.Timeout.After, Err: err}
}
