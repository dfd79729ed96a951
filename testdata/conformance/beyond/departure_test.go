package beyond_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/beyond"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

// departures are the ways to leave a function without a result.
var departures = []struct {
	name  string
	leave harness.Work
}{
	{"panic", func(context.Context) error { panic("boom") }},
	{"Goexit", func(context.Context) error { runtime.Goexit(); return nil }},
}

// depart makes a call whose work leaves without a result, on a goroutine of its own, and returns when that has ended.
func depart(t *testing.T, call service, leave harness.Work) {
	t.Helper()
	left := make(chan any, 1)
	go func() {
		defer func() { left <- recover() }()
		_ = call(t.Context(), leave)
		t.Error("call must not return")
	}()
	<-left
}

func TestDepartures(t *testing.T) {
	for _, d := range departures {
		harness.Run(t, d.name+" counts as a failure of a closed breaker", func(t *testing.T) {
			harness.FreshCall(t, beyond.Breaker)
			for range 2 {
				depart(t, beyond.Breaker, d.leave)
			}
			harness.Play(t, "O", 0, beyond.Breaker)
		})
		harness.Run(t, d.name+" opens a half-open breaker and gives its permit back", func(t *testing.T) {
			harness.FreshCall(t, beyond.Breaker)
			harness.Play(t, "FFO.", time.Second, beyond.Breaker)
			depart(t, beyond.Breaker, d.leave)
			harness.Play(t, "O.S", time.Second, beyond.Breaker)
		})
		harness.Run(t, d.name+" gives a slot back", func(t *testing.T) {
			depart(t, beyond.Bulkhead, d.leave)
			harness.OK(t, beyond.Bulkhead(t.Context(), harness.Succeeds))
		})
		harness.Run(t, d.name+" gives a slot to one that waits", func(t *testing.T) {
			begun := make(chan struct{})
			second := make(chan error, 1)
			var worked atomic.Int32
			go func() {
				<-begun
				second <- beyond.Waiting(t.Context(), func(context.Context) error { worked.Add(1); return nil })
			}()
			depart(t, beyond.Waiting, func(ctx context.Context) error {
				close(begun)
				synctest.Wait()
				harness.Equal(t, "works of the one that waits", worked.Load(), 0)
				return d.leave(ctx)
			})
			harness.OK(t, <-second)
			harness.Equal(t, "works of the one that waited", worked.Load(), 1)
		})
		harness.Run(t, d.name+" is not retried and gives everything back", func(t *testing.T) {
			harness.FreshCall(t, beyond.All)
			calls := 0
			depart(t, beyond.All, harness.Count(&calls, d.leave))
			harness.Equal(t, "calls", calls, 1)
			harness.OK(t, beyond.All(t.Context(), harness.Succeeds))
		})
		harness.Run(t, d.name+" in the second attempt gives everything back", func(t *testing.T) {
			harness.FreshCall(t, beyond.All)
			calls := 0
			depart(t, beyond.All, func(ctx context.Context) error {
				if calls++; calls == 1 {
					return harness.ErrBoom
				}
				return d.leave(ctx)
			})
			harness.Equal(t, "calls", calls, 2)
			harness.OK(t, beyond.All(t.Context(), harness.Succeeds))
		})
	}
	harness.Run(t, "a panic that is recovered is an error with value and stack, and not retried", func(t *testing.T) {
		harness.FreshCall(t, beyond.Recovered)
		calls := 0
		err := beyond.Recovered(t.Context(), harness.Count(&calls, departures[0].leave))
		panicked, ok := errors.AsType[*runtimehooks.PanicError](err)
		if !ok || panicked.Value != any("boom") || len(panicked.Stack) == 0 {
			t.Errorf("error must be that of the panic, not: %v", err)
		}
		harness.Equal(t, "calls", calls, 1)
		harness.OK(t, beyond.Recovered(t.Context(), harness.Succeeds))
	})
}
