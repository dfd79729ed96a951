// Package retry has functions woven with retry, as the kit's classes about it have them.
package retry

import (
	"context"

	"example.com/conformance/harness"
)

// Client has methods with retries of their own.
type Client struct{}

//instrument:retry attempts=6 initial=0s budget=0
func (Client) Attempts(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=90 initial=0s elapsed=1000ms budget=0
func (Client) Elapsed(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=90 initial=0s elapsed=1s budget=0
func (Client) ElapsedSeconds(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=5 initial=400ms factor=1 jitter=0 budget=0
func (Client) Delay(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=100 initial=200ms factor=1 jitter=1 max=1s budget=0
func (Client) Jitter(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=100ms factor=1 jitter=0 budget=0
func (Client) NoJitter(ctx context.Context, work harness.Work) error { return work(ctx) }

// ClassClient has a retry for all its methods, which some of them change.
//
//instrument:retry attempts=3 initial=0s budget=0
type ClassClient struct{}

func (ClassClient) Attempts(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=90 elapsed=1000ms
func (ClassClient) Elapsed(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=90 elapsed=1s
func (ClassClient) ElapsedSeconds(ctx context.Context, work harness.Work) error { return work(ctx) }
