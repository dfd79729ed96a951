// Package async has functions whose work leaves the caller's goroutine: hedged ones, and those that wait in a queue. They
// are what the kit's classes about asynchronous methods are to Go.
package async

import (
	"context"

	"example.com/conformance/harness"
)

//instrument:hedge delay=1h
func Hedged(ctx context.Context, work harness.Work) error { return work(ctx) }

// Type is hedged as a whole.
//
//instrument:hedge delay=1h
type Type struct{}

func (Type) Hedged(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1h
//instrument:bulkhead max=1 queue=1
func Slot(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1h
//instrument:retry attempts=6 initial=10ms factor=1 jitter=0 budget=0
func Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1h
//instrument:timeout 2s
func Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1h
//instrument:timeout 2s
type TimeoutType struct{}

func (TimeoutType) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s max=2
//instrument:fallback func=instead
func Fallback(ctx context.Context, work harness.Work) (string, error) { return "body", work(ctx) }

func instead(err error) (string, error) {
	if err == ErrNoFallback {
		return "", ErrNoFallback
	}
	return "fallback", nil
}

// Value returns what its work does: the result of the branch that won.
//
//instrument:hedge delay=1s max=3
func Value(ctx context.Context, work func(context.Context) (int, error)) (int, error) {
	return work(ctx)
}

// Lease is what must be given back.
type Lease struct{ Given bool }

func giveBack(l *Lease) { l.Given = true }

//instrument:hedge delay=1s close=giveBack
func Take(ctx context.Context, work func(context.Context) (*Lease, error)) (*Lease, error) {
	return work(ctx)
}
