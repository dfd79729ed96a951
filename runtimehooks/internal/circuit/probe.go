package circuit

import (
	"slices"
	"time"
)

// probe is a call that a half-open breaker has let through.
type probe struct {
	serial uint32
	since  time.Time
}

// busy returns how long a half-open breaker has no permit for a further call, 0 if it has one. A
// probe that has not returned for ProbeTimeout makes room for another: it may never return, and the
// breaker would stay half-open for as long.
func (b *Breaker) busy(now time.Time) time.Duration {
	if len(b.probes) == 0 || len(b.probes)+b.probed < b.config.Probes {
		return 0
	}
	timeout := max(b.config.ProbeTimeout, b.patience)
	if wait := b.probes[0].since.Add(timeout).Sub(now); wait > 0 {
		return min(wait, timeout) // the caller's clock may be a little behind
	}
	b.probes = slices.Delete(b.probes, 0, 1)
	return 0
}

// addProbe notes that a probe begins, and returns its number.
func (b *Breaker) addProbe(now time.Time) uint32 {
	b.serial++
	if b.serial == 0 {
		b.serial++ // 0 is none
	}
	b.probes = append(b.probes, probe{b.serial, now})
	return b.serial
}

// judge takes the outcome of a probe. A slow success is a failure: what is as slow as it was is no
// better. The outcome of one that has been replaced is ignored, but that it came shows that calls
// take longer than ProbeTimeout: those after it get the time, or none would ever return in time.
func (b *Breaker) judge(serial uint32, outcome Outcome, slow bool, now time.Time, took time.Duration) {
	i := slices.IndexFunc(b.probes, func(p probe) bool { return p.serial == serial })
	if i < 0 {
		b.patience = max(b.patience, 2*took)
		return
	}
	b.probes = slices.Delete(b.probes, i, i+1)
	switch {
	case outcome.neutral():
	case outcome == Failure || slow:
		b.become(Open, now)
	default:
		b.probed++
		b.conclude(now)
	}
}

// conclude closes a half-open breaker that has had its successes.
func (b *Breaker) conclude(now time.Time) {
	if b.state == HalfOpen && b.probed >= b.config.Probes {
		b.become(Closed, now)
	}
}
