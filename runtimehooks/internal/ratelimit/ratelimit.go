package ratelimit

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"
)

// ErrLimited says that no token is there in time.
var ErrLimited = errors.New("too many calls")

// Limiter hands out tokens. Its methods may be called from any goroutine.
type Limiter struct {
	name string
	key  string // of a limiter of a Keyed, for people to read

	full atomic.Int64 // when the bucket is full again, in nanoseconds since the pace's epoch
	pace atomic.Pointer[pace]
}

// pace is how fast tokens come.
type pace struct {
	events, burst int
	per           time.Duration
	epoch         time.Time

	token int64 // nanoseconds until another token is there
	ahead int64 // nanoseconds until an empty bucket is full
}

// newPace returns a pace with all numbers at least 1. A token's time is rounded to a nanosecond,
// which is 0.05 % at a million a second and nothing at rates that divide it.
func newPace(events int, per time.Duration, burst int, epoch time.Time) *pace {
	p := &pace{events: max(events, 1), per: max(per, 1), burst: max(burst, 1), epoch: epoch}
	p.token = max(int64(math.Round(float64(p.per)/float64(p.events))), 1)
	p.ahead = longest
	if int64(p.burst) < longest/p.token {
		p.ahead = p.token * int64(p.burst)
	}
	return p
}

// at returns the time as an offset from the epoch.
func (p *pace) at(now time.Time) int64 { return max(int64(now.Sub(p.epoch)), -longest) }

// longest keeps times from overflowing: 73 years.
const longest = math.MaxInt64 / 4

// New returns a limiter with a full bucket of burst tokens, into which come so many events per
// duration.
func New(name string, events int, per time.Duration, burst int) *Limiter {
	return newLimiter(name, "", newPace(events, per, burst, time.Now()))
}

func newLimiter(name, key string, p *pace) *Limiter {
	l := &Limiter{name: name, key: key}
	l.full.Store(-longest)
	l.pace.Store(p)
	return l
}

// Name returns the name that New was given.
func (l *Limiter) Name() string { return l.name }

// Key returns the text of the key of a limiter of a [Keyed], else "".
func (l *Limiter) Key() string { return l.key }

// Take takes a token at the time now. If there is none, it takes nothing and returns how long until
// there is one.
func (l *Limiter) Take(now time.Time) (wait time.Duration, ok bool) {
	return l.reserve(now, 0)
}

// reserve takes the next token if it is there after at most the duration. It returns in how long it
// is there.
func (l *Limiter) reserve(now time.Time, most time.Duration) (wait time.Duration, ok bool) {
	p := l.pace.Load()
	at := p.at(now)
	for {
		full := l.full.Load()
		next := max(full, at) + p.token
		if wait := time.Duration(next - p.ahead - at); wait > most && wait > 0 {
			return wait, false
		} else if l.full.CompareAndSwap(full, next) {
			return max(wait, 0), true
		}
	}
}

// Wait takes a token, and waits until it is there. If that were longer than most, or as long as ctx
// lasts, it takes nothing and returns ErrLimited at once, with how long until there would be one.
// If ctx ends while it waits, the token goes back and the error is ctx's.
func (l *Limiter) Wait(ctx context.Context, now time.Time, most time.Duration) (retryAfter time.Duration, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		most = min(most, deadline.Sub(now)-1)
	}
	wait, ok := l.reserve(now, most)
	switch {
	case !ok:
		return wait, ErrLimited
	case wait == 0:
		return 0, nil
	}
	timer := time.NewTimer(time.Until(now.Add(wait)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0, nil
	case <-ctx.Done():
		l.full.Add(-l.pace.Load().token)
		return 0, ctx.Err()
	}
}

// Set changes how fast tokens come, and how many the bucket holds. The tokens in it stay, as far as
// they fit. Those that wait do so as long as they were told.
func (l *Limiter) Set(events int, per time.Duration, burst int, now time.Time) {
	l.set(newPace(events, per, burst, l.pace.Load().epoch), now)
}

func (l *Limiter) set(to *pace, now time.Time) {
	at := to.at(now)
	from := l.pace.Swap(to)
	if from.token == to.token && from.burst == to.burst {
		return
	}
	for {
		full := l.full.Load()
		missing := (float64(to.burst) - from.tokens(full, at)) * float64(to.token)
		if l.full.CompareAndSwap(full, at+int64(math.Round(max(min(missing, longest), -longest)))) {
			return
		}
	}
}

// tokens returns how many tokens are there; less than 0 if some are waited for.
func (p *pace) tokens(full, at int64) float64 {
	return float64(p.burst) - float64(max(full-at, 0))/float64(p.token)
}

// Snapshot is a limiter at one moment.
type Snapshot struct {
	Name   string
	Key    string  // of a limiter of a Keyed, for people to read
	Tokens float64 // that are there; less than 0 by those that are waited for
	Burst  int     // tokens that the bucket holds
	Events int     // tokens that come
	Per    time.Duration
}

// Snapshot returns the limiter as it is now.
func (l *Limiter) Snapshot(now time.Time) Snapshot {
	p := l.pace.Load()
	tokens := p.tokens(l.full.Load(), p.at(now))
	return Snapshot{Name: l.name, Key: l.key, Tokens: tokens, Burst: p.burst, Events: p.events, Per: p.per}
}
