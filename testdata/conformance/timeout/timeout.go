// Package timeout has functions woven with timeouts, as the kit's classes about them have them.
package timeout

import (
	"context"

	"example.com/conformance/harness"
)

// Client has methods with timeouts of their own. There is no default: the directive must say the time.
type Client struct{}

//instrument:timeout 1s
func (Client) Second(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 2000ms
func (Client) Longer(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
func (Client) Shorter(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 2s
func (Client) Unit(ctx context.Context, work harness.Work) error { return work(ctx) }

// Second has a timeout for its methods.
//
//instrument:timeout 1s
type Second struct{}

func (Second) Inherits(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 2s
func (Second) Overrides(ctx context.Context, work harness.Work) error { return work(ctx) }

// Shorter has another one.
//
//instrument:timeout 500ms
type Shorter struct{}

func (Shorter) Inherits(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 2s
func (Shorter) Overrides(ctx context.Context, work harness.Work) error { return work(ctx) }

// ConfigGlobal and ConfigMethod have a minute unless somebody says otherwise.
//
//instrument:timeout 1m
func ConfigGlobal(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 1m
func ConfigMethod(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s each=1s
func Each(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 3s
//instrument:retry attempts=2 initial=0s each=1s
func Both(ctx context.Context, work harness.Work) error { return work(ctx) }
