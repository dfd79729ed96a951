package circuit

import "time"

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

// The outcomes. A neutral one gives the permit back and counts as nothing; so does one that was the
// caller's doing, which is counted apart.
const (
	Success Outcome = iota
	Failure
	Neutral
	Ended
)

func (o Outcome) neutral() bool { return o == Neutral || o == Ended }

// Config says when a breaker opens and closes. Rate and SlowRate are judged on one window: the last
// Window calls once there are so many, or with Period the calls of that time once they are at least
// Min.
type Config struct {
	Failures int           // consecutive failures that open it, where Rate is 0; with Slow, 0 for none
	Rate     float64       // share of failures in the window that opens it; 0 for none
	Window   int           // calls in the window; 0 for 20
	Period   time.Duration // length of a window of time; 0 for one of calls
	Min      int           // calls in Period without which nothing is judged; at least 1
	Slow     time.Duration // time from which on a call is slow; 0 for never
	SlowRate float64       // share of slow calls in the window that opens it; 0 for 1: all of them
	Cooldown time.Duration // time it stays open
	Probes   int           // calls let through at once while half-open, and successes that close it; at least 1

	ProbeTimeout time.Duration // time after which a call let through while half-open makes room for another; 0 for Cooldown
}

// effective returns c with its defaults filled in, and 0 for what is not judged.
func (c Config) effective() Config {
	c.Probes = max(c.Probes, 1)
	if c.ProbeTimeout <= 0 {
		c.ProbeTimeout = c.Cooldown
	}
	if c.ProbeTimeout <= 0 {
		c.ProbeTimeout = time.Second
	}
	switch {
	case c.Rate > 0:
		c.Failures = 0
	case c.Slow > 0:
		c.Failures = max(c.Failures, 0)
	default:
		c.Failures = max(c.Failures, 1)
	}
	if c.Slow > 0 && c.SlowRate <= 0 {
		c.SlowRate = 1
	}
	switch {
	case c.Rate <= 0 && c.Slow <= 0:
		c.Window, c.Period, c.Min = 0, 0, 0
	case c.Period > 0:
		c.Window, c.Min = 0, max(c.Min, 1)
	case c.Window <= 0:
		c.Window, c.Min = 20, 0
	default:
		c.Min = 0
	}
	return c
}

// sameWindow reports whether what was counted under c means the same under d.
func (c Config) sameWindow(d Config) bool {
	return c.Window == d.Window && c.Period == d.Period && c.Slow == d.Slow
}
