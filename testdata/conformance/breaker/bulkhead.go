package breaker

import (
	"context"

	"example.com/conformance/harness"
)

// Bulkhead asks its breaker before its bulkhead.
//
//instrument:breaker rate=1 window=3 cooldown=50s
//instrument:bulkhead max=1
func Bulkhead(ctx context.Context, work harness.Work) error { return work(ctx) }

// Queue is the same with a queue.
//
//instrument:breaker rate=1 window=3 cooldown=50s
//instrument:bulkhead max=1 queue=1
func Queue(ctx context.Context, work harness.Work) error { return work(ctx) }

// QueueOn does not count refusals of the bulkhead.
//
//instrument:breaker rate=1 window=3 cooldown=50s on=harness.ErrBoom
//instrument:bulkhead max=1 queue=1
func QueueOn(ctx context.Context, work harness.Work) error { return work(ctx) }
