package beyond_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// hurried makes five calls that hang, of a caller with so much time.
func hurried(t *testing.T, call func(context.Context, harness.Work) error, left time.Duration) {
	t.Helper()
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		if err := call(ctx, harness.Takes(time.Hour, nil)); err == nil {
			t.Error("the call must fail")
		}
		cancel()
	}
}

func TestEndedByCaller(t *testing.T) {
	harness.Run(t, "a caller whose time was over counts as nothing", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		hurried(t, beyond.Breaker, -time.Second)
		harness.Play(t, "S", 0, beyond.Breaker)
	})
	harness.Run(t, "a caller with less time than slow counts as nothing", func(t *testing.T) {
		harness.FreshCall(t, beyond.Hurried)
		hurried(t, beyond.Hurried, 999*time.Millisecond)
		harness.Play(t, "S", 0, beyond.Hurried)
	})
	harness.Run(t, "work that hangs until deadlines pass opens it", func(t *testing.T) {
		for _, call := range []func(context.Context, harness.Work) error{beyond.Breaker, beyond.Hurried} {
			harness.FreshCall(t, call)
			hurried(t, call, time.Second)
			harness.Play(t, "O", 0, call)
		}
	})
	harness.Run(t, "a probe of a caller whose time was over is given back", func(t *testing.T) {
		harness.FreshCall(t, beyond.Breaker)
		harness.Play(t, "FFO.", time.Second, beyond.Breaker)
		hurried(t, beyond.Breaker, -time.Second)
		harness.Play(t, "S", 0, beyond.Breaker)
	})
}

func TestProbeTimeout(t *testing.T) {
	for _, c := range []struct {
		name    string
		call    func(context.Context, harness.Work) error
		timeout time.Duration
	}{
		{"the cooldown", beyond.Breaker, time.Second},
		{"probe-timeout", beyond.Replaced, 5 * time.Second},
	} {
		harness.Run(t, "a probe that does not return is replaced after "+c.name, func(t *testing.T) {
			harness.FreshCall(t, c.call)
			harness.Play(t, "FFO.", time.Second, c.call)
			result, gate := hold(t, c.call, harness.ErrBoom)
			time.Sleep(c.timeout - 300*time.Millisecond)
			open, ok := errors.AsType[*runtimehooks.OpenError](c.call(t.Context(), harness.Succeeds))
			if !ok || open.RetryAfter() != 300*time.Millisecond {
				t.Errorf("error must ask for 300 ms: %v", open)
			}
			time.Sleep(300 * time.Millisecond)
			harness.Play(t, "S", 0, c.call)
			close(gate) // its failure comes too late
			harness.Is(t, <-result, harness.ErrBoom)
			synctest.Wait()
			harness.Play(t, "FS", 0, c.call)
		})
	}
}
