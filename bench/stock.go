package bench

import (
	"context"
	"errors"
	"time"
)

// Function is the form of the function that is compared, bare or wrapped.
type Function func(ctx context.Context, n int) (int, error)

// ErrBusy is how [Stock.Reserve] fails.
var ErrBusy = errors.New("busy")

// Stock is what the functions work on. Its methods are safe for concurrent use only if it is
// Shared.
type Stock struct {
	Shared bool                        // Reserve is called by several goroutines at once, and does nothing but add
	Calls  int                         // of Reserve, so far
	Busy   int                         // further calls of Reserve that fail with ErrBusy
	Hook   func(context.Context) error // nil, or what Reserve does when it is not busy, and its error
}

// Reserve is the body. It returns n+1 on success.
func (s *Stock) Reserve(ctx context.Context, n int) (int, error) {
	if s.Shared {
		return n + 1, nil
	}
	s.Calls++
	if s.Busy > 0 {
		s.Busy--
		return 0, ErrBusy
	}
	if s.Hook != nil {
		if err := s.Hook(ctx); err != nil {
			return 0, err
		}
	}
	return n + 1, nil
}

// The limits of every contender's policies. Rate, burst and slots are more than any benchmark
// needs.
const (
	rate     = 1_000_000_000 // calls a second
	burst    = rate          // calls at once after a pause
	slots    = 64            // calls at a time
	deadline = time.Minute   // of a call, all attempts included
	attempts = 3             // calls of the body in all
	failures = 5             // consecutive failures that open the breaker
	cooldown = time.Hour     // time the breaker stays open: longer than any benchmark
	longest  = time.Second   // pause between attempts
	factor   = 2             // by which each pause is longer than the one before
	jitter   = 0.5           // random part of each pause
)

// Wrapping gives the method of a stock its concerns. pause is the first pause between attempts, 0
// for none.
type Wrapping func(s *Stock, pause time.Duration) Function

// Contender is one way to give Stock.Reserve its concerns. Its functions wrap the method of the
// stock they get, and use the providers that are installed when they are called. A wrapping is nil
// where it is another contender's.
type Contender struct {
	Name  string
	Told  Wrapping // trace and metrics
	All   Wrapping // recover, trace, metrics, timeout, retry and breaker
	Eight Wrapping // recover, trace, metrics, limit, timeout, retry, breaker and bulkhead

	Open   error // matches the error of a call that the open breaker refuses
	Panics bool  // it has no recover, limit and bulkhead: a panic goes on
}

// Contenders returns all contenders. The first is the one that the others are measured against.
func Contenders() []Contender {
	return []Contender{handContender(), handFTContender(), wovenContender(), closuresContender(), failsafeContender(), decoratorsContender()}
}
