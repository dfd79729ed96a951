package runtimehooks

import (
	"context"
	"errors"

	"github.com/instrumentgo/instrument/runtimehooks/internal/flight"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
)

// cached is an entry of a cache, or what a call shares with those that waited for it.
type cached struct {
	values []any // all results but the error
	err    error
}

// none are the values of a call that gets none, as many as a function may have results.
var none [256]any

// Cached returns the results that the cache has for the key, or that a call which is under way
// gets, and true; *err is that call's error. With false, the call has the lead: it goes on, and
// [Call.Keep] shares what it gets; unless nothing can be looked up by the key. A caller whose
// context ends while it waits gets that error.
func (c *Call) Cached(err *error, key Key) ([]any, bool) {
	st := c.state
	if st == nil || st.on.Cache == nil {
		return nil, false
	}
	if !c.sound(key) {
		c.count(tally.Miss)
		return nil, false
	}
	if found, ok := st.cache.Get(key); ok {
		return c.give(err, found.(cached), tally.Hit)
	}
	lead, result, ended := st.flights.Join(c.ctx, key)
	switch {
	case ended != nil:
		*err = ended
		return none[:], true
	case result.Panic != nil:
		panic(result.Panic)
	case !lead.Held():
		return c.give(err, result.Value.(cached), tally.Shared)
	}
	if found, ok := st.cache.Get(key); ok { // another call has kept it just before
		lead.Finish(found, nil)
		return c.give(err, found.(cached), tally.Hit)
	}
	c.count(tally.Miss)
	m := c.extra()
	m.lead, m.key = lead, key
	return nil, false
}

func (c *Call) give(err *error, found cached, how tally.Cache) ([]any, bool) {
	c.count(how)
	*err = found.err
	if len(found.values) == 0 {
		return none[:], true
	}
	return found.values, true
}

func (c *Call) count(how tally.Cache) {
	if c.state.policies != nil {
		c.state.tally.Cache[how].Add(1)
	}
}

// Keep gives the results of the call, all but the error, to the cache and to those that wait for
// them. A caller's cancel is for this call alone: one of those that wait takes the lead.
func (c *Call) Keep(err *error, results ...any) {
	if c.more == nil || !c.more.lead.Held() {
		return
	}
	lead := c.more.lead
	c.more.lead = flight.Lead{}
	if *err != nil && c.outer.Err() != nil {
		lead.Abandon()
		return
	}
	entry := cached{values: results, err: *err}
	if c.keeps(*err) {
		c.state.cache.Set(c.more.key, entry)
	}
	lead.Finish(entry, nil)
}

// keeps reports whether the cache is to keep what the call got: not what the fallback gave, nor
// that a policy refused it.
func (c *Call) keeps(err error) bool {
	switch {
	case c.more.fell:
		return false
	case err == nil:
		return true
	}
	refused := errors.Is(err, ErrOpen) || errors.Is(err, ErrFull) || errors.Is(err, ErrLimited) || errors.Is(err, ErrTimeout)
	return c.state.on.Cache.Negative && !refused && !errors.Is(err, context.Canceled)
}

// leaveFlight ends the call's lead if the call has left before Keep: by a panic, which reaches all
// that wait, or otherwise.
func (c *Call) leaveFlight(panicked bool, value any) {
	switch {
	case !c.more.lead.Held():
	case panicked:
		c.more.lead.Panic(value)
	default:
		c.more.lead.Abandon()
	}
}
