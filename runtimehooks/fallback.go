package runtimehooks

import "context"

// Fallback reports whether the fallback is to answer in place of the call, which has failed with
// *err. It is not after a caller's cancel: nobody waits for an answer.
func (c *Call) Fallback(err *error) bool {
	st := c.state
	if st == nil || st.on.Fallback == nil || *err == nil || c.outer.Err() == context.Canceled {
		return false
	}
	f := st.on.Fallback
	if matches(*err, f.Skip) || len(f.On) > 0 && !matches(*err, f.On) {
		return false
	}
	m := c.extra()
	m.fell, m.fellAt = true, c.took
	c.phase = running
	if c.recording {
		c.span.AddEvent("fallback")
	}
	return true
}
