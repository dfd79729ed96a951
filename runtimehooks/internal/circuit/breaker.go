package circuit

import (
	"sync"
	"sync/atomic"
	"time"
)

// Permit lets one call through. The zero Permit is none. A holder must pass it to Report exactly
// once, whatever happens to the call.
type Permit struct {
	generation uint64
	probe      uint32 // of a half-open breaker; else 0
}

// Held reports whether p is a permit at all.
func (p Permit) Held() bool { return p.generation != 0 }

// Breaker is a circuit breaker. Its methods may be called from any goroutine. The state only
// changes inside them: an open breaker becomes half-open when the first call after the cooldown
// asks.
type Breaker struct {
	name string
	key  string // of a breaker of a Keyed

	// quiet is the generation while nothing that a call may do but fail changes anything: the
	// breaker is closed, is judged by consecutive failures alone and has none, or is forced closed;
	// else 0. Then neither a permit nor a success needs the lock.
	quiet atomic.Uint64

	mu         sync.Mutex
	config     Config
	mode       Mode
	state      State
	generation uint64        // counts state changes from 1: a result from an older one is ignored
	since      time.Time     // begin of the state
	failures   int           // closed: consecutive failures
	window     window        // closed, with Rate or Slow: the latest outcomes; else nil
	probes     []probe       // half-open: those that are out, the oldest first
	serial     uint32        // of the probe that began last
	patience   time.Duration // half-open: what probes may take beyond ProbeTimeout, as those that were replaced have shown
	probed     int           // half-open: successes

	spent  [3]time.Duration // in each state, until since
	opened int64
	ended  int64 // outcomes that were their callers' doing

	notices notices
}

// New returns a closed breaker. Its name appears in listeners' changes.
func New(name string, config Config) *Breaker { return newKey(name, "", config) }

func newKey(name, key string, config Config) *Breaker {
	config = config.effective()
	b := &Breaker{name: name, key: key, config: config, generation: 1, since: time.Now(), window: newWindow(config)}
	b.setQuiet()
	return b
}

// Name returns the name that New was given.
func (b *Breaker) Name() string { return b.name }

// Key returns the text of the key of a breaker of a [Keyed], else "".
func (b *Breaker) Key() string { return b.key }

// State returns the state. An open breaker whose cooldown is over stays open until a call asks for
// a permit.
func (b *Breaker) State() State {
	if b.quiet.Load() != 0 {
		return Closed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// Acquire asks for a permit at the time now. Without one it returns how long the breaker refuses
// calls at most, which is never 0: the remaining cooldown; when it is half-open and its probes are
// all out, the time until the oldest of them is replaced; the whole cooldown when it is forced
// open.
func (b *Breaker) Acquire(now time.Time) (permit Permit, wait time.Duration, ok bool) {
	if g := b.quiet.Load(); g != 0 {
		return Permit{generation: g}, 0, true
	}
	b.mu.Lock()
	if b.state == Open {
		if wait := b.wait(now); wait > 0 || b.mode == ForcedOpen {
			b.mu.Unlock()
			return Permit{}, wait, false
		}
		b.become(HalfOpen, now)
	}
	permit = Permit{generation: b.generation}
	if b.state == HalfOpen {
		if wait := b.busy(now); wait > 0 {
			b.mu.Unlock()
			return Permit{}, wait, false
		}
		permit.probe = b.addProbe(now)
	}
	b.mu.Unlock()
	b.announce(permit, now)
	return permit, 0, true
}

// wait returns how long an open breaker still refuses calls; 0 or less if the cooldown is over.
func (b *Breaker) wait(now time.Time) time.Duration {
	if b.mode == ForcedOpen {
		return b.config.Cooldown
	}
	return b.since.Add(b.config.Cooldown).Sub(now)
}

// announce tells the listeners of a change that Acquire made. If one of them panics, the caller
// never gets the permit: it goes back, for a half-open breaker would wait for its outcome forever.
func (b *Breaker) announce(permit Permit, now time.Time) {
	if !b.notices.waiting.Load() {
		return
	}
	told := false
	defer func() {
		if !told {
			b.Report(permit, Neutral, now, 0)
		}
	}()
	b.notices.deliver()
	told = true
}

// Report gives a permit back with the outcome of its call, which ended at the time now and took so
// long. It does nothing when the state has changed since the permit was given.
func (b *Breaker) Report(permit Permit, outcome Outcome, now time.Time, took time.Duration) {
	if outcome == Success && b.quiet.Load() == permit.generation {
		return
	}
	b.mu.Lock()
	if outcome == Ended {
		b.ended++
	}
	if permit.generation == b.generation && b.mode == Auto {
		slow := b.config.Slow > 0 && took >= b.config.Slow
		switch b.state {
		case Closed:
			b.count(outcome, slow, now)
		case HalfOpen:
			b.judge(permit.probe, outcome, slow, now, took)
		}
	}
	b.mu.Unlock()
	b.notices.deliver()
}

// count judges an outcome while closed.
func (b *Breaker) count(outcome Outcome, slow bool, now time.Time) {
	if outcome.neutral() {
		return
	}
	if outcome == Failure {
		b.failures++
	} else {
		b.failures = 0
	}
	if b.config.Failures > 0 && b.failures >= b.config.Failures {
		b.become(Open, now)
		return
	}
	if b.window == nil {
		b.setQuiet()
		return
	}
	b.window.add(outcome == Failure, slow, now)
	if total, enough := b.window.judged(); enough && total.exceeds(&b.config) {
		b.become(Open, now)
	}
}

// become changes the state and forgets everything about the old one.
func (b *Breaker) become(state State, now time.Time) {
	if state != b.state {
		b.notices.add(Change{Breaker: b.name, Key: b.key, From: b.state, To: state, Forced: b.mode != Auto, At: now})
	}
	if b.state == Closed && state == Open {
		b.opened++
	}
	b.spent = b.durations(now)
	b.state, b.since = state, now
	b.generation++
	b.failures, b.probes, b.probed, b.patience = 0, b.probes[:0], 0, 0
	if b.window != nil {
		b.window.clear()
	}
	b.setQuiet()
}

// setQuiet recomputes quiet.
func (b *Breaker) setQuiet() {
	if b.state == Closed && (b.mode == ForcedClosed || b.window == nil && b.failures == 0) {
		b.quiet.Store(b.generation)
	} else {
		b.quiet.Store(0)
	}
}
