// Package breaker has functions woven with a circuit breaker, as the kit's classes about it have them.
package breaker

import (
	"context"

	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var ( // named by the directives
	_ = hierarchy.E0
	_ = runtimehooks.ErrTimeout
)

// Client has methods with breakers of their own.
type Client struct{}

//instrument:breaker rate=0.75 window=4 probes=2 cooldown=50s
func (Client) LongDelay(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.75 window=4 probes=2 cooldown=1ms
func (Client) NoDelay(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.75 window=4 cooldown=1s
func (Client) DefaultProbes(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.75 window=4 probes=3 cooldown=1s
func (Client) ManyProbes(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.5 window=4 cooldown=1s
func (Client) Window(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.75 window=4 cooldown=1s
func (Client) InitialSuccess(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.75 window=4 cooldown=1s
func (Client) LateSuccess(ctx context.Context, work harness.Work) error { return work(ctx) }

// ClassClient has a breaker for each of its methods, which some of them change.
//
//instrument:breaker rate=0.75 window=4 probes=2 cooldown=50s
type ClassClient struct{}

func (ClassClient) Inherits(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=2
func (ClassClient) Overrides(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker cooldown=1ms
func (ClassClient) OverridesDelay(ctx context.Context, work harness.Work) error { return work(ctx) }

// Timeout counts timeouts, TimeoutOn does not.
//
//instrument:timeout 500ms
//instrument:breaker rate=0.75 window=4 cooldown=50s
func Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
//instrument:breaker rate=0.75 window=4 cooldown=50s on=harness.ErrBoom
func TimeoutOn(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=5s on=hierarchy.E0 on=hierarchy.E2 skip=hierarchy.E1
func ServiceA(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=5s on=hierarchy.Exception on=hierarchy.E1 skip=hierarchy.E0 skip=hierarchy.E2
func ServiceB(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=1 cooldown=5s on=hierarchy.E1 on=hierarchy.E2 skip=hierarchy.E0
func ServiceC(ctx context.Context, work harness.Work) error { return work(ctx) }

// ServiceAny has no conditions, and is what tells whether a service that nothing opens has a breaker at all.
//
//instrument:breaker failures=1 cooldown=5s
func ServiceAny(ctx context.Context, work harness.Work) error { return work(ctx) }
