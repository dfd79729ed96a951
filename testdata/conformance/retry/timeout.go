package retry

import (
	"context"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var _ = runtimehooks.ErrTimeout // named by the directives

// Each has a deadline for each attempt.
//
//instrument:retry attempts=2 initial=0s each=500ms budget=0
func Each(ctx context.Context, work harness.Work) error { return work(ctx) }

// EachOn retries what is not a timeout.
//
//instrument:retry attempts=2 initial=0s each=500ms on=ErrConnection budget=0
func EachOn(ctx context.Context, work harness.Work) error { return work(ctx) }

// EachAbort never retries a timeout.
//
//instrument:retry attempts=2 initial=0s each=500ms abort=runtimehooks.ErrTimeout budget=0
func EachAbort(ctx context.Context, work harness.Work) error { return work(ctx) }
