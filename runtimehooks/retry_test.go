package runtimehooks

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/google/go-cmp/cmp"
)

// every is a retry with pauses of 100ms, 200ms, 400ms, …
func every() *Retry {
	return &Retry{Attempts: 3, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Factor: 2}
}

func TestRetrySucceedsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := record(t)
		start := time.Now()
		body, calls := failing(errBusy, typed(1), nil)
		err := attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Trace: &Trace{}, Retry: every()}}, body)
		if err != nil || *calls != 3 || time.Since(start) != 300*time.Millisecond {
			t.Errorf("error %v after %d calls and %v; want nil, 3, 300ms", err, *calls, time.Since(start))
		}
		span := got.span(t)
		if diff := cmp.Diff([]string{"retry", "retry"}, events(span)); diff != "" {
			t.Fatal(diff)
		}
		want := []map[string]string{
			{"retry.attempt": "2", "retry.delay": "0.1", "error.type": "*errors.errorString"},
			{"retry.attempt": "3", "retry.delay": "0.2", "error.type": "kind1"},
		}
		for i, e := range span.Events() {
			if diff := cmp.Diff(want[i], text(e.Attributes)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestRetryGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, calls := failing(errBusy, typed(1), errFatal)
		err := attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: every()}}, body)
		var r *RetryError
		if !errors.As(err, &r) || r.Attempts != 3 || r.Site != function || !errors.Is(err, errFatal) || *calls != 3 {
			t.Errorf("error is %#v after %d calls", err, *calls)
		}
		if want := "call " + function + ": gave up after 3 attempts: fatal"; err.Error() != want {
			t.Errorf("error reads %q, want %q", err, want)
		}
	})
}

// One attempt leaves the body's error as it is.
func TestRetryOfOneAttempt(t *testing.T) {
	r := every()
	r.Attempts = 1
	for _, c := range []struct{ body, want error }{{errBusy, errBusy}, {backoff.Permanent(errBusy), errBusy}} {
		body, calls := failing(c.body)
		if err := attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: r}}, body); err != c.want || *calls != 1 {
			t.Errorf("error is %#v after %d calls, want %v after 1", err, *calls, c.want)
		}
	}
}

// What is retried, and how often: at most three attempts.
func TestRetryConditions(t *testing.T) {
	busy, fatal := &errBusy, &errFatal
	isBusy := func(err error) bool { return errors.Is(err, errBusy) }
	wrap := func(err error) error { return fmt.Errorf("wrapped: %w", err) }
	for _, c := range []struct {
		name  string
		retry Retry
		body  error
		calls int
	}{
		{"anything", Retry{}, errBusy, 3},
		{"on, hit", Retry{On: []*error{busy}}, wrap(errBusy), 3},
		{"on, miss", Retry{On: []*error{busy}}, errFatal, 1},
		{"on several", Retry{On: []*error{busy, fatal}}, errFatal, 3},
		{"abort, hit", Retry{Abort: []*error{fatal}}, wrap(errFatal), 1},
		{"abort, miss", Retry{Abort: []*error{fatal}}, errBusy, 3},
		{"abort beats on", Retry{On: []*error{busy}, Abort: []*error{busy}}, errBusy, 1},
		{"abort beats if", Retry{If: isBusy, Abort: []*error{busy}}, errBusy, 1},
		{"if, true", Retry{If: isBusy}, wrap(errBusy), 3},
		{"if, false", Retry{If: isBusy}, errFatal, 1},
		{"unless, true", Retry{Unless: isBusy}, errBusy, 1},
		{"unless, false", Retry{Unless: isBusy}, errFatal, 3},
		{"unless beats if", Retry{If: isBusy, Unless: isBusy}, errBusy, 1},
		{"on and if, one misses", Retry{On: []*error{fatal}, If: isBusy}, errFatal, 1},
		{"permanent", Retry{}, backoff.Permanent(errBusy), 1},
		{"permanent inside", Retry{}, wrap(backoff.Permanent(errBusy)), 1},
		{"permanent among others", Retry{}, errors.Join(errFatal, wrap(backoff.Permanent(errBusy))), 1},
		{"an error of that name", Retry{}, &PermanentError{}, 3},
		{"an error that says it is final", Retry{}, wrap(final(true)), 1},
		{"an error that says it is not", Retry{}, wrap(final(false)), 3},
		{"an open breaker further down", Retry{}, &OpenError{}, 1},
		{"an open breaker that on names", Retry{On: []*error{&ErrOpen}}, wrap(&OpenError{}), 3},
		{"sentinel not set", Retry{On: []*error{new(error), busy}}, errBusy, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.retry.Attempts = 3
			body, calls := failing(c.body)
			attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: &c.retry}}, body)
			if *calls != c.calls {
				t.Errorf("%d calls, want %d", *calls, c.calls)
			}
		})
	}
}

// PermanentError has the name of another package's error.
type PermanentError struct{}

func (*PermanentError) Error() string { return "permanent" }

// final is an error that says whether trying again can help.
type final bool

func (f final) Error() string   { return "final" }
func (f final) Permanent() bool { return bool(f) }

// The caller gets the error inside, without the wrapper that backoff v5 leaks here, however many
// there are.
func TestPermanentIsUnwrapped(t *testing.T) {
	for n, errs := range map[int][]error{
		1: {backoff.Permanent(errFatal)}, 2: {errBusy, backoff.Permanent(backoff.Permanent(errFatal))},
	} {
		body, calls := failing(errs...)
		err := attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 5}}}, body)
		if anywhere(err, func(err error) bool { return isBackoff(err, "PermanentError") }) || !errors.Is(err, errFatal) || *calls != n {
			t.Errorf("error is %#v after %d calls", err, *calls)
		}
	}
}

// What wraps a permanent error is the user's, and stays.
func TestPermanentKeepsWhatWrapsIt(t *testing.T) {
	wrapped := fmt.Errorf("read the order: %w", &OpenError{Breaker: "orders"})
	joined := errors.Join(wrapped, fmt.Errorf("close: %w", backoff.Permanent(errFatal)))
	body, calls := failing(joined)
	err := attempts(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 5}}}, body)
	if err != joined || !errors.Is(err, ErrOpen) || !errors.Is(err, errFatal) || *calls != 1 {
		t.Errorf("error is %v after %d calls", err, *calls)
	}
}

// H42. backoff and failsafe-go lose the operation's error here.
func TestRetryEndsWithContext(t *testing.T) {
	t.Run("during the attempt", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: every()}}, func(context.Context) error {
			calls++
			cancel()
			return errBusy
		})
		if calls != 1 || !errors.Is(err, errBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v after %d calls", err, calls)
		}
	})
	t.Run("the deadline, during the attempt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: every()}}, func(ctx context.Context) error { <-ctx.Done(); return errBusy })
			if !errors.Is(err, errBusy) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
	})
	t.Run("when nothing would follow anyway", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := every()
		r.Abort = []*error{&errFatal}
		body, _ := failing(errFatal)
		if err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: r}}, body); err != errFatal {
			t.Errorf("error is %#v, want the body's untouched", err)
		}
	})
	t.Run("the body returns it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body, _ := failing(context.Canceled)
		if err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: every()}}, body); err != context.Canceled {
			t.Errorf("error is %#v, want the body's", err)
		}
	})
	t.Run("during the pause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(150*time.Millisecond, cancel)
			body, calls := failing(errBusy, errFatal)
			err := attempts(ctx, &Site{Function: function, Aspects: Aspects{Retry: every()}}, body)
			var r *RetryError
			if !errors.As(err, &r) || r.Attempts != 2 || !errors.Is(err, errFatal) || !errors.Is(err, context.Canceled) || *calls != 2 {
				t.Errorf("error is %v after %d calls", err, *calls)
			}
			if took := time.Since(start); took != 150*time.Millisecond {
				t.Errorf("took %v, want the cancel to end the pause at 150ms", took)
			}
		})
	})
}

// The functions of the options run without a breaker's permit, and their panic is the call's.
func TestPanicOfCondition(t *testing.T) {
	site := &Site{
		Function: function, Aspects: Aspects{Recover: &Recover{}, Breaker: &Breaker{Failures: 3, Cooldown: time.Hour, Probes: 1},
			Retry: &Retry{Attempts: 3, If: func(error) bool { panic("condition") }}},
	}
	body, _ := failing(errBusy)
	err := attempts(t.Context(), site, body)
	if p := new(PanicError); !errors.As(err, &p) || p.Value != "condition" {
		t.Errorf("error is %v", err)
	}
}

// H35, H36: an attempt begins with the caller's arguments and with fresh results.
func TestAttemptsAreAlike(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3}}}
	var ids []int
	place := func(ctx context.Context, id int) (r0 int, err error) {
		call := site.Call()
		ctx = call.Enter(ctx)
		defer call.Exit(&err)
		for call.Next(&err) {
			r0, err = func(ctx context.Context, id int) (r int, err error) {
				id++
				if ids = append(ids, id); len(ids) == 1 {
					r = 99
				}
				if len(ids) < 3 {
					return r, errBusy
				}
				return
			}(ctx, id)
		}
		return
	}
	r, err := place(t.Context(), 1)
	if diff := cmp.Diff([]int{2, 2, 2}, ids); diff != "" || r != 0 || err != nil {
		t.Errorf("result %d, %v\n%s", r, err, diff)
	}
}
