package runtimehooks

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
)

// A page about ten thousand sites shows thirty. Of the others it needs no more than counts: what
// this file gives is cheap, and [Site.State] is not.

// Registered returns the sites that are known, sorted by function. The list is shared, and must not
// be changed.
func (p *PolicySet) Registered() []*Site { return registered() }

// changes counts what changes sites otherwise than by a call.
var changes atomic.Uint64

// Pulse returns a number that changes when a call of any site begins, when sites come or go, and
// when overrides or who decides on a breaker change. While it stays the same and no call runs, only
// time can change what sites are.
func (p *PolicySet) Pulse() uint64 {
	pulse := changes.Load()
	for _, s := range p.Registered() {
		if st := s.state.Load(); st != nil {
			pulse += uint64(st.tally.Started.Load())
		}
	}
	return pulse
}

// State returns what the site is and has done.
func (s *Site) State() SiteState { return s.snapshot(time.Now()) }

// SiteGlance is what counts say of a site.
type SiteGlance struct {
	Calls, Failures, Running int64 // as in SiteState

	Open, HalfOpen, Forced int  // breakers, of all keys; one that is forced is nothing else
	Keyed                  bool // breakers or limiters have keys
	Overridden             bool

	started int64  // calls that had begun
	changes uint64 // variable of that name
}

// Glance returns what counts say of the site, and whether that is other than last, which was the
// glance before: if no call has begun since, and none ran then, there is nothing to count.
func (s *Site) Glance(last SiteGlance) (g SiteGlance, fresh bool) {
	now := changes.Load()
	st := s.state.Load()
	var started int64
	if st != nil {
		started = st.tally.Started.Load()
	}
	if last.changes == now && last.started == started && last.Running == 0 {
		return last, false
	}
	return s.count(st, SiteGlance{started: started, changes: now}), true
}

func (s *Site) count(st *state, g SiteGlance) SiteGlance {
	g.Overridden = s.overridden()
	if st == nil {
		return g
	}
	t := &st.tally
	started := g.started
	g.Failures, g.Calls = t.Failures.Load(), t.Latency.CountTo(started)
	g.Running = max(started-g.Calls, 0)
	g.Keyed = st.limiters.Load() != nil
	if st.breaker != nil {
		g.breaker(st.breaker)
		if k := st.breakers.Load(); k != nil {
			g.Keyed = true
			k.Each(g.breaker)
		}
	}
	return g
}

func (g *SiteGlance) breaker(b *circuit.Breaker) {
	switch state, forced := b.Glance(); {
	case forced:
		g.Forced++
	case state == circuit.Open:
		g.Open++
	case state == circuit.HalfOpen:
		g.HalfOpen++
	}
}

// P99 returns State().Latency.P99.
func (s *Site) P99() time.Duration {
	if st := s.state.Load(); st != nil {
		t := &st.tally
		return t.Latency.Quantile(0.99, t.Latency.CountTo(t.Started.Load()))
	}
	return 0
}

// Words returns what the site can be found by, as it was built: its function, name and stacks, its
// aspects, and the names of their shared states.
func (s *Site) Words() []string {
	words := append([]string{s.Function, s.Name}, s.Stacks...)
	for _, r := range overridable {
		if r.Has(&s.Aspects) {
			words = append(words, r.Aspect)
		}
	}
	words = append(words, adviceNames(s.Around)...)
	if s.Breaker != nil {
		words = append(words, s.Breaker.Name)
	}
	if s.Limit != nil {
		words = append(words, s.Limit.Name)
	}
	if s.Bulkhead != nil {
		words = append(words, s.Bulkhead.Name)
	}
	return words
}

// Errors returns State().Errors.
func (s *Site) Errors() []ErrorRecord {
	if st := s.state.Load(); st != nil {
		return st.latest.list()
	}
	return nil
}

// overridden reports whether an override says anything of the site.
func (s *Site) overridden() bool {
	o := overrides.Load()
	return o != nil && slices.ContainsFunc(s.aspectStates(o), func(a AspectState) bool {
		return slices.ContainsFunc(a.Options, func(o OptionState) bool { return o.From != "" })
	})
}
