// Package gates has functions with what stands before the body: limits, authorization, validation and idempotency.
package gates

import (
	"context"
	"errors"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// The reasons of refusals.
var (
	ErrForbidden = errors.New("forbidden")
	ErrNegative  = errors.New("negative")
)

//instrument:limit rate=2/s
func Limit(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=2/s burst=4
func Burst(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=2/s wait=1s
func Wait(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=1/s key=tenant
func Keyed(ctx context.Context, tenant string, work harness.Work) error { return work(ctx) }

//instrument:limit shared rate=1/s
func Shared(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit shared rate=1/s
func SharedToo(ctx context.Context, work harness.Work) error { return work(ctx) }

// Gated has gates that are asked in their order: authz, then validate.
//
//instrument:authz func=authorize
//instrument:validate func=validate
//instrument:retry attempts=3 initial=0s budget=0
func Gated(ctx context.Context, user string, n int, work harness.Work) error { return work(ctx) }

func authorize(user string) error {
	if user != "root" {
		return ErrForbidden
	}
	return nil
}

func validate(n int) error {
	if n < 0 {
		return ErrNegative
	}
	return nil
}

// Service keeps the results of its calls.
type Service struct{ Store runtimehooks.IdempotencyStore }

//instrument:idempotent key=key store=s.Store
//instrument:retry attempts=2 initial=0s budget=0
func (s *Service) Pay(ctx context.Context, key string, work func(context.Context) (int, error)) (int, error) {
	return work(ctx)
}

//instrument:idempotent key=key store=s.Store wait=10s
func (s *Service) Wait(ctx context.Context, key string, work func(context.Context) (*Receipt, error)) (*Receipt, error) {
	return work(ctx)
}

// Receipt is a result that is kept.
type Receipt struct {
	ID    string
	Lines []int
}
