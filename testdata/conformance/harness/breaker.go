package harness

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks"
)

// Fresh closes the breaker of a woven function, with nothing counted, whatever tests before have left: by failures that open
// it, and by successes after the cooldown. fail and pass call the function.
func Fresh(t *testing.T, fail, pass func() error) {
	t.Helper()
	const enough = 1000
	var opened, closed atomic.Bool // a hedged function's breaker is used on other goroutines
	defer runtimehooks.OnBreakerChange(func(c runtimehooks.BreakerChange) {
		opened.Store(opened.Load() || c.To == runtimehooks.BreakerOpen)
		closed.Store(c.To == runtimehooks.BreakerClosed)
	})()
	for i := 0; !errors.Is(fail(), runtimehooks.ErrOpen) && !opened.Load(); i++ {
		if i == enough {
			t.Fatal("failures must open the breaker")
		}
	}
	closed.Store(false)
	for i := 0; !closed.Load(); i++ {
		if i == enough {
			t.Fatal("successes must close the breaker")
		}
		if open, ok := errors.AsType[*runtimehooks.OpenError](pass()); ok {
			time.Sleep(max(open.After, time.Millisecond))
		}
	}
}

// FreshCall is Fresh for a function that does the work that it is given.
func FreshCall(t *testing.T, call func(context.Context, Work) error) {
	t.Helper()
	Fresh(t,
		func() error { return call(t.Context(), Fails(ErrBoom)) },
		func() error { return call(t.Context(), Succeeds) })
}

// Play makes calls of a function with a breaker, one for each letter: S works and succeeds, F works and fails, O is refused
// because the breaker is open. A full stop lets the time pass.
func Play(t *testing.T, script string, pause time.Duration, call func(context.Context, Work) error) {
	t.Helper()
	for i, step := range script {
		if step == '.' {
			time.Sleep(pause)
			continue
		}
		worked := 0
		work := Returns(&worked, nil)
		if step == 'F' {
			work = Returns(&worked, ErrBoom)
		}
		err := call(t.Context(), work)
		got := 'S'
		switch {
		case errors.Is(err, runtimehooks.ErrOpen):
			got = 'O'
		case errors.Is(err, ErrBoom):
			got = 'F'
		case err != nil:
			t.Errorf("step %d of %s: unexpected error: %v", i+1, script, err)
		}
		if got != step {
			t.Errorf("step %d of %s must be %c, not %c: %v", i+1, script, step, got, err)
		}
		if want := map[bool]int{true: 0, false: 1}[step == 'O']; worked != want {
			t.Errorf("step %d of %s must do the work %d times, not %d", i+1, script, want, worked)
		}
	}
}
