// Package circuit is the circuit breaker's state machine, and the registry of named breakers.
package circuit

import (
	"sync"
	"sync/atomic"
	"time"
)

// State is a breaker's state.
type State uint8

// The states. A breaker begins closed.
const (
	Closed   State = iota // calls go through
	Open                  // calls are refused until the cooldown is over
	HalfOpen              // a few calls go through, to see whether it may close
)

// String returns "closed", "open" or "half-open".
func (s State) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	default:
		return "half-open"
	}
}

// Outcome is what a call with a permit tells its breaker.
type Outcome uint8

// The outcomes. A neutral one gives the permit back and counts as nothing.
const (
	Success Outcome = iota
	Failure
	Neutral
)

// Config says when a breaker opens and closes.
type Config struct {
	Failures int           // consecutive failures that open it, where Rate is 0
	Rate     float64       // share of failures in a full window that opens it
	Window   int           // calls in the window
	Cooldown time.Duration // time it stays open
	Probes   int           // calls let through at once while half-open, and successes that close it
}

// Permit lets one call through. The zero Permit is none. A holder must pass it to Report exactly once, whatever
// happens to the call.
type Permit struct {
	generation uint64
}

// Held reports whether p is a permit at all.
func (p Permit) Held() bool { return p.generation != 0 }

// Breaker is a circuit breaker. Its methods may be called from any goroutine. The state only changes inside them: an
// open breaker becomes half-open when the first call after the cooldown asks.
type Breaker struct {
	name   string
	config Config

	// quiet is the generation while the breaker is closed, judged by consecutive failures, and has none; else 0.
	// Then neither a permit nor a success changes anything, and neither needs the lock.
	quiet atomic.Uint64

	mu         sync.Mutex
	state      State
	generation uint64    // counts state changes from 1: a result from an older one is ignored
	failures   int       // closed: consecutive failures
	window     window    // closed, with Rate: the last outcomes
	until      time.Time // open: end of the cooldown
	probing    int       // half-open: permits given out
	probed     int       // half-open: successes

	notices notices
}

// New returns a closed breaker. Its name appears in listeners' changes.
func New(name string, config Config) *Breaker {
	config.Failures = max(config.Failures, 1)
	config.Probes = max(config.Probes, 1)
	b := &Breaker{name: name, config: config, generation: 1}
	if config.Rate > 0 {
		b.window = window{failed: make([]bool, max(config.Window, 1))}
	}
	b.setQuiet()
	return b
}

// Name returns the name that New was given.
func (b *Breaker) Name() string { return b.name }

// State returns the state. An open breaker whose cooldown is over stays open until a call asks for a permit.
func (b *Breaker) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// Acquire asks for a permit at the time now. Without one it returns the remaining cooldown, which is 0 for a half-open
// breaker whose probes are all out.
func (b *Breaker) Acquire(now time.Time) (permit Permit, wait time.Duration, ok bool) {
	if g := b.quiet.Load(); g != 0 {
		return Permit{g}, 0, true
	}
	b.mu.Lock()
	if b.state == Open {
		if wait := b.until.Sub(now); wait > 0 {
			b.mu.Unlock()
			return Permit{}, wait, false
		}
		b.become(HalfOpen, now)
	}
	if b.state == HalfOpen {
		if b.probing+b.probed >= b.config.Probes {
			b.mu.Unlock()
			return Permit{}, 0, false
		}
		b.probing++
	}
	permit = Permit{b.generation}
	b.mu.Unlock()
	b.announce(permit, now)
	return permit, 0, true
}

// announce tells the listeners of a change that Acquire made. If one of them panics, the caller never gets the permit:
// it goes back, for a half-open breaker would wait for its outcome forever.
func (b *Breaker) announce(permit Permit, now time.Time) {
	if !b.notices.waiting.Load() {
		return
	}
	told := false
	defer func() {
		if !told {
			b.Report(permit, Neutral, now)
		}
	}()
	b.notices.deliver()
	told = true
}

// Report gives a permit back with the outcome of its call at the time now. It does nothing when the state has changed
// since the permit was given.
func (b *Breaker) Report(permit Permit, outcome Outcome, now time.Time) {
	if outcome == Success && b.quiet.Load() == permit.generation {
		return
	}
	b.mu.Lock()
	if permit.generation == b.generation {
		switch b.state {
		case Closed:
			b.count(outcome, now)
		case HalfOpen:
			b.probe(outcome, now)
		}
	}
	b.mu.Unlock()
	b.notices.deliver()
}

// count judges an outcome while closed.
func (b *Breaker) count(outcome Outcome, now time.Time) {
	if outcome == Neutral {
		return
	}
	if b.config.Rate > 0 {
		b.window.add(outcome == Failure)
		if b.window.full() && b.window.rate() >= b.config.Rate {
			b.become(Open, now)
		}
		return
	}
	if outcome == Success {
		b.failures = 0
		b.setQuiet()
		return
	}
	b.failures++
	b.quiet.Store(0)
	if b.failures >= b.config.Failures {
		b.become(Open, now)
	}
}

// probe judges an outcome while half-open.
func (b *Breaker) probe(outcome Outcome, now time.Time) {
	b.probing--
	switch outcome {
	case Failure:
		b.become(Open, now)
	case Success:
		if b.probed++; b.probed >= b.config.Probes {
			b.become(Closed, now)
		}
	}
}

// become changes the state and forgets everything about the old one.
func (b *Breaker) become(state State, now time.Time) {
	b.notices.add(Change{Breaker: b.name, From: b.state, To: state, At: now})
	b.state = state
	b.generation++
	b.failures, b.probing, b.probed = 0, 0, 0
	b.window.clear()
	if state == Open {
		b.until = now.Add(b.config.Cooldown)
	}
	b.setQuiet()
}

// setQuiet recomputes quiet.
func (b *Breaker) setQuiet() {
	if b.state == Closed && b.config.Rate <= 0 && b.failures == 0 {
		b.quiet.Store(b.generation)
	} else {
		b.quiet.Store(0)
	}
}

// window is a ring of the last outcomes.
type window struct {
	failed   []bool
	next     int // index of the oldest, once full
	count    int
	failures int
}

func (w *window) add(failed bool) {
	if w.full() && w.failed[w.next] {
		w.failures--
	}
	w.failed[w.next] = failed
	if failed {
		w.failures++
	}
	w.next = (w.next + 1) % len(w.failed)
	w.count = min(w.count+1, len(w.failed))
}

func (w *window) full() bool { return w.count == len(w.failed) }

func (w *window) rate() float64 { return float64(w.failures) / float64(w.count) }

func (w *window) clear() { w.next, w.count, w.failures = 0, 0, 0 }
