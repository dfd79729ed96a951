// Package peers has functions for the defects that have been seen in other libraries.
package peers

import (
	"context"

	"example.com/conformance/harness"
)

//instrument:bulkhead max=1
func Bulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:breaker payments failures=2 cooldown=1s
func Breaker(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=5 initial=1s factor=1 jitter=0 budget=0
func Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=4 initial=1s factor=2 jitter=0 budget=0
func Exponential(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 1s
func Timeout(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:trace
//instrument:breaker failures=2 cooldown=1s
func Traced(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:limit rate=1/s
func Limit(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=1
func Once(ctx context.Context, work harness.Work) error { return work(ctx) }
