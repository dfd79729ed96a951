package breaker

import (
	"context"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var _ = runtimehooks.ErrOpen // named by the directives

// Retries has breakers inside retries: each attempt asks the breaker and is counted.
type Retries struct{}

//instrument:retry attempts=8 initial=0s budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Retries) More(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Retries) Few(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=8 initial=0s each=500ms budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Retries) Timeouts(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrOpen budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Retries) OnOpen(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrTimeout budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Retries) OnTimeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrTimeout on=runtimehooks.ErrOpen abort=runtimehooks.ErrOpen budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Retries) AbortOpen(ctx context.Context, work harness.Work) error { return work(ctx) }

// ClassRetries has both for all its methods.
//
//instrument:retry attempts=8 initial=0s budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
type ClassRetries struct{}

func (ClassRetries) More(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3
func (ClassRetries) Few(ctx context.Context, work harness.Work) error { return work(ctx) }

// Hedged does the same on other goroutines.
//
//instrument:hedge delay=1h
type Hedged struct{}

//instrument:retry attempts=8 initial=0s budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Hedged) More(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Hedged) Few(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=8 initial=0s each=500ms budget=0
//instrument:breaker rate=1 window=4 cooldown=50s
func (Hedged) Timeouts(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrOpen budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Hedged) OnOpen(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrTimeout budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Hedged) OnTimeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=20 initial=100ms factor=1 jitter=0 on=runtimehooks.ErrTimeout on=runtimehooks.ErrOpen abort=runtimehooks.ErrOpen budget=0
//instrument:breaker rate=1 window=4 cooldown=1s
func (Hedged) AbortOpen(ctx context.Context, work harness.Work) error { return work(ctx) }
