package beyond

import (
	"context"
	"errors"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// Answer is an error by which what was called says whose fault it is.
type Answer struct{ Of runtimehooks.Fault }

func (*Answer) Error() string { return "answer" }

// Fault returns Of.
func (a *Answer) Fault() runtimehooks.Fault { return a.Of }

// The errors of the functions below.
var (
	ErrAsked    = &Answer{runtimehooks.FaultCaller} // the caller's fault
	ErrDown     = &Answer{runtimehooks.FaultCallee}
	ErrTold     = errors.New("told")    // the caller's fault, as a judge says
	ErrOther    = errors.New("other")   // of which nothing is known
	ErrCounts   = errors.New("counts")  // named by on
	ErrSkipped  = errors.New("skipped") // named by skip
	ErrUnlessIt = errors.New("unless")  // for which unless reports true
	_           = runtimehooks.TeachFault(judge)
)

func judge(err error) runtimehooks.Fault {
	if errors.Is(err, ErrTold) {
		return runtimehooks.FaultCaller
	}
	return runtimehooks.FaultUnknown
}

func isAsked(err error) bool { return errors.Is(err, ErrAsked) }

func isUnless(err error) bool {
	if errors.Is(err, ErrPanics) {
		panic("unless panics")
	}
	return errors.Is(err, ErrUnlessIt)
}

// ErrPanics has isUnless panic.
var ErrPanics = errors.New("panics")

//instrument:breaker failures=1 cooldown=1s on=ErrCounts on=ErrSkipped skip=ErrSkipped
func BreakerOn(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=1s if=isAsked
func BreakerIf(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=1s unless=isUnless
func BreakerUnless(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=1s
func BreakerFault(ctx context.Context, work harness.Work) error { return work(ctx) }

// BreakerPanics has the attempt shape.
//
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1 cooldown=1s unless=isUnless
func BreakerPanics(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s budget=0
func RetryFault(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s budget=0 if=isAsked
func RetryIf(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2
func HedgeFault(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2 if=isAsked
func HedgeIf(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2 unless=isUnless skip=ErrSkipped
func HedgeUnless(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2 on=ErrCounts
func HedgeOn(ctx context.Context, work harness.Work) error { return work(ctx) }
