package timeout

import (
	"context"

	"example.com/conformance/harness"
)

// What ignores its context: Sync holds its caller up, the hedged ones do not.

//instrument:timeout 500ms
func Sync(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
//instrument:hedge delay=1h
func Hedged(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
//instrument:hedge delay=1h
//instrument:bulkhead max=1 queue=1
func HedgedQueue(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
//instrument:bulkhead max=1 queue=1
func Queue(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 1500ms
//instrument:hedge delay=500ms max=3
func Again(ctx context.Context, work harness.Work) error { return work(ctx) }

//instrument:timeout 500ms
//instrument:hedge delay=1h
//instrument:fallback func=instead
func Fallback(ctx context.Context, work harness.Work) (string, error) {
	return "body", work(ctx)
}

func instead(context.Context, harness.Work) (string, error) { return "fallback", nil }
