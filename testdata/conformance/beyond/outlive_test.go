package beyond_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/timeout"
)

// What a call hands on when it succeeds is the caller's.
func TestTimeoutOutlived(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(context.Context, harness.Work) error
	}{
		{"a timeout", timeout.Client{}.Second},
		{"an attempt's deadline", timeout.Each},
		{"both", timeout.Both},
	} {
		harness.Run(t, c.name+" leaves work that was begun to the caller", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan time.Duration, 3)
			begin := time.Now()
			harness.OK(t, c.call(ctx, func(ctx context.Context) error {
				done := ctx.Done()
				go func() { <-done; ended <- time.Since(begin) }()
				context.AfterFunc(ctx, func() { ended <- time.Since(begin) })
				child, stop := context.WithTimeout(ctx, 24*time.Hour)
				go func() { defer stop(); <-child.Done(); ended <- time.Since(begin) }()
				return nil
			}))
			time.Sleep(time.Hour)
			cancel()
			synctest.Wait()
			for range 3 {
				harness.Equal(t, "lifetime", <-ended, time.Hour)
			}
		})
		harness.Run(t, c.name+" that fails takes its context with it", func(t *testing.T) {
			var inside context.Context
			harness.Is(t, c.call(t.Context(), func(ctx context.Context) error { inside = ctx; return harness.ErrBoom }), harness.ErrBoom)
			harness.Is(t, inside.Err(), context.Canceled)
		})
	}
}
