package bulkhead

import (
	"context"

	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

var _ = runtimehooks.ErrFull // named by a directive

// Retry gives its slot back while it waits for the next attempt, and retries refusals, unless it is told not to.

//instrument:retry attempts=2 initial=1s factor=1 jitter=0 budget=0
//instrument:bulkhead max=1
func Retry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=1s factor=1 jitter=0 on=harness.ErrBoom budget=0
//instrument:bulkhead max=1
func RetryOn(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=1s factor=1 jitter=0 abort=runtimehooks.ErrFull budget=0
//instrument:bulkhead max=1
func RetryAbort(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=1 initial=1s factor=1 jitter=0 budget=0
//instrument:bulkhead max=1
func RetryOnce(ctx context.Context, work harness.Work) error { return work(ctx) }

// Those with a queue, and retries that wait long enough, or not at all.

//instrument:retry attempts=11 initial=1s factor=1 jitter=0 budget=0
//instrument:bulkhead max=5 queue=5
func QueueRetry(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0
//instrument:bulkhead max=5 queue=5
func QueueRapid(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0
//instrument:bulkhead max=1 queue=5
func QueueOrder(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=1s factor=1 jitter=0 on=harness.ErrBoom budget=0
//instrument:bulkhead max=1 queue=1
func QueueOn(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=11 initial=1s factor=1 jitter=0 budget=0
//instrument:bulkhead max=5 queue=5
type QueueRetryClass struct{}

func (QueueRetryClass) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:retry attempts=2 initial=0s budget=0
//instrument:bulkhead max=5 queue=5
type QueueRapidClass struct{}

func (QueueRapidClass) Serve(ctx context.Context, work harness.Work) error { return work(ctx) }
