package runtimehooks

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
)

// pauses computes the pauses of one call. It is made after the first failure.
type pauses struct {
	backoff backoff.ExponentialBackOff
	made    bool
	last    time.Duration // the latest pause
	after   error         // what the attempt before it ended with
}

// retry decides whether the failed attempt is followed by another, and sleeps before it. If not, it
// makes *err the call's final error. Last is why the attempt has failed, nil where functions of the
// user's have said so. Where *err is nil, the results are the call's if no attempt follows.
func (c *Call) retry(r *Retry, last error, said said, err *error) bool {
	if inside, ok := permanent(last); ok {
		if *err == last {
			*err = inside
		}
		*err = c.attempted(*err)
		return c.conclusion(tally.NotRetryable)
	}
	if !r.wants(last, said, *err == nil) {
		*err = c.attempted(*err)
		return c.conclusion(tally.NotRetryable)
	}
	if int(c.attempt) >= r.Attempts {
		*err = c.attempted(*err)
		return c.conclusion(tally.MaxRetries)
	}
	if c.ctx.Err() != nil {
		if *err != nil {
			*err = c.attempted(ended(reason(c.ctx), *err))
		}
		return c.conclusion(tally.NotRetryable)
	}
	pause, ok := c.pause(r, last)
	if !ok {
		*err = c.attempted(*err)
		return c.conclusion(tally.MaxDuration)
	}
	if b := c.state.retries; b != nil && !b.Try(c.now()) {
		*err = c.attempted(*err)
		c.noteBudget()
		return c.conclusion(tally.MaxRetries)
	}
	c.discard()
	if sleep(c.ctx, pause) != nil {
		*err = c.interrupted(last)
		return false
	}
	c.tick()
	c.more.pauses.after = last
	if c.state.policies != nil {
		c.state.tally.Retries.Add(1)
	}
	return true
}

// wants reports whether err is one to retry, or what functions of the user's say of the results.
// These know better than what a response says, which has no error of its own.
func (r *Retry) wants(err error, said said, response bool) bool {
	if final, ok := errors.AsType[permanence](err); ok && final.Permanent() && !(response && said.yes()) {
		return false
	}
	if errors.Is(err, ErrOpen) && !slices.ContainsFunc(r.On, func(s *error) bool { return *s == ErrOpen }) {
		return false
	}
	return filter{r.If, r.Unless, r.On, r.Abort, said}.takes(err)
}

// pause returns how long to sleep before the next attempt; false if that attempt would begin too
// late. An error in err's chain that says when to come again sets the pause. What asks for more
// than Max is not waited for, and does not come sooner either: whoever asks knows that it would be
// in vain.
func (c *Call) pause(r *Retry, err error) (time.Duration, bool) {
	p := &c.extra().pauses
	if !p.made {
		p.begin(r)
	}
	pause := min(p.backoff.NextBackOff(), r.Max)
	if asked := askedPause(err); asked > r.Max {
		return 0, false
	} else if asked > 0 {
		pause = asked
	}
	c.tick() // the functions of r took their time
	if r.Elapsed > 0 && c.took+pause > r.Elapsed {
		return 0, false
	}
	if deadline, ok := c.ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return 0, false
	}
	p.last = pause
	return pause, true
}

// permanence is an error that says whether trying again can help.
type permanence interface {
	error
	Permanent() bool
}

// begin prepares the first pause.
func (p *pauses) begin(r *Retry) {
	p.made = true
	p.backoff = backoff.ExponentialBackOff{
		InitialInterval:     min(r.Initial, r.Max),
		RandomizationFactor: r.Jitter,
		Multiplier:          r.Factor,
		MaxInterval:         r.Max,
		Clock:               stopped{},
	}
	p.backoff.Reset()
}

// stopped is a clock that stands still. The limit on elapsed time also holds for pauses that an
// error asks for, so it is judged in pause, and the backoff needs no time.
type stopped struct{}

// Now implements backoff.Clock.
func (stopped) Now() time.Time { return time.Time{} }

// interrupted returns the call's final error when its context ended during a pause.
func (c *Call) interrupted(last error) error {
	c.tick()
	if c.missed() {
		c.conclusion(tally.MaxDuration)
		return c.late(c.attempted(last))
	}
	c.conclusion(tally.NotRetryable)
	if last == nil {
		return reason(c.ctx)
	}
	return c.attempted(ended(reason(c.ctx), last))
}

// sleep waits for d, or until ctx ends, and returns ctx's error if it has.
func sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return ctx.Err()
}
