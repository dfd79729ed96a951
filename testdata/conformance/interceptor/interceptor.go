// Package interceptor has functions woven with custom advice around them, which the module's rule file names.
package interceptor

import (
	"context"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// Order is what a call has gone through, in a context.
type Order struct{ Names []string }

type orderKey struct{}

// WithOrder returns a context in which calls note what they go through.
func WithOrder(ctx context.Context, o *Order) context.Context {
	return context.WithValue(ctx, orderKey{}, o)
}

func note(ctx context.Context, name string) {
	if o, ok := ctx.Value(orderKey{}).(*Order); ok {
		o.Names = append(o.Names, name)
	}
}

// Early is advice that stands outside Late.
func Early(ctx context.Context, site *runtimehooks.Site, next func(context.Context) error) error {
	note(ctx, "early")
	return next(ctx)
}

// Late is advice that stands next to the body.
func Late(ctx context.Context, site *runtimehooks.Site, next func(context.Context) error) error {
	note(ctx, "late")
	return next(ctx)
}

// Component has methods with both.
type Component struct{}

//instrument:hedge delay=1h
func (Component) Hedged(ctx context.Context, work harness.Work) error {
	note(ctx, "body")
	return work(ctx)
}

//instrument:retry attempts=2 initial=0s budget=0
func (Component) Retry(ctx context.Context, work harness.Work) error {
	note(ctx, "body")
	return work(ctx)
}

//instrument:breaker failures=1 cooldown=1s
func (Component) Breaker(ctx context.Context, work harness.Work) error {
	note(ctx, "body")
	return work(ctx)
}
