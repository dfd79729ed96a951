package retry_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/conformance/harness"
	"example.com/conformance/hierarchy"
	"example.com/conformance/retry"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

func TestRetry(t *testing.T) {
	// What takes 110 ms begins ten times within a second: at 0 ms, 110 ms and so on until 990 ms.
	const work, limit, begins = 110 * time.Millisecond, time.Second, 10

	for _, c := range []struct {
		name    string
		call    service
		work    harness.Work
		calls   int
		elapsed time.Duration
	}{
		{"attempts counts all calls", retry.Client{}.Attempts, harness.Fails(harness.ErrBoom), 6, 0},
		{"no attempt begins after elapsed", retry.Client{}.Elapsed, harness.Takes(work, harness.ErrBoom), begins, begins * work},
		{"elapsed has a unit", retry.Client{}.ElapsedSeconds, harness.Takes(work, harness.ErrBoom), begins, begins * work},
		{"the pause is kept", retry.Client{}.Delay, harness.Fails(harness.ErrBoom), 5, 4 * 400 * time.Millisecond},
		{"a type's directive is for its methods", retry.ClassClient{}.Attempts, harness.Fails(harness.ErrBoom), 3, 0},
		{"a method's elapsed joins its type's options", retry.ClassClient{}.Elapsed, harness.Takes(work, harness.ErrBoom), begins, begins * work},
		{"a method's attempts beat its type's", retry.ClassClient{}.ElapsedSeconds, harness.Takes(work, harness.ErrBoom), begins, begins * work},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var err error
			calls := 0
			took := harness.Elapsed(func() { err = c.call(t.Context(), harness.Count(&calls, c.work)) })
			harness.Is(t, err, harness.ErrBoom)
			harness.Equal(t, "calls", calls, c.calls)
			harness.Equal(t, "time", took, c.elapsed)
			gaveUp(t, err, c.calls)
		})
	}
	harness.Run(t, "jitter is a fraction of the pause", func(t *testing.T) {
		var last time.Time
		shortest, longest := time.Hour, time.Duration(0)
		harness.Is(t, retry.Client{}.Jitter(t.Context(), func(context.Context) error {
			if now := time.Now(); !last.IsZero() {
				shortest, longest = min(shortest, now.Sub(last)), max(longest, now.Sub(last))
			}
			last = time.Now()
			return harness.ErrBoom
		}), harness.ErrBoom)
		if shortest < 0 || shortest >= 200*time.Millisecond || longest <= 200*time.Millisecond || longest > 400*time.Millisecond {
			t.Errorf("99 pauses must be from both halves of 0 to 400 ms, not %v to %v", shortest, longest)
		}
	})
}

// gaveUp checks that err says how many attempts there were.
func gaveUp(t *testing.T, err error, attempts int) {
	t.Helper()
	wrapped, ok := errors.AsType[*runtimehooks.RetryError](err)
	switch {
	case attempts == 1 && ok:
		t.Errorf("one attempt must fail with its own error, not: %v", err)
	case attempts > 1 && !ok:
		t.Errorf("error must be a RetryError, not: %v", err)
	case attempts > 1:
		harness.Equal(t, "attempts in the error", wrapped.Attempts, attempts)
	}
}

func TestZeroRetryJitter(t *testing.T) {
	harness.Run(t, "no jitter is legal and makes pauses exact", func(t *testing.T) {
		calls := 0
		took := harness.Elapsed(func() {
			harness.OK(t, retry.Client{}.NoJitter(t.Context(), harness.Returns(&calls, harness.ErrBoom, harness.ErrBoom, nil)))
		})
		harness.Equal(t, "calls", calls, 3)
		harness.Equal(t, "time", took, 200*time.Millisecond)
	})
}

func TestRetryCondition(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  service
		err   error
		calls int
	}{
		{"on is retried", retry.Conditions{}.On, retry.ErrConnection, 4},
		{"what on does not name is not retried", retry.Conditions{}.On, harness.ErrBoom, 1},
		{"what wraps an error of on is retried", retry.Conditions{}.OnParent, retry.ErrChild, 4},
		{"abort beats on", retry.Conditions{}.OnParentAbortChild, retry.ErrChild, 1},
		{"what abort does not name is retried", retry.Conditions{}.Abort, retry.ErrConnection, 4},
		{"abort is not retried", retry.Conditions{}.Abort, retry.ErrWriting, 1},
		{"a type's on holds for a method", retry.ClassOn{}.Inherits, retry.ErrConnection, 4},
		{"a method's on replaces its type's", retry.ClassOn{}.Overrides, retry.ErrConnection, 1},
		{"a type's abort leaves others", retry.ClassAbort{}.Inherits, retry.ErrConnection, 4},
		{"a method's abort replaces its type's", retry.ClassAbort{}.Overrides, retry.ErrConnection, 1},
		{"a failure on another goroutine is retried", retry.Hedged, harness.ErrBoom, 3},
		{"a failure on the caller's goroutine is retried", retry.Plain, harness.ErrBoom, 3},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			err := c.call(t.Context(), harness.Returns(&calls, c.err))
			harness.Is(t, err, c.err)
			harness.Equal(t, "calls", calls, c.calls)
			gaveUp(t, err, c.calls)
		})
	}
	harness.Run(t, "success on another goroutine ends it", func(t *testing.T) {
		calls := 0
		harness.OK(t, retry.Hedged(t.Context(), harness.Returns(&calls, harness.ErrBoom, harness.ErrBoom, nil)))
		harness.Equal(t, "calls", calls, 3)
	})
	for _, c := range []struct {
		name string
		call func(context.Context, harness.Work, harness.Work) error
	}{{"a chain", retry.Chained}, {"parallel work", retry.Parallel}} {
		harness.Run(t, c.name+" is retried from its beginning until it succeeds", func(t *testing.T) {
			first, second := 0, 0
			harness.OK(t, c.call(t.Context(), harness.Returns(&first, nil), harness.Returns(&second, harness.ErrBoom, harness.ErrBoom, nil)))
			harness.Equal(t, "calls of the first", first, 3)
			harness.Equal(t, "calls of the second", second, 3)
		})
		harness.Run(t, c.name+" fails with its last error", func(t *testing.T) {
			first, second := 0, 0
			err := c.call(t.Context(), harness.Returns(&first, nil), harness.Returns(&second, harness.ErrBoom))
			harness.Is(t, err, harness.ErrBoom)
			harness.Equal(t, "calls of the second", second, 3)
			gaveUp(t, err, 3)
		})
	}
	harness.Run(t, "parallel work fails if all of it does", func(t *testing.T) {
		first, second := 0, 0
		err := retry.Parallel(t.Context(), harness.Returns(&first, retry.ErrParent), harness.Returns(&second, retry.ErrWriting))
		harness.Is(t, err, retry.ErrParent, retry.ErrWriting)
		harness.Equal(t, "calls", first+second, 6)
	})
}

func TestRetryExceptionHierarchy(t *testing.T) {
	for _, s := range []struct {
		hierarchy.Service
		call service
	}{{hierarchy.A, retry.ServiceA}, {hierarchy.B, retry.ServiceB}, {hierarchy.C, retry.ServiceC}} {
		for _, e := range hierarchy.All() {
			calls, name := 1, s.Name+" does not retry "+e.Name
			if s.Hits[e.Name] {
				calls, name = 2, s.Name+" retries "+e.Name
			}
			harness.Run(t, name, func(t *testing.T) {
				n := 0
				harness.Is(t, s.call(t.Context(), harness.Returns(&n, e.Err)), e.Err)
				harness.Equal(t, "calls", n, calls)
			})
		}
	}
}

func TestRetryTimeout(t *testing.T) {
	const each = 500 * time.Millisecond
	for _, c := range []struct {
		name  string
		call  service
		work  harness.Work
		want  error
		calls int
		took  time.Duration
	}{
		{"an attempt's timeout is retried", retry.Each, harness.Takes(time.Second, nil), runtimehooks.ErrTimeout, 2, 2 * each},
		{"a failure before the timeout is retried", retry.Each, harness.Takes(10*time.Millisecond, harness.ErrBoom), harness.ErrBoom, 2, 20 * time.Millisecond},
		{"a timeout that on does not name is not retried", retry.EachOn, harness.Takes(time.Second, nil), runtimehooks.ErrTimeout, 1, each},
		{"a timeout that abort names is not retried", retry.EachAbort, harness.Takes(time.Second, nil), runtimehooks.ErrTimeout, 1, each},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var err error
			calls := 0
			took := harness.Elapsed(func() { err = c.call(t.Context(), harness.Count(&calls, c.work)) })
			harness.Is(t, err, c.want)
			harness.Equal(t, "calls", calls, c.calls)
			harness.Equal(t, "time", took, c.took)
		})
	}
}
