package fallback_test

import (
	"context"
	"testing"
	"time"

	"example.com/conformance/fallback"
	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type named = func(context.Context, string, harness.Work) (string, error)

func TestFallback(t *testing.T) {
	fails := harness.Fails(harness.ErrBoom)
	for _, c := range []struct {
		name  string
		call  named
		work  harness.Work
		calls int
		want  string
	}{
		{"answers after two attempts", fallback.Client{}.TwoAttempts, fails, 2, "fallback for x: call example.com/conformance/fallback.Client.TwoAttempts: gave up after 2 attempts: boom"},
		{"answers after three attempts", fallback.Client{}.ThreeAttempts, fails, 3, "fallback for x: call example.com/conformance/fallback.Client.ThreeAttempts: gave up after 3 attempts: boom"},
		{"a type's fallback is for its methods", fallback.ClassClient{}.Inherits, fails, 2, "fallback for x: call example.com/conformance/fallback.ClassClient.Inherits: gave up after 2 attempts: boom"},
		{"a method's fallback beats its type's", fallback.ClassClient{}.Overrides, fails, 3, "second fallback for x"},
		{"answers after failures before the timeout", fallback.Client{}.Timeout, harness.Takes(10*time.Millisecond, harness.ErrBoom), 2, "fallback for x: call example.com/conformance/fallback.Client.Timeout: gave up after 2 attempts: boom"},
		{"a function alone", fallback.Client{}.Alone, fails, 1, "fallback for x: boom"},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			got, err := c.call(t.Context(), "x", harness.Count(&calls, c.work))
			harness.OK(t, err)
			harness.Equal(t, "calls", calls, c.calls)
			harness.Equal(t, "result", got, c.want)
		})
	}
	harness.Run(t, "answers after timeouts", func(t *testing.T) {
		calls := 0
		var got string
		var err error
		took := harness.Elapsed(func() {
			got, err = fallback.Client{}.Timeout(t.Context(), "x", harness.Count(&calls, harness.Takes(time.Second, nil)))
		})
		harness.OK(t, err)
		harness.Equal(t, "calls", calls, 2)
		harness.Equal(t, "time", took, time.Second)
		if want := "fallback for x: "; len(got) <= len(want) || got[:len(want)] != want {
			t.Errorf("result must begin with %q, not be %q", want, got)
		}
	})
	harness.Run(t, "a method that uses the receiver", func(t *testing.T) {
		s := &fallback.Stateful{Count: 33}
		for _, c := range []struct {
			call        func(context.Context, harness.Work) (int, error)
			calls, want int
		}{{s.TwoAttempts, 2, 34}, {s.ThreeAttempts, 3, 35}} {
			calls := 0
			got, err := c.call(t.Context(), harness.Count(&calls, fails))
			harness.OK(t, err)
			harness.Equal(t, "calls", calls, c.calls)
			harness.Equal(t, "result", got, c.want)
		}
	})
	harness.Run(t, "a method alone", func(t *testing.T) {
		s := &fallback.Stateful{}
		got, err := s.Alone(t.Context(), fails)
		harness.OK(t, err)
		harness.Equal(t, "result", got, 1)
	})
	harness.Run(t, "a function with all parameters", func(t *testing.T) {
		got, err := fallback.WithArgs(t.Context(), "x", 7, fails)
		harness.OK(t, err)
		harness.Equal(t, "result", got, "x7")
	})
	harness.Run(t, "is not asked when the body succeeds", func(t *testing.T) {
		got, err := fallback.Client{}.TwoAttempts(t.Context(), "x", harness.Succeeds)
		harness.OK(t, err)
		harness.Equal(t, "result", got, "body")
	})
	harness.Run(t, "its own error is the call's", func(t *testing.T) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := fallback.Client{}.Alone(ctx, "x", fails)
		harness.Is(t, err, context.DeadlineExceeded)
		harness.Not(t, err, harness.ErrBoom)
	})
	harness.Run(t, "is not asked when the caller has cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := fallback.Client{}.Alone(ctx, "x", fails)
		harness.Is(t, err, harness.ErrBoom)
		harness.Not(t, err, runtimehooks.ErrTimeout)
	})
}

func TestFallbackExceptionHierarchy(t *testing.T) {
	for _, s := range []struct {
		hierarchy.Service
		call func(context.Context, harness.Work) (string, error)
	}{{hierarchy.A, fallback.ServiceA}, {hierarchy.B, fallback.ServiceB}, {hierarchy.C, fallback.ServiceC}} {
		for _, e := range hierarchy.All() {
			hit := s.Hits[e.Name]
			name := s.Name + " passes on " + e.Name
			if hit {
				name = s.Name + " answers for " + e.Name
			}
			harness.Run(t, name, func(t *testing.T) {
				got, err := s.call(t.Context(), harness.Fails(e.Err))
				if hit {
					harness.OK(t, err)
					harness.Equal(t, "result", got, "fallback")
				} else {
					harness.Is(t, err, e.Err)
				}
			})
		}
	}
}
