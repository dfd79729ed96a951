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

// Stock is what the functions work on. Its methods are not safe for concurrent use.
type Stock struct {
	Calls int                         // of Reserve, so far
	Busy  int                         // further calls of Reserve that fail with ErrBusy
	Hook  func(context.Context) error // nil, or what Reserve does when it is not busy, and its error
}

// Reserve is the body. It returns n+1 on success.
func (s *Stock) Reserve(ctx context.Context, n int) (int, error) {
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

// The limits of every contender's policies.
const (
	deadline = time.Minute // of a call, all attempts included
	attempts = 3           // calls of the body in all
	failures = 5           // consecutive failures that open the breaker
	cooldown = time.Hour   // time the breaker stays open: longer than any benchmark
	longest  = time.Second // pause between attempts
	factor   = 2           // by which each pause is longer than the one before
	jitter   = 0.5         // random part of each pause
)

// Contender is one way to give Stock.Reserve its concerns. Its functions wrap the method of the stock they get; pause is
// the first pause between attempts, 0 for none. They use the providers that are installed when they are called.
type Contender struct {
	Name string
	Told func(s *Stock) Function                      // trace and metrics; nil where that is another contender's
	All  func(s *Stock, pause time.Duration) Function // recover, trace, metrics, timeout, retry and breaker
	Open error                                        // matches the error of a call that the open breaker refuses
}

// Contenders returns all contenders. The first is the one that the others are measured against.
func Contenders() []Contender {
	return []Contender{handContender(), wovenContender(), closuresContender(), failsafeContender()}
}
