package runtimehooks

import (
	"cmp"
	"context"
	"errors"
	"reflect"

	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
	"github.com/instrumentgo/instrument/runtimehooks/internal/telemetry"
)

// Allow asks breaker and bulkhead, in a function whose body is not a loop of attempts, whether the
// call may go on. If not, it sets *err to the refusal and returns false, and the function returns.
func (c *Call) Allow(err *error) bool {
	if c.state == nil {
		return true
	}
	if refusal := c.admit(); refusal != nil {
		c.tick()
		*err = refusal
		return false
	}
	return true
}

// Once has retry call the body of this call at most one time, whatever its error: what it does must
// not be done twice. An attempt that breaker or bulkhead refused has done nothing, and is tried
// again. It is for code that has several functions under one site, and is called before Next.
func (c *Call) Once() { c.once = true }

// Next reports whether the body is to be called, again or for the first time. Calling it again
// means that the body has returned, with its error in *err: Next tells the breaker, decides on
// another attempt, sleeps before it, and leaves the call's final error in *err when there is none.
func (c *Call) Next(err *error) bool {
	if c.state == nil { // here, for this much becomes a part of the woven function
		c.attempt++
		return c.attempt == 1
	}
	return c.next(err)
}

func (c *Call) next(err *error) bool {
	if c.phase == running || c.phase == judged {
		c.ended(err)
		c.phase = between
		if !c.again(err) {
			c.phase = done
			return false
		}
		c.forget()
	} else if c.state.retries != nil {
		c.state.retries.Call(c.now())
	}
	for {
		refusal := c.admit()
		if refusal == nil {
			break
		}
		if !c.refused(refusal, err) {
			c.phase = done
			return false
		}
	}
	c.attempt++
	if c.attempt > 1 && c.recording {
		telemetry.Retry(c.span, int(c.attempt), c.more.pauses.last, c.more.pauses.after)
	}
	c.phase = running
	return true
}

// Ended ends the attempt whose body has just returned *err, which a deadline that has passed may
// change, and reports whether policies want to know what functions of the user's say of the
// results. It comes before Next where such functions are asked.
func (c *Call) Ended(err *error) bool {
	if c.state == nil {
		return false
	}
	c.ended(err)
	return true
}

func (c *Call) ended(err *error) {
	if c.phase != running {
		return
	}
	c.phase = judged
	c.tick()
	missed := c.missed()
	c.closeScope(err)
	if missed {
		last := *err
		if c.state.on.Retry != nil {
			last, _ = permanent(last)
		}
		*err = c.late(c.attempted(last))
	}
}

// again judges the attempt that has ended with *err, and reports whether there is to be another
// one.
func (c *Call) again(err *error) bool {
	failure := c.failure(*err)
	c.giveBack(failure)
	switch {
	case failure == nil && !c.said.of(ofRetry).yes():
		return c.conclusion(tally.ValueReturned)
	case c.timedOut:
		return c.conclusion(tally.MaxDuration)
	case c.state.on.Retry == nil:
		return false
	case c.once:
		*err = c.attempted(*err)
		return c.conclusion(tally.NotRetryable)
	}
	return c.retry(c.state.on.Retry, failure, c.said.of(ofRetry), err)
}

// refused judges an attempt that breaker or bulkhead refused, after others that ended with *err,
// and reports whether there is to be another one. A refusal that is retried counts as an attempt.
func (c *Call) refused(refusal error, err *error) bool {
	c.tick()
	last := *err
	if c.missed() {
		*err = c.late(c.attempted(cmp.Or(last, refusal)))
		return c.conclusion(tally.MaxDuration)
	}
	r := c.state.on.Retry
	if r == nil || !r.wants(refusal, 0, false) || c.outer.Err() != nil {
		if c.attempt > 0 && last != nil {
			refusal = ended(refusal, last)
		}
		refusal = c.attempted(refusal)
		*err = refusal
		return c.conclusion(tally.NotRetryable)
	}
	c.attempt++
	*err = refusal
	return c.retry(r, refusal, 0, err)
}

// conclusion counts how a retry ended. It returns false: there is not to be another attempt.
func (c *Call) conclusion(how tally.Retry) bool {
	if c.state.policies != nil && c.state.on.Retry != nil && !c.beaten() {
		c.state.tally.Retry[tally.Index(c.attempt > 1)][how].Add(1)
	}
	return false
}

// attempted returns err, wrapped in a [*RetryError] if it ends more than one attempt.
func (c *Call) attempted(err error) error {
	if err == nil || c.attempt < 2 {
		return err
	}
	return &RetryError{Site: c.Site.Function, Attempts: int(c.attempt), Err: err}
}

// Around runs the site's custom advice, the first outermost, with next inside. Advice may call next
// never, once or several times; what it returns is the attempt's error.
func (c *Call) Around(ctx context.Context, next func(context.Context) error) error {
	if c.state == nil {
		return next(ctx)
	}
	return around(c.Site, c.state.on.Around, ctx, next)
}

// Given returns the context for a body that keeps its own, inside custom advice: the very one that
// its caller gave, unless the advice has handed on another one than it got.
func (c *Call) Given(given, handedOn context.Context) context.Context {
	if c.state == nil || c.span == nil {
		return handedOn
	}
	got := c.Context()
	if got == nil || handedOn == nil || !reflect.ValueOf(got).Comparable() || !reflect.ValueOf(handedOn).Comparable() || got != handedOn {
		return handedOn
	}
	return given
}

func around(site *Site, advice []Advice, ctx context.Context, next func(context.Context) error) error {
	if len(advice) == 0 {
		return next(ctx)
	}
	return advice[0].Func(ctx, site, func(ctx context.Context) error {
		return around(site, advice[1:], ctx, next)
	})
}

// isContextError reports whether err is one that a context ends with.
func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
