package runtimehooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
)

// every is a retry with pauses of 100ms, 200ms, 400ms, …
func every() *Retry {
	return &Retry{Attempts: 3, Initial: 100 * time.Millisecond, Max: 5 * time.Second, Factor: 2}
}

func TestRetrySucceedsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := record(t)
		start := time.Now()
		body, calls := failing(errBusy, kind(1), nil)
		err := attempts(t.Context(), &Site{Function: function, Trace: &Trace{}, Retry: every()}, body)
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
		body, calls := failing(errBusy, kind(1), errFatal)
		err := attempts(t.Context(), &Site{Function: function, Retry: every()}, body)
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
		if err := attempts(t.Context(), &Site{Function: function, Retry: r}, body); err != c.want || *calls != 1 {
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
		{"an open breaker further down", Retry{}, &OpenError{}, 1},
		{"an open breaker, even on", Retry{On: []*error{&ErrOpen}}, wrap(&OpenError{}), 1},
		{"sentinel not set", Retry{On: []*error{new(error), busy}}, errBusy, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.retry.Attempts = 3
			body, calls := failing(c.body)
			attempts(t.Context(), &Site{Function: function, Retry: &c.retry}, body)
			if *calls != c.calls {
				t.Errorf("%d calls, want %d", *calls, c.calls)
			}
		})
	}
}

// backoff v5 leaks its wrapper here.
func TestPermanentIsUnwrapped(t *testing.T) {
	for n, errs := range map[int][]error{1: {backoff.Permanent(errFatal)}, 2: {errBusy, fmt.Errorf("wrapped: %w", backoff.Permanent(errFatal))}} {
		body, calls := failing(errs...)
		err := attempts(t.Context(), &Site{Function: function, Retry: &Retry{Attempts: 5}}, body)
		if p := new(backoff.PermanentError); errors.As(err, &p) || !errors.Is(err, errFatal) || *calls != n {
			t.Errorf("error is %#v after %d calls", err, *calls)
		}
	}
}

// H42. backoff and failsafe-go lose the operation's error here.
func TestRetryEndsWithContext(t *testing.T) {
	t.Run("during the attempt", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		err := attempts(ctx, &Site{Function: function, Retry: every()}, func(context.Context) error {
			calls++
			cancel()
			return errBusy
		})
		if calls != 1 || !errors.Is(err, errBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v after %d calls", err, calls)
		}
	})
	t.Run("the body returns it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body, _ := failing(context.Canceled)
		if err := attempts(ctx, &Site{Function: function, Retry: every()}, body); err != context.Canceled {
			t.Errorf("error is %#v, want the body's", err)
		}
	})
	t.Run("during the pause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(150*time.Millisecond, cancel)
			body, calls := failing(errBusy, errFatal)
			err := attempts(ctx, &Site{Function: function, Retry: every()}, body)
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

// A pause that the deadline would interrupt is not begun.
func TestRetryDoesNotSleepIntoDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		start := time.Now()
		body, calls := failing(errBusy)
		err := attempts(ctx, &Site{Function: function, Retry: every()}, body)
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
		attempts(t.Context(), &Site{Function: function, Retry: r}, func(context.Context) error {
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
		{"longer than max", fmt.Errorf("wrapped: %w", after(time.Minute)), 0, 0, time.Minute},
		{"shorter than initial", after(time.Millisecond), 0, 0, time.Millisecond},
		{"nothing to say", after(0), 0, 0, 100 * time.Millisecond},
		{"later than elapsed", after(time.Minute), time.Second, 0, 0},
		{"later than the deadline", after(time.Minute), 0, time.Second, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := every()
				r.Attempts, r.Elapsed = 2, c.elapsed
				site := &Site{Function: function, Retry: r}
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
				attempts(t.Context(), &Site{Function: function, Retry: &c.retry}, func(context.Context) error {
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

// Jitter spreads a pause over both sides, and Max caps it all the same.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Retry{Attempts: 2, Initial: 400 * time.Millisecond, Max: 500 * time.Millisecond, Factor: 2, Jitter: 0.5}
		shortest, longest := time.Hour, time.Duration(0)
		for range 200 {
			start := time.Now()
			body, _ := failing(errBusy)
			attempts(t.Context(), &Site{Function: function, Retry: r}, body)
			took := time.Since(start)
			shortest, longest = min(shortest, took), max(longest, took)
		}
		if shortest < 200*time.Millisecond || shortest > 350*time.Millisecond || longest != 500*time.Millisecond {
			t.Errorf("pauses are %v to %v, want them spread over 200ms to 500ms", shortest, longest)
		}
	})
}

// The functions of the options run without a breaker's permit, and their panic is the call's.
func TestPanicOfCondition(t *testing.T) {
	site := &Site{
		Function: function, Recover: &Recover{}, Breaker: &Breaker{Failures: 3, Cooldown: time.Hour, Probes: 1},
		Retry: &Retry{Attempts: 3, If: func(error) bool { panic("condition") }},
	}
	body, _ := failing(errBusy)
	err := attempts(t.Context(), site, body)
	if p := new(PanicError); !errors.As(err, &p) || p.Value != "condition" {
		t.Errorf("error is %v", err)
	}
}

// H35, H36: an attempt begins with the caller's arguments and with fresh results.
func TestAttemptsAreAlike(t *testing.T) {
	site := &Site{Function: function, Retry: &Retry{Attempts: 3}}
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

func TestAround(t *testing.T) {
	var order []string
	advice := func(name string) Advice {
		return Advice{Name: name, Func: func(ctx context.Context, site *Site, next func(context.Context) error) error {
			order = append(order, name+" "+site.Name)
			err := next(context.WithValue(ctx, key{}, name))
			order = append(order, fmt.Sprint(name, " ", err))
			return err
		}}
	}
	site := &Site{Function: function, Name: "Place", Retry: &Retry{Attempts: 2}, Around: []Advice{advice("outer"), advice("inner")}}
	n := 0
	r, err := advised(t.Context(), site, func(ctx context.Context) (int, error) {
		order = append(order, "body in "+ctx.Value(key{}).(string))
		if n++; n == 1 {
			return 0, errBusy
		}
		return n, nil
	})
	if r != 2 || err != nil {
		t.Errorf("result is %d, %v", r, err)
	}
	want := []string{
		"outer Place", "inner Place", "body in inner", "inner busy", "outer busy",
		"outer Place", "inner Place", "body in inner", "inner <nil>", "outer <nil>",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

func TestAdviceMayRefuse(t *testing.T) {
	site := &Site{Function: function, Around: []Advice{{Name: "no", Func: func(context.Context, *Site, func(context.Context) error) error {
		return errFatal
	}}}}
	r, err := advised(t.Context(), site, func(context.Context) (int, error) { t.Error("the body ran"); return 1, nil })
	if r != 0 || err != errFatal {
		t.Errorf("result is %d, %v", r, err)
	}
}

func TestErrorTypes(t *testing.T) {
	for want, err := range map[string]error{
		"breaker_open": &RetryError{Err: ended(&OpenError{}, errBusy)}, "timeout": &TimeoutError{}, "panic": &PanicError{},
	} {
		if got := semconv.ErrorType(err).Value.AsString(); got != want {
			t.Errorf("error.type of %T is %q, want %q", err, got, want)
		}
	}
	var timeout interface{ Timeout() bool }
	if !errors.As(error(&TimeoutError{}), &timeout) || !timeout.Timeout() {
		t.Error("a *TimeoutError is no timeout to package net")
	}
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		`call f: circuit breaker "b" is open for another 2s`:                     &OpenError{Site: "f", Breaker: "b", After: 2 * time.Second},
		`call f: circuit breaker "b" is half-open and busy`:                      &OpenError{Site: "f", Breaker: "b"},
		`call f: timeout after 1s`:                                               &TimeoutError{Site: "f", After: time.Second},
		`call f: timeout after 1s: busy`:                                         &TimeoutError{Site: "f", After: time.Second, Err: errBusy},
		`call f: panic: boom`:                                                    &PanicError{Site: "f", Value: "boom"},
		`call f: gave up after 2 attempts: context canceled; last attempt: busy`: &RetryError{Site: "f", Attempts: 2, Err: ended(context.Canceled, errBusy)},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if strings.ToLower(err.Error()[:1]) != err.Error()[:1] {
			t.Errorf("%q does not begin in lower case", err)
		}
	}
}
