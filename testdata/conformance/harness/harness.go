// Package harness holds what the tests of all packages share. Woven functions take their work as a parameter, so that a
// test says what each call of it does; time is that of a testing/synctest bubble.
package harness

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// ErrBoom is the failure of work that fails for no particular reason.
var ErrBoom = errors.New("boom")

// Work is the body of a woven function.
type Work = func(context.Context) error

// Run runs a subtest in a bubble of its own, whose clock is fake.
func Run(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// Returns is work that returns at once: the first call the first error, and so on; the last one is repeated. Calls counts.
func Returns(calls *int, errs ...error) Work {
	return func(context.Context) error {
		err := errs[min(*calls, len(errs)-1)]
		*calls++
		return err
	}
}

// Fails is work that fails with err, at once.
func Fails(err error) Work { return func(context.Context) error { return err } }

// Succeeds is work that succeeds, at once.
func Succeeds(context.Context) error { return nil }

// Takes is work that takes so long and then returns err; it ends earlier, with the context's error, if the context does.
func Takes(d time.Duration, err error) Work {
	return func(ctx context.Context) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return err
		}
	}
}

// Ignores is work that takes so long, whatever its context does, and then returns err.
func Ignores(d time.Duration, err error) Work {
	return func(context.Context) error {
		time.Sleep(d)
		return err
	}
}

// Count is work that is counted. It is for one goroutine at a time.
func Count(calls *int, work Work) Work {
	return func(ctx context.Context) error {
		*calls++
		return work(ctx)
	}
}

var bubbles atomic.Int64

// Later lets so much time pass that it is later than in any bubble before, each of which begins at the same time. What a
// function remembers of them is then long past.
func Later() { time.Sleep(time.Duration(bubbles.Add(1)) * 24 * time.Hour) }

// Elapsed returns how long f took.
func Elapsed(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// Is checks that err matches every target.
func Is(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("error must match %q, not: %v", target, err)
		}
	}
}

// Not checks that err matches no target.
func Not(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if errors.Is(err, target) {
			t.Errorf("error must not match %q: %v", target, err)
		}
	}
}

// OK checks that there is no error.
func OK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("call must succeed, not: %v", err)
	}
}

// Equal checks a value.
func Equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s must be %v, not %v", what, want, got)
	}
}
