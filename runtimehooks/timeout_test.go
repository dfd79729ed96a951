package runtimehooks

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// within is a site with a timeout.
func within(d time.Duration) *Site {
	return &Site{Function: function, Aspects: Aspects{Timeout: &Timeout{After: d}}}
}

func TestTimeout(t *testing.T) {
	for shape, call := range shapes {
		for _, c := range []struct {
			name    string
			parent  time.Duration // caller's deadline; 0 for none
			works   time.Duration // without heeding the context; 0 waits for its end
			body    error         // nil returns the context's error, if it waited
			timeout bool          // want ErrTimeout
			took    time.Duration
		}{
			{"heeds the context", 0, 0, nil, true, time.Second},
			{"own error at the end", 0, time.Second, errBusy, true, time.Second},
			{"late success", 0, 3 * time.Second, nil, true, 3 * time.Second},
			{"in time", 0, 999 * time.Millisecond, nil, false, 999 * time.Millisecond},
			{"own error in time", 0, 10 * time.Millisecond, errBusy, false, 10 * time.Millisecond},
			{"caller's deadline is sooner", 500 * time.Millisecond, 0, nil, false, 500 * time.Millisecond},
			{"caller's deadline is the same", time.Second, 0, nil, false, time.Second},
			{"caller's deadline is sooner, late success", 500 * time.Millisecond, 3 * time.Second, nil, false, 3 * time.Second},
			{"caller's deadline is later", 2 * time.Second, 0, nil, true, time.Second},
		} {
			t.Run(shape+"/"+c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, start := t.Context(), time.Now()
					if c.parent > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, c.parent)
						defer cancel()
					}
					err := call(ctx, within(time.Second), func(ctx context.Context) error {
						if c.works > 0 {
							time.Sleep(c.works)
							return c.body
						}
						<-ctx.Done()
						if want := map[bool]error{true: ErrTimeout, false: context.DeadlineExceeded}[c.timeout]; !errors.Is(context.Cause(ctx), want) {
							t.Errorf("cause is %v, want %v", context.Cause(ctx), want)
						}
						return ctx.Err()
					})
					if errors.Is(err, ErrTimeout) != c.timeout {
						t.Errorf("error is %v", err)
					}
					if c.timeout && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v does not match context.DeadlineExceeded", err)
					}
					if c.body != nil && !errors.Is(err, c.body) {
						t.Errorf("%v has lost the body's error", err)
					}
					if took := time.Since(start); took != c.took {
						t.Errorf("took %v, want %v", took, c.took)
					}
				})
			})
		}
	}
}

// A caller's cancel before the deadline is not our timeout, even if the body ends after it.
func TestCancelIsNotTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := prologue(ctx, within(time.Second), func(ctx context.Context) error {
			cancel()
			time.Sleep(2 * time.Second)
			return ctx.Err()
		})
		if err != context.Canceled {
			t.Errorf("error is %v, want context.Canceled", err)
		}
	})
}

// One deadline bounds all attempts and the pauses.
func TestTimeoutBoundsRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := within(time.Second)
		site.Retry = &Retry{Attempts: 10, Initial: 100 * time.Millisecond, Max: time.Second, Factor: 1}
		calls := 0
		err := attempts(t.Context(), site, func(ctx context.Context) error {
			if calls++; calls < 3 {
				return errBusy
			}
			<-ctx.Done()
			return ctx.Err()
		})
		var r *RetryError
		if calls != 3 || !errors.Is(err, ErrTimeout) || !errors.As(err, &r) || r.Attempts != 3 {
			t.Errorf("error is %v after %d calls", err, calls)
		}
	})
}

// The derived context ends with a call that fails, however it does.
func TestTimeoutIsReleased(t *testing.T) {
	for shape, call := range shapes {
		for name, end := range map[string]func() error{
			"error": func() error { return errBusy }, "panic": func() error { panic("end") },
			"goexit": func() error { runtime.Goexit(); return nil },
		} {
			t.Run(shape+"/"+name, func(t *testing.T) {
				var inside context.Context
				finished := make(chan struct{})
				go func() {
					defer close(finished)
					defer func() { recover() }()
					call(context.Background(), within(time.Hour), func(ctx context.Context) error {
						inside = ctx
						return end()
					})
				}()
				<-finished
				if inside.Err() != context.Canceled {
					t.Errorf("the context's error is %v, want it cancelled", inside.Err())
				}
			})
		}
	}
}

// A sooner deadline costs nothing: the body gets the caller's own context.
func TestTimeoutIsSkipped(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	prologue(ctx, within(time.Hour), func(inside context.Context) error {
		if inside != ctx {
			t.Error("the body got another context")
		}
		return nil
	})
}

// The error of an inner timeout passes through an outer one that is not over.
func TestNestedTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := within(time.Second)
		err := prologue(t.Context(), &Site{Function: "outer", Aspects: Aspects{Timeout: &Timeout{After: time.Minute}}}, func(ctx context.Context) error {
			return prologue(ctx, inner, func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
		})
		var timeout *TimeoutError
		if !errors.As(err, &timeout) || timeout.Site != function || timeout.Err != nil {
			t.Errorf("error is %#v", err)
		}
	})
}

// Whatever guards a call, its body runs on the caller's goroutine: labels, locks and the stack are
// the caller's.
func TestBodyStaysOnGoroutine(t *testing.T) {
	goroutine := func() string {
		var stack [64]byte
		header, _, _ := strings.Cut(string(stack[:runtime.Stack(stack[:], false)]), "[")
		return header
	}
	for shape, call := range shapes {
		site := full()
		site.Timeout, site.Log = &Timeout{After: time.Hour}, nil
		var inside string
		if err := call(t.Context(), site, func(context.Context) error { inside = goroutine(); return nil }); err != nil {
			t.Fatal(err)
		}
		if here := goroutine(); inside != here {
			t.Errorf("%s: the body ran on %q, its caller on %q", shape, inside, here)
		}
	}
}

// A permanent error that comes too late does not leak its wrapper either.
func TestLatePermanent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := within(time.Second)
		site.Retry = &Retry{Attempts: 3}
		err := attempts(t.Context(), site, func(context.Context) error {
			time.Sleep(2 * time.Second)
			return backoff.Permanent(errFatal)
		})
		if p := new(backoff.PermanentError); !errors.Is(err, ErrTimeout) || !errors.Is(err, errFatal) || errors.As(err, &p) {
			t.Errorf("error is %#v", err)
		}
	})
}
