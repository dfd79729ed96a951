// Package disable has functions whose policies are switched off and on while the program runs.
package disable

import (
	"context"

	"example.com/conformance/harness"
)

// Client belongs to a stack, which stands for the kit's classes.
//
//instrument:use client
type Client struct{}

//instrument:retry attempts=2 initial=0s budget=0
func (Client) Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0
//instrument:fallback func=instead
func (Client) Fallback(ctx context.Context, work harness.Work) error { return work(ctx) }

func instead() error { return nil }

//instrument:breaker failures=1 cooldown=1s
func (Client) Breaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
func (Client) Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1s
func (Client) Hedge(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=2
func (Client) Bulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

// Gates has what is never switched off: without it a call would do what it must not.
type Gates struct{}

//instrument:authz func=deny
func (Gates) Authz(ctx context.Context, work harness.Work) error { return work(ctx) }

func deny() error { return harness.ErrBoom }

//instrument:validate func=deny
func (Gates) Validate(ctx context.Context, work harness.Work) error { return work(ctx) }
