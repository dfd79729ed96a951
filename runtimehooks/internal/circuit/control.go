package circuit

import "time"

// Mode says who decides on a breaker's state.
type Mode uint8

// The modes. A breaker begins in Auto.
const (
	Auto         Mode = iota // the outcomes of calls
	ForcedClosed             // an operator: all calls go through, whatever becomes of them
	ForcedOpen               // an operator: no call goes through
)

// String returns "auto", "closed" or "open".
func (m Mode) String() string {
	switch m {
	case Auto:
		return "auto"
	case ForcedClosed:
		return "closed"
	default:
		return "open"
	}
}

// Force sets the mode. In Auto a breaker begins again as closed, with nothing counted. Outcomes of
// calls from before are ignored. Setting the mode that it has changes nothing.
func (b *Breaker) Force(mode Mode, now time.Time) {
	b.mu.Lock()
	if mode != b.mode {
		b.force(mode, now)
	}
	b.mu.Unlock()
	b.notices.deliver()
}

func (b *Breaker) force(mode Mode, now time.Time) {
	b.mode = mode
	if mode == ForcedOpen {
		b.become(Open, now)
	} else {
		b.become(Closed, now)
	}
}

// Reconfigure changes the options. The state stays, and holds under the new options at once: a
// shorter cooldown ends sooner. What the window has counted is kept unless its size, or what is
// slow, has changed.
func (b *Breaker) Reconfigure(config Config, now time.Time) {
	config = config.effective()
	b.mu.Lock()
	if !b.config.sameWindow(config) {
		b.window = newWindow(config)
	} else if w, ok := b.window.(*period); ok {
		w.least = config.Min
	}
	b.config = config
	b.setQuiet()
	b.conclude(now) // fewer probes may be needed than have succeeded, and then no call would come to close it
	b.mu.Unlock()
	b.notices.deliver()
}

// Durations returns how long the breaker has been in each state until now, indexed by State.
func (b *Breaker) Durations(now time.Time) [3]time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.durations(now)
}

func (b *Breaker) durations(now time.Time) [3]time.Duration {
	spent := b.spent
	spent[b.state] += max(now.Sub(b.since), 0)
	return spent
}

// Opened returns how often a closed breaker has opened. A probe that failed opens it again, but not
// once more.
func (b *Breaker) Opened() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// Snapshot is a breaker at one moment.
type Snapshot struct {
	Name     string
	Key      string // of a breaker of a Keyed, for people to read
	State    State
	Mode     Mode
	Since    time.Time     // begin of the state
	Wait     time.Duration // open: until a call may go through; 0 if the next one may
	Ended    int64         // outcomes that were their callers' doing
	Failures int           // closed: consecutive failures
	Window   []Tally       // closed: the latest calls, or those of each part of Period, oldest first; nil without Rate and Slow
	Probing  int           // half-open: calls that are out
	Probed   int           // half-open: successes
	Opened   int64         // how often it has opened
	Config   Config        // effective: what is not judged is 0
}

// Glance returns the state, and whether an operator decides on it.
func (b *Breaker) Glance() (state State, forced bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, b.mode != Auto
}

// Snapshot returns the breaker as it is now.
func (b *Breaker) Snapshot(now time.Time) Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := Snapshot{
		Name: b.name, Key: b.key, State: b.state, Mode: b.mode, Since: b.since, Failures: b.failures,
		Probing: len(b.probes), Probed: b.probed, Opened: b.opened, Ended: b.ended, Config: b.config,
	}
	if b.state == Open {
		s.Wait = max(b.wait(now), 0)
	}
	if b.window != nil {
		s.Window = b.window.list(now)
	}
	return s
}
