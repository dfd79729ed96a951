package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// chance reports true as often in a hundred times.
func chance(percent int) bool { return rand.IntN(100) < percent }

// upTo returns a duration up to d.
func upTo(d time.Duration) time.Duration { return rand.N(d) }

// How bodies fail.
var (
	errBusy = errors.New("busy")
	errGone = errors.New("gone")
	late    = busyUntil(2 * time.Millisecond)
)

// busyUntil is an error that says how long to wait.
type busyUntil time.Duration

func (busyUntil) Error() string               { return "busy for a while" }
func (b busyUntil) RetryAfter() time.Duration { return time.Duration(b) }

// patience is how long a body waits for the end of its context: some sites have no timeout, and
// some callers no end.
const patience = 40 * time.Millisecond

// trip is what a caller and its callees have seen of one call.
type trip struct{ bodies counter }

type tripKey struct{}

// body is what the functions do. Most succeed while all is well, and fewer at times.
func (s *subject) body(ctx context.Context, key string) (receipt, error) {
	if t, ok := ctx.Value(tripKey{}).(*trip); ok {
		t.bodies.Add(1)
	}
	s.bodies.Add(1)
	s.raise(s.running.Add(1))
	defer s.running.Add(-1)
	if s.shared != nil {
		s.shared.raise(s.shared.running.Add(1))
		defer s.shared.running.Add(-1)
	}
	if r, err, ok := s.misbehave(ctx, key); ok {
		return r, err
	}
	if chance(30) {
		time.Sleep(upTo(2 * time.Millisecond))
	}
	return s.succeed(key)
}

func (s *subject) succeed(key string) (receipt, error) {
	if s.successes != nil {
		s.counts.Lock()
		s.successes[key]++
		s.counts.Unlock()
	}
	return receipt{Key: key}, nil
}

// misbehave does what a body may do wrong, and reports whether it did.
func (s *subject) misbehave(ctx context.Context, key string) (receipt, error, bool) {
	switch n := rand.IntN(1000); {
	case n < 15:
		panic("out of stock")
	case n < 25:
		runtime.Goexit()
	case n < 85: // it stalls until its context ends
		wait(ctx)
		return receipt{}, context.Cause(ctx), ctx.Err() != nil
	case n < 110: // and beyond, and succeeds or fails all the same
		wait(ctx)
		time.Sleep(upTo(8 * time.Millisecond))
		if chance(50) {
			r, err := s.succeed(key)
			return r, err, true
		}
		return receipt{}, errBusy, true
	case n < 140:
		return receipt{}, backoff.Permanent(errGone), true
	case n < 160:
		return receipt{}, late, true
	case n < 200, s.sick.Load() && n < 700:
		return receipt{}, errBusy, true
	}
	return receipt{}, nil, false
}

// wait returns when ctx has ended, or when patience has.
func wait(ctx context.Context) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
