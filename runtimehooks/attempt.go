package runtimehooks

import (
	"context"

	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Allow asks the breaker, in a function whose body is not a loop of attempts, whether the call may go on. If not, it
// sets *err to an [*OpenError] and returns false, and the function returns.
func (c *Call) Allow(err *error) bool {
	if c.state == nil {
		return true
	}
	if refused := c.acquire(); refused != nil {
		*err = refused
		return false
	}
	return true
}

// Next reports whether the body is to be called, again or for the first time. Calling it again means that the body has
// returned, with its error in *err: Next tells the breaker, decides on another attempt, sleeps before it, and leaves the
// call's final error in *err when there is none.
func (c *Call) Next(err *error) bool {
	if c.state == nil {
		c.attempt++
		return c.attempt == 1
	}
	if c.phase == running {
		c.phase = between
		if !c.again(err) {
			c.phase = done
			return false
		}
	}
	if refused := c.acquire(); refused != nil {
		*err = c.refused(refused, *err)
		c.phase = done
		return false
	}
	c.attempt++
	if c.attempt > 1 && c.recording {
		telemetry.Retry(c.span, int(c.attempt), c.pauses.last, *err)
	}
	c.phase = running
	return true
}

// again judges the attempt that has just returned *err, and reports whether there is to be another one.
func (c *Call) again(err *error) bool {
	c.tick()
	missed := c.missed()
	if missed {
		last := *err
		if c.site.Retry != nil {
			last, _ = permanent(last)
		}
		*err = c.late(c.attempted(last))
	}
	if c.permit.Held() {
		c.release(c.outcome(*err))
	}
	if *err == nil || missed || c.site.Retry == nil {
		return false
	}
	return c.retry(c.site.Retry, err)
}

// refused returns the call's error when the breaker refuses an attempt after others that ended with last.
func (c *Call) refused(refusal *OpenError, last error) error {
	if c.attempt == 0 {
		return refusal
	}
	return c.attempted(ended(refusal, last))
}

// attempted returns err, wrapped in a [*RetryError] if it ends more than one attempt.
func (c *Call) attempted(err error) error {
	if err == nil || c.attempt < 2 {
		return err
	}
	return &RetryError{Site: c.site.Function, Attempts: int(c.attempt), Err: err}
}

// Around runs the site's custom advice, the first outermost, with next inside. Advice may call next never, once or
// several times; what it returns is the attempt's error.
func (c *Call) Around(ctx context.Context, next func(context.Context) error) error {
	if c.state == nil {
		return next(ctx)
	}
	return around(c.site, c.site.Around, ctx, next)
}

func around(site *Site, advice []Advice, ctx context.Context, next func(context.Context) error) error {
	if len(advice) == 0 {
		return next(ctx)
	}
	return advice[0].Func(ctx, site, func(ctx context.Context) error {
		return around(site, advice[1:], ctx, next)
	})
}
