package runtimehooks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A pause that the deadline would interrupt is not begun.
func TestRetryDoesNotSleepIntoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		start := time.Now()
		body, calls := failing(errBusy)
		err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: every()}}, body)
		if took := time.Since(start); took != 100*time.Millisecond || *calls != 2 || !errors.Is(err, errBusy) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v after %d calls and %v; want busy, 2, 100ms", err, *calls, took)
		}
	})
}

func TestRetryElapsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := every()
		r.Attempts, r.Elapsed = 100, time.Second
		start := time.Now()
		calls := 0
		attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: r}}, func(context.Context) error {
			calls++
			time.Sleep(100 * time.Millisecond)
			return errBusy
		})
		// attempts begin at 0, 200ms, 500ms, 1s; the pause after that would end at 1.9s
		if took := time.Since(start); calls != 4 || took != 1100*time.Millisecond {
			t.Errorf("%d calls in %v, want 4 in 1.1s", calls, took)
		}
	})
}

// after is an error that asks for a pause.
type after time.Duration

func (a after) Error() string             { return "try later" }
func (a after) RetryAfter() time.Duration { return time.Duration(a) }

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name    string
		body    error
		elapsed time.Duration
		timeout time.Duration
		took    time.Duration
	}{
		{"as long as max", fmt.Errorf("wrapped: %w", after(5*time.Second)), 0, 0, 5 * time.Second},
		{"longer than max", fmt.Errorf("wrapped: %w", after(5*time.Second+1)), 0, 0, 0},
		{"shorter than initial", after(time.Millisecond), 0, 0, time.Millisecond},
		{"nothing to say", after(0), 0, 0, 100 * time.Millisecond},
		{"later than elapsed", after(time.Second), 900 * time.Millisecond, 0, 0},
		{"later than the deadline", after(time.Second), 0, time.Second, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := every()
				r.Attempts, r.Elapsed = 2, c.elapsed
				site := &Site{Function: function, Aspects: Aspects{Retry: r}}
				if c.timeout > 0 {
					site.Timeout = &Timeout{After: c.timeout}
				}
				start := time.Now()
				body, _ := failing(c.body)
				err := attempts(t.Context(), site, body)
				if took := time.Since(start); took != c.took || !errors.Is(err, c.body) {
					t.Errorf("error %v after %v, want %v after %v", err, took, c.body, c.took)
				}
			})
		})
	}
}

func TestPauses(t *testing.T) {
	for _, c := range []struct {
		name  string
		retry Retry
		want  []time.Duration
	}{
		{"no pauses", Retry{Attempts: 3, Max: time.Second, Factor: 2}, []time.Duration{0, 0}},
		{"capped", Retry{Attempts: 5, Initial: time.Second, Max: 3 * time.Second, Factor: 2}, []time.Duration{1e9, 2e9, 3e9, 3e9}},
		{"initial above max", Retry{Attempts: 3, Initial: time.Minute, Max: time.Second, Factor: 2}, []time.Duration{1e9, 1e9}},
		{"constant", Retry{Attempts: 3, Initial: time.Second, Max: time.Minute, Factor: 1}, []time.Duration{1e9, 1e9}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var pauses []time.Duration
				last := time.Now()
				attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: &c.retry}}, func(context.Context) error {
					pauses = append(pauses, time.Since(last))
					last = time.Now()
					return errBusy
				})
				if diff := cmp.Diff(c.want, pauses[1:]); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// Calls share the options and nothing else. One backoff v4 for all of them would race, and have
// later calls wait longer.
func TestPausesArePerCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Retry: every()}}
		start := time.Now()
		var calls sync.WaitGroup
		for range 50 {
			calls.Go(func() {
				body, n := failing(errBusy)
				if attempts(t.Context(), site, body); *n != 3 || time.Since(start) != 300*time.Millisecond {
					t.Errorf("%d attempts in %v, want 3 in 300ms", *n, time.Since(start))
				}
			})
		}
		calls.Wait()
	})
}

// Jitter spreads a pause over both sides, and Max caps it all the same.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Retry{Attempts: 2, Initial: 400 * time.Millisecond, Max: 500 * time.Millisecond, Factor: 2, Jitter: 0.5}
		shortest, longest := time.Hour, time.Duration(0)
		for range 200 {
			start := time.Now()
			body, _ := failing(errBusy)
			attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: r}}, body)
			took := time.Since(start)
			shortest, longest = min(shortest, took), max(longest, took)
		}
		if shortest < 200*time.Millisecond || shortest > 350*time.Millisecond || longest != 500*time.Millisecond {
			t.Errorf("pauses are %v to %v, want them spread over 200ms to 500ms", shortest, longest)
		}
	})
}
