package runtimehooks

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
)

// Limit asks the limiter of the key, or that of calls without one, whether the call may begin, and
// waits for its turn if it may. If not, it sets *err to a [*LimitedError] or to the error of the
// context that ended first, and returns false, and the function returns.
func (c *Call) Limit(err *error, key Key) bool {
	if c.state == nil {
		return true
	}
	return c.limit(err, key)
}

func (c *Call) limit(err *error, key Key) bool {
	st := c.state
	if st.on.Limit == nil {
		return true
	}
	l := st.limiter
	if c.names(key) {
		l = st.limiterFor(c.Site, key)
	}
	after, ok := time.Duration(0), true
	var ended error
	if st.on.Limit.Wait <= 0 {
		if after, ok = l.Take(c.now()); !ok { // the last reading of the clock may be older than what others have taken
			c.tick()
			after, ok = l.Take(c.now())
		}
	} else {
		c.tick()
		if after, ended = l.Wait(c.ctx, c.now(), st.on.Limit.Wait); ended != nil {
			ok = false
		}
		c.tick()
	}
	if st.policies != nil {
		st.tally.Limit[tally.Index(!ok)].Add(1)
	}
	if ok {
		return true
	}
	*err = &LimitedError{Site: c.Site.Function, Limit: l.Name(), After: after}
	if ended != nil && isContextError(ended) {
		*err = ended
	}
	return false
}

// Authorize takes what the function that authz asks has returned. If that is an error, it sets *err
// to a [*DeniedError] and returns false, and the function returns. Sites that are switched off ask
// all the same.
func (c *Call) Authorize(err *error, verdict error) bool {
	if verdict == nil {
		return true
	}
	*err = &DeniedError{Site: c.Site.Function, Err: verdict}
	return false
}

// Validate takes what the function that validate asks has returned. If that is an error, it sets
// *err to an [*InvalidError] and returns false, and the function returns. Sites that are switched
// off ask all the same.
func (c *Call) Validate(err *error, verdict error) bool {
	if verdict == nil {
		return true
	}
	*err = &InvalidError{Site: c.Site.Function, Err: verdict}
	return false
}
