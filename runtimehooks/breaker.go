package runtimehooks

import (
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/circuit"
)

// BreakerState is a circuit breaker's state.
type BreakerState uint8

// The states of a circuit breaker. It begins closed.
const (
	BreakerClosed   = BreakerState(circuit.Closed)   // calls go through
	BreakerOpen     = BreakerState(circuit.Open)     // calls are refused until the cooldown is over
	BreakerHalfOpen = BreakerState(circuit.HalfOpen) // a few calls go through, to see whether it may close
)

// String returns "closed", "open" or "half-open".
func (s BreakerState) String() string { return circuit.State(s).String() }

// BreakerChange is one change of a circuit breaker's state.
type BreakerChange struct {
	Breaker  string // the breaker's name, or the function it belongs to where it has none
	From, To BreakerState
	At       time.Time
}

// OnBreakerChange has listener called at every change of every circuit breaker, until the returned
// function is called. The listener runs on the goroutine of a call that uses the breaker, outside
// the breaker's lock, with the changes of one breaker one at a time and in their order. It may use
// breakers itself, this one included.
func OnBreakerChange(listener func(BreakerChange)) (remove func()) {
	return circuit.Listen(func(c circuit.Change) {
		listener(BreakerChange{Breaker: c.Breaker, From: BreakerState(c.From), To: BreakerState(c.To), At: c.At})
	})
}

// StateOfBreaker returns the state of the breaker that sites name; false if none of them has been
// called. An open breaker becomes half-open when the first call after its cooldown asks for a
// permit.
func StateOfBreaker(name string) (BreakerState, bool) {
	b, ok := circuit.Lookup(name)
	if !ok {
		return BreakerClosed, false
	}
	return BreakerState(b.State()), true
}
