package beyond_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
	backoff5 "github.com/cenkalti/backoff/v5"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
)

// Errors of backoff v5 mean what those of v4 do, in a program whose woven code imports neither.
func TestBackoffVersions(t *testing.T) {
	for _, c := range []struct {
		name       string
		err, final error
	}{
		{"permanent", backoff5.Permanent(harness.ErrBoom), harness.ErrBoom},
		{"permanent, of both versions", backoff.Permanent(backoff5.Permanent(harness.ErrBoom)), harness.ErrBoom},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			if err := beyond.Retry(t.Context(), harness.Returns(&calls, c.err)); err != c.final {
				t.Errorf("error must be the one inside, not: %v", err)
			}
			harness.Equal(t, "calls", calls, 1)
		})
	}
	harness.Run(t, "what wraps a permanent error of v5 is kept", func(t *testing.T) {
		calls := 0
		wrapped := errors.Join(context.Canceled, fmt.Errorf("read the order: %w", backoff5.Permanent(harness.ErrBoom)))
		if err := beyond.Retry(t.Context(), harness.Returns(&calls, wrapped)); err != wrapped {
			t.Errorf("error must be the one that was returned, not: %v", err)
		}
		harness.Equal(t, "calls", calls, 1)
	})
	harness.Run(t, "a RetryAfter of v5 sets the pause", func(t *testing.T) {
		took := harness.Elapsed(func() {
			harness.OK(t, beyond.Retry(t.Context(), harness.Returns(new(int), fmt.Errorf("wrapped: %w", backoff5.RetryAfter(3)), nil)))
		})
		harness.Equal(t, "time", took, 3*time.Second)
	})
	harness.Run(t, "a RetryAfter of v5 longer than max ends it with that error", func(t *testing.T) {
		calls := 0
		asked := backoff5.RetryAfter(6)
		took := harness.Elapsed(func() { harness.Is(t, beyond.Retry(t.Context(), harness.Returns(&calls, asked)), asked) })
		harness.Equal(t, "time", took, 0)
		harness.Equal(t, "calls", calls, 1)
	})
}
