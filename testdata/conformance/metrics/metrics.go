// Package metrics has functions whose policies are measured, as the kit's classes about metrics have them.
package metrics

import (
	"context"
	"errors"

	"example.com/conformance/harness"
)

// Errors that policies treat in their own way.
var (
	ErrFinal   = errors.New("final")
	ErrSkipped = errors.New("skipped")
	ErrOther   = errors.New("other")
)

//instrument:metrics
//instrument:retry attempts=6 initial=0s abort=ErrFinal budget=0
func Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:retry attempts=1 budget=0
func RetryOnce(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:retry attempts=90 initial=0s elapsed=1s budget=0
func RetryElapsed(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:breaker rate=1 window=2 probes=2 cooldown=1s on=harness.ErrBoom skip=ErrSkipped
func Breaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:timeout 500ms
func Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:timeout 2s
func TimeoutHistogram(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:bulkhead max=2
func Bulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:bulkhead max=2
func BulkheadHistogram(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:bulkhead max=2 queue=2
func BulkheadQueue(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:fallback func=again skip=ErrFinal
func Fallback(ctx context.Context, work, instead harness.Work) error { return work(ctx) }

func again(ctx context.Context, _, instead harness.Work) error { return instead(ctx) }

// Handler has a method as its fallback.
type Handler struct{}

//instrument:metrics
//instrument:fallback func=h.again skip=ErrFinal
func (h Handler) Fallback(ctx context.Context, work, instead harness.Work) error { return work(ctx) }

func (Handler) again(ctx context.Context, _, instead harness.Work) error { return instead(ctx) }

// All has every policy at once.
//
//instrument:metrics
//instrument:fallback func=nothing
//instrument:timeout 1m
//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker failures=5 cooldown=1s
//instrument:bulkhead max=2 queue=2
func All(ctx context.Context, work harness.Work) error { return work(ctx) }

func nothing() error { return nil }

// Class has a policy for all its methods.
//
//instrument:metrics
//instrument:retry attempts=6 initial=0s budget=0
type Class struct{}

func (Class) One(ctx context.Context, work harness.Work) error { return work(ctx) }

func (Class) Other(ctx context.Context, work harness.Work) error { return work(ctx) }

// First and Second have methods of the same name.
type (
	First  struct{}
	Second struct{}
)

//instrument:metrics
//instrument:retry attempts=2 initial=0s budget=0
func (First) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:retry attempts=2 initial=0s budget=0
func (Second) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:limit rate=1/s
func Limit(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:cache key=key ttl=1m
func Cache(ctx context.Context, key string, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:hedge delay=1s
func Hedge(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:recover
//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1s
//instrument:bulkhead max=1
func Panics(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:hedge delay=1s
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=1000000 cooldown=1ms
func HedgeRetry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:metrics
//instrument:timeout 2s
//instrument:fallback func=again
func TimeoutFallback(ctx context.Context, work, instead harness.Work) error { return work(ctx) }

// Unmeasured has policies and no metrics.
//
//instrument:timeout 1m
//instrument:retry attempts=2 initial=0s budget=0
func Unmeasured(ctx context.Context, work harness.Work) error { return work(ctx) }
