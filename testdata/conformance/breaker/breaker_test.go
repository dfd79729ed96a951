package breaker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/conformance/breaker"
	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

// play is a subtest that plays a script on a service with a fresh breaker.
func play(t *testing.T, name, script string, pause time.Duration, call service) {
	t.Helper()
	harness.Run(t, name, func(t *testing.T) {
		harness.FreshCall(t, call)
		harness.Play(t, script, pause, call)
	})
}

func TestCircuitBreaker(t *testing.T) {
	play(t, "a full window of failures opens it", "FFFFOOO", 0, breaker.Client{}.LongDelay)
	play(t, "two probes close it", "FFFF.SSS", 500*time.Millisecond, breaker.Client{}.NoDelay)
	play(t, "one probe closes it with an empty window", "FFFFO.SFFFFO", 2*time.Second, breaker.Client{}.DefaultProbes)
	play(t, "the third of three probes opens it again", "FFFFO.SSFO", 2*time.Second, breaker.Client{}.ManyProbes)
	play(t, "a type's directive is for its methods", "FFFFOOO", 0, breaker.ClassClient{}.Inherits)
	play(t, "a method's window beats its type's", "FFOOOOO", 0, breaker.ClassClient{}.Overrides)
	play(t, "a method's cooldown beats its type's", "FFFF.SSS", 500*time.Millisecond, breaker.ClassClient{}.OverridesDelay)
	play(t, "half of a window that ends with success opens it", "SFFSO", 0, breaker.Client{}.Window)
	play(t, "a window moves with each call", "SFSSFO", 0, breaker.Client{}.Window)
}

func TestCircuitBreakerInitialSuccess(t *testing.T) {
	play(t, "a window that begins with success opens it", "SFFFO", 0, breaker.Client{}.InitialSuccess)
}

func TestCircuitBreakerLateSuccess(t *testing.T) {
	play(t, "a window that ends with success opens it", "FFFSO", 0, breaker.Client{}.LateSuccess)
}

func TestCircuitBreakerTimeout(t *testing.T) {
	slow := harness.Takes(time.Second, nil)
	harness.Run(t, "timeouts open it", func(t *testing.T) {
		harness.FreshCall(t, breaker.Timeout)
		for range 4 {
			harness.Is(t, breaker.Timeout(t.Context(), slow), runtimehooks.ErrTimeout)
		}
		harness.Is(t, breaker.Timeout(t.Context(), slow), runtimehooks.ErrOpen)
	})
	harness.Run(t, "timeouts that on does not name leave it closed", func(t *testing.T) {
		harness.FreshCall(t, breaker.TimeoutOn)
		for range 6 {
			harness.Is(t, breaker.TimeoutOn(t.Context(), slow), runtimehooks.ErrTimeout)
		}
	})
}

func TestCircuitBreakerRetry(t *testing.T) {
	type methods interface {
		More(context.Context, harness.Work) error
		Few(context.Context, harness.Work) error
		Timeouts(context.Context, harness.Work) error
		OnOpen(context.Context, harness.Work) error
		OnTimeout(context.Context, harness.Work) error
		AbortOpen(context.Context, harness.Work) error
	}
	for _, s := range []struct {
		name string
		methods
	}{{"", breaker.Retries{}}, {"hedged: ", breaker.Hedged{}}} {
		opensWhileRetrying(t, s.name+"many retries end in an open breaker", s.More)
		endsInItsOwnError(t, s.name+"few retries end in their own error", s.Few)
		harness.Run(t, s.name+"timeouts of attempts end in an open breaker", func(t *testing.T) {
			harness.FreshCall(t, s.Timeouts)
			calls := 0
			err := s.Timeouts(t.Context(), harness.Count(&calls, harness.Takes(time.Second, nil)))
			harness.Is(t, err, runtimehooks.ErrOpen, runtimehooks.ErrTimeout)
			harness.Equal(t, "calls", calls, 4)
		})
		harness.Run(t, s.name+"retries that name ErrOpen bridge an open breaker", func(t *testing.T) {
			open(t, s.OnOpen)
			took := harness.Elapsed(func() { harness.OK(t, s.OnOpen(t.Context(), harness.Succeeds)) })
			harness.Equal(t, "time", took, time.Second)
		})
		endsAtAnOpenBreaker(t, s.name+"retries that do not name ErrOpen end at an open breaker", s.OnTimeout)
		endsAtAnOpenBreaker(t, s.name+"retries that abort at ErrOpen end at an open breaker", s.AbortOpen)
	}
	opensWhileRetrying(t, "a type's directives: many retries end in an open breaker", breaker.ClassRetries{}.More)
	endsInItsOwnError(t, "a method's attempts: few retries end in their own error", breaker.ClassRetries{}.Few)
}

func opensWhileRetrying(t *testing.T, name string, call service) {
	t.Helper()
	harness.Run(t, name, func(t *testing.T) {
		harness.FreshCall(t, call)
		calls := 0
		err := call(t.Context(), harness.Returns(&calls, harness.ErrBoom))
		harness.Is(t, err, runtimehooks.ErrOpen, harness.ErrBoom)
		harness.Equal(t, "calls", calls, 4)
	})
}

func endsInItsOwnError(t *testing.T, name string, call service) {
	t.Helper()
	harness.Run(t, name, func(t *testing.T) {
		harness.FreshCall(t, call)
		calls := 0
		err := call(t.Context(), harness.Returns(&calls, harness.ErrBoom))
		harness.Is(t, err, harness.ErrBoom)
		harness.Not(t, err, runtimehooks.ErrOpen)
		harness.Equal(t, "calls", calls, 3)
	})
}

func endsAtAnOpenBreaker(t *testing.T, name string, call service) {
	t.Helper()
	harness.Run(t, name, func(t *testing.T) {
		open(t, call)
		calls := 0
		took := harness.Elapsed(func() {
			harness.Is(t, call(t.Context(), harness.Returns(&calls, nil)), runtimehooks.ErrOpen)
		})
		harness.Equal(t, "time", took, 0)
		harness.Equal(t, "calls", calls, 0)
	})
}

// open makes the service's breaker fresh, and then opens it by four failures.
func open(t *testing.T, call service) {
	t.Helper()
	harness.FreshCall(t, call)
	for range 4 {
		harness.Is(t, call(t.Context(), harness.Fails(harness.ErrBoom)), harness.ErrBoom)
	}
}

func TestCircuitBreakerBulkhead(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  service
		held  int // calls that fill it: those that run and those that wait
		opens bool
	}{
		{"refusals of a bulkhead open the breaker outside it", breaker.Bulkhead, 1, true},
		{"refusals of a queue open the breaker outside it", breaker.Queue, 2, true},
		{"refusals that on does not name leave it closed", breaker.QueueOn, 2, false},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			harness.FreshCall(t, c.call)
			gate := make(chan struct{})
			results := make(chan error, c.held)
			for range c.held {
				go func() {
					results <- c.call(t.Context(), func(context.Context) error { <-gate; return nil })
				}()
				synctest.Wait()
			}
			for range 3 {
				err := c.call(t.Context(), harness.Succeeds)
				harness.Is(t, err, runtimehooks.ErrFull)
				harness.Not(t, err, runtimehooks.ErrOpen)
			}
			want := runtimehooks.ErrFull
			if c.opens {
				want = runtimehooks.ErrOpen
			}
			for range 2 {
				harness.Is(t, c.call(t.Context(), harness.Succeeds), want)
			}
			close(gate)
			for range c.held {
				harness.OK(t, <-results)
			}
		})
	}
}

func TestCircuitBreakerExceptionHierarchy(t *testing.T) {
	for _, s := range []struct {
		hierarchy.Service
		call  service
		opens error // what makes its breaker fresh; nil where nothing opens it
	}{
		{hierarchy.A, breaker.ServiceA, hierarchy.E0},
		{hierarchy.B, breaker.ServiceB, hierarchy.Exception},
		{hierarchy.C, breaker.ServiceC, nil},
	} {
		for _, e := range hierarchy.All() {
			name, want := s.Name+" stays closed after "+e.Name, e.Err
			if s.Hits[e.Name] {
				name, want = s.Name+" opens after "+e.Name, runtimehooks.ErrOpen
			}
			harness.Run(t, name, func(t *testing.T) {
				if s.opens != nil {
					harness.Fresh(t,
						func() error { return s.call(t.Context(), harness.Fails(s.opens)) },
						func() error { return s.call(t.Context(), harness.Succeeds) })
				}
				harness.Is(t, s.call(t.Context(), harness.Fails(e.Err)), e.Err)
				harness.Is(t, s.call(t.Context(), harness.Fails(e.Err)), want)
			})
		}
	}
	harness.Run(t, "without conditions every error opens it", func(t *testing.T) {
		for _, e := range hierarchy.All() {
			harness.FreshCall(t, breaker.ServiceAny)
			harness.Is(t, breaker.ServiceAny(t.Context(), harness.Fails(e.Err)), e.Err)
			harness.Is(t, breaker.ServiceAny(t.Context(), harness.Succeeds), runtimehooks.ErrOpen)
		}
	})
}
