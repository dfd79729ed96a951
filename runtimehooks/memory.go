package runtimehooks

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/budget"
	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/flight"
	"github.com/instrumentgo/instrument/runtimehooks/internal/ratelimit"
	"github.com/instrumentgo/instrument/runtimehooks/internal/slots"
	"github.com/instrumentgo/instrument/runtimehooks/internal/tally"
)

// memory is what a site remembers from call to call: its counts and the state of its policies. It
// outlives every change of providers and overrides; a policy that is switched off meanwhile finds
// its state again.
type memory struct {
	tally   tally.Tally
	latest  errorRing
	flights flight.Group

	made  handles  // guarded by the site's lock; each state has a copy
	sized [2]int64 // size and TTL that the cache was made with

	making   sync.Mutex                      // guards the making of the two below
	breakers atomic.Pointer[circuit.Keyed]   // nil before the first call with a key
	limiters atomic.Pointer[ratelimit.Keyed] // likewise
	warned   atomic.Bool                     // of keys that cannot be looked up
}

// handles are the policies of a site that have a state.
type handles struct {
	breaker *circuit.Breaker   // nil without breaker
	limiter *ratelimit.Limiter // nil without limit
	slots   *slots.Slots       // nil without bulkhead
	retries *budget.Budget     // nil without a budget
	hedges  *budget.Budget     // nil without a budget
	cache   CacheStore         // nil without cache
}

// adapt makes what the effective aspects need, and gives what is there already their options. The
// site's lock is held.
func (m *memory) adapt(s *Site, on *Aspects, now time.Time) handles {
	h := &m.made
	if b := on.Breaker; b != nil {
		if h.breaker == nil {
			h.breaker = circuit.Get(b.Name, s.Function, b.config())
		}
		h.breaker.Reconfigure(b.config(), now)
		if k := m.breakers.Load(); k != nil {
			k.Reconfigure(b.config(), now)
		}
	}
	if l := on.Limit; l != nil {
		if h.limiter == nil {
			h.limiter = ratelimit.Get(l.Name, s.Function, l.Rate, l.Per, l.Burst)
		}
		h.limiter.Set(l.Rate, l.Per, l.Burst, now)
		if k := m.limiters.Load(); k != nil {
			k.Set(l.Rate, l.Per, l.Burst, now)
		}
	}
	if b := on.Bulkhead; b != nil {
		if h.slots == nil {
			h.slots = slots.Get(b.Name, s.Function, b.Max, b.Queue)
		}
		h.slots.Set(b.Max, b.Queue)
	}
	if r := on.Retry; r != nil {
		h.retries = adaptBudget(h.retries, r.Budget)
	}
	if hedge := on.Hedge; hedge != nil {
		h.hedges = adaptBudget(h.hedges, hedge.Budget)
	}
	if c := on.Cache; c != nil && (h.cache == nil || m.sized != [2]int64{int64(c.Size), int64(c.TTL)}) {
		h.cache, m.sized = c.Store(c.Size, c.TTL), [2]int64{int64(c.Size), int64(c.TTL)}
	}
	return *h
}

func adaptBudget(b *budget.Budget, share float64) *budget.Budget {
	switch {
	case share <= 0:
		return nil
	case b == nil:
		return budget.New(share)
	}
	b.Set(share)
	return b
}

// config returns the breaker's options as its state machine takes them.
func (b *Breaker) config() circuit.Config {
	return circuit.Config{
		Failures: b.Failures, Rate: b.Rate, Window: b.Window, Period: b.Period, Min: b.Min, Slow: b.Slow, SlowRate: b.SlowRate,
		Cooldown: b.Cooldown, Probes: b.Probes, ProbeTimeout: b.ProbeTimeout,
	}
}

// breakerFor returns the breaker of the key.
func (st *state) breakerFor(site *Site, key Key) *circuit.Breaker {
	k := st.breakers.Load()
	if k == nil {
		st.making.Lock()
		if k = st.breakers.Load(); k == nil {
			k = circuit.GetKeyed(st.on.Breaker.Name, site.Function, st.on.Breaker.config())
			st.breakers.Store(k)
		}
		st.making.Unlock()
	}
	return k.Get(key)
}

// limiterFor returns the limiter of the key.
func (st *state) limiterFor(site *Site, key Key) *ratelimit.Limiter {
	k := st.limiters.Load()
	if k == nil {
		st.making.Lock()
		if k = st.limiters.Load(); k == nil {
			l := st.on.Limit
			k = ratelimit.GetKeyed(l.Name, site.Function, l.Rate, l.Per, l.Burst)
			st.limiters.Store(k)
		}
		st.making.Unlock()
	}
	return k.Get(key)
}
