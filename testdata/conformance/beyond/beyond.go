// Package beyond has functions for cases that the kit does not know: panics and runtime.Goexit, herds, late results, budgets.
package beyond

import (
	"context"

	"example.com/conformance/harness"
)

//instrument:breaker failures=2 cooldown=1s
func Breaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=2 cooldown=1s slow=1s
func Hurried(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=2 cooldown=1s probe-timeout=5s
func Replaced(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=3 cooldown=1s probes=3
func Probes(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=0.5 window=30s min=4 cooldown=1s
func Period(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker rate=1 window=4 slow=1s slowrate=0.5 cooldown=1s
func Slow(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker failures=2 cooldown=1s key=tenant
func Keyed(ctx context.Context, tenant string, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=1
func Bulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:bulkhead max=1 wait=1s
func Waiting(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker failures=3 cooldown=1s
//instrument:bulkhead max=1
func All(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:recover
//instrument:retry attempts=3 initial=0s budget=0
//instrument:breaker failures=3 cooldown=1s
//instrument:bulkhead max=1
func Recovered(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=3 initial=1s factor=1 jitter=0 budget=0
func Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 10s
//instrument:retry attempts=3 initial=1s factor=1 jitter=0 budget=0
func Deadline(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0.1
func Budget(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:hedge delay=1ms max=2 budget=0.1
func HedgeBudget(ctx context.Context, work harness.Work) error { return work(ctx) }

// Value has a result besides its error.
//
//instrument:retry attempts=2 initial=0s budget=0
//instrument:breaker failures=5 cooldown=1s
func Value(ctx context.Context, work func(context.Context) (*int, error)) (*int, error) {
	return work(ctx)
}

// Generic has a result of any type.
//
//instrument:retry attempts=2 initial=0s budget=0
//instrument:hedge delay=1h
func Generic[T any](ctx context.Context, work func(context.Context) (T, error)) (T, error) {
	return work(ctx)
}

// Named has named results that its body sets in a deferred function.
//
//instrument:retry attempts=2 initial=0s budget=0
func Named(ctx context.Context, work harness.Work) (n int, err error) {
	defer func() { n++ }()
	n = 10
	return n, work(ctx)
}
