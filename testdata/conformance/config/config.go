// Package config has functions whose options are overridden while the program runs.
package config

import (
	"context"

	"example.com/conformance/harness"
)

// Client belongs to a stack, which stands for the kit's classes: what is overridden for it holds for all its methods. Each
// method has policies of its own, which stand for the kit's methods.
//
//instrument:use client
type Client struct{}

//instrument:retry attempts=6 initial=0s budget=0
func (Client) Attempts(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0
func (Client) AttemptsToo(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=90 initial=0s elapsed=10s budget=0
func (Client) Elapsed(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=6 initial=2s factor=1 jitter=0 budget=0
func (Client) Initial(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=1s factor=1 jitter=0 budget=0
func (Client) Factor(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=1s factor=10 jitter=0 max=100s budget=0
func (Client) Max(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=100 initial=1s factor=1 jitter=0 budget=0
func (Client) Jitter(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s each=1m budget=0
func (Client) Each(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=100 initial=0s budget=0
func (Client) Budget(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=2 cooldown=20us
func (Client) Cooldown(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=2 cooldown=1s
func (Client) Window(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=10 cooldown=1s
func (Client) Rate(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=10 cooldown=1s
func (Client) Failures(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=10 probes=4 cooldown=1s
func (Client) Probes(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 1m
func (Client) Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=5
func (Client) BulkheadMax(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=1 queue=5
func (Client) BulkheadQueue(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:fallback func=instead skip=harness.ErrBoom
func (Client) Fallback(ctx context.Context, work harness.Work) (string, error) {
	return "body", work(ctx)
}

func instead() (string, error) { return "fallback", nil }

//instrument:hedge delay=1h
func (Client) Hedge(ctx context.Context, work harness.Work) error { return work(ctx) }

// Other belongs to another stack.
//
//instrument:use "other client"
type Other struct{}

//instrument:retry attempts=6 initial=0s budget=0
func (Other) Attempts(ctx context.Context, work harness.Work) error { return work(ctx) }

// Plain belongs to none.
//
//instrument:retry attempts=6 initial=0s budget=0
func Plain(ctx context.Context, work harness.Work) error { return work(ctx) }

// Shared and SharedToo share a breaker by its name.
//
//instrument:breaker orders failures=5 cooldown=1s
func Shared(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker orders failures=5 cooldown=1s
func SharedToo(ctx context.Context, work harness.Work) error { return work(ctx) }
