package runtimehooks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// takes returns a body that succeeds after a time, or fails when its context ends.
func takes(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
}

// What a caller with no time, or too little, makes of a call says nothing about the callee. One
// that had the time that calls take says that the callee hangs.
func TestEndedByCaller(t *testing.T) {
	const usual = 30 * time.Millisecond // what calls take that succeed
	for _, c := range []struct {
		name  string
		slow  time.Duration
		warm  int           // calls that have succeeded before
		left  time.Duration // of the caller's time
		body  func(context.Context) error
		opens bool
	}{
		{"over at entry", 0, 0, -time.Second, takes(usual), false},
		{"over at entry, own error", 0, 0, -time.Second, func(context.Context) error { return errBusy }, false},
		{"less than a call takes", 0, 1, 10 * time.Millisecond, takes(usual), false},
		{"less than a call takes, own error at the end", 0, 1, 10 * time.Millisecond, func(ctx context.Context) error { <-ctx.Done(); return errBusy }, false},
		{"less than a call takes, and it fails before", 0, 1, 10 * time.Millisecond, func(context.Context) error { return errBusy }, true},
		{"less than a call takes, a client's deadline a little earlier", 0, 1, 10 * time.Millisecond,
			func(ctx context.Context) error { time.Sleep(9 * time.Millisecond); return context.DeadlineExceeded }, false},
		{"nobody knows what a call takes", 0, 0, 10 * time.Millisecond, takes(usual), true},
		{"it hangs, and the caller had the time", 0, 100, 100 * time.Millisecond, takes(time.Hour), true},
		{"it hangs, and the caller had little more", 0, 100, 40 * time.Millisecond, takes(time.Hour), true},
		{"it never returned in time", 0, 0, time.Second, takes(time.Hour), true},
		{"less than slow", time.Second, 0, 900 * time.Millisecond, takes(time.Hour), false},
		{"as long as slow", time.Second, 0, time.Second, takes(time.Hour), true},
		{"slow decides alone", 20 * time.Millisecond, 100, 25 * time.Millisecond, takes(time.Hour), true},
	} {
		for shape, call := range shapes {
			t.Run(c.name+"/"+shape, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					site := guarded()
					site.Breaker.Slow, site.Breaker.Window, site.Breaker.SlowRate = c.slow, 1000, 1
					for range c.warm {
						if err := call(t.Context(), site, takes(usual)); err != nil {
							t.Fatal(err)
						}
					}
					for range 5 {
						ctx, cancel := context.WithTimeout(t.Context(), c.left)
						if err := call(ctx, site, c.body); err == nil {
							t.Error("the call has succeeded")
						}
						cancel()
					}
					if err := call(t.Context(), site, succeed); errors.Is(err, ErrOpen) != c.opens {
						t.Errorf("error is %v, want open: %v", err, c.opens)
					}
					if ended := site.snapshot(time.Now()).Breakers[0].Ended; (ended == 5) == c.opens {
						t.Errorf("%d calls are ended by the caller", ended)
					}
				})
			})
		}
	}
}

// A timeout of the site's own is its callee's failure, however little time the caller had.
func TestOwnTimeoutIsNoCallersDoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		site.Timeout = &Timeout{After: 20 * time.Millisecond}
		if err := prologue(t.Context(), site, takes(15*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			prologue(ctx, site, takes(time.Hour))
			cancel()
		}
		if err := prologue(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
			t.Errorf("error is %v", err)
		}
	})
}

// Callers whose calls used to succeed have time for one, so a callee that gets slower and slower
// until deadlines pass opens the breaker.
func TestCalleeThatSlowsDownOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		for d := 10 * time.Millisecond; ; d += 5 * time.Millisecond {
			for range 20 {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				err := prologue(ctx, site, takes(d))
				cancel()
				if errors.Is(err, ErrOpen) {
					return
				}
			}
			if d > time.Second {
				t.Fatal("the breaker does not open")
			}
		}
	})
}

// A probe that hangs is replaced, and refusals say by when.
func TestProbeThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		site.Breaker.ProbeTimeout = 10 * time.Second
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		hang := make(chan struct{})
		go attempts(t.Context(), site, func(context.Context) error { <-hang; return errBusy })
		time.Sleep(4 * time.Second)
		err := attempts(t.Context(), site, succeed)
		if open, ok := errors.AsType[*OpenError](err); !ok || !open.HalfOpen || open.RetryAfter() != 6*time.Second {
			t.Errorf("error is %v", err)
		}
		time.Sleep(6 * time.Second)
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Errorf("after the time for a probe: %v", err)
		}
		close(hang)
		synctest.Wait()
		fails(t.Context(), site, 1) // that of the probe does not count
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Errorf("after one failure: %v", err)
		}
	})
}
