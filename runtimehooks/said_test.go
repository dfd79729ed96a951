package runtimehooks

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// asking are functions that take the results; nil for none.
type asking struct{ retryIf, retryUnless, breakerIf, breakerUnless, hedgeIf, hedgeUnless func(int, error) bool }

// asked calls body as a function woven with such functions is.
func asked(ctx context.Context, site *Site, j asking, body func(context.Context) (int, error)) (r0 int, err error) {
	call := site.Call()
	call.Enter(ctx)
	defer call.Exit(&err)
	err = call.Hedge(func(call *Call, ctx context.Context) (won func(), err error) {
		var h0 int
		for call.Next(&err) {
			h0, err = func(ctx context.Context) (int, error) {
				return body(ctx)
			}(call.Context())
			if call.Ended(&err) {
				for _, say := range []struct {
					ask  func(int, error) bool
					tell func(bool)
				}{{j.retryIf, call.RetryIf}, {j.retryUnless, call.RetryUnless}, {j.breakerIf, call.BreakerIf}, {j.breakerUnless, call.BreakerUnless}} {
					if say.ask != nil {
						say.tell(say.ask(h0, err))
					}
				}
			}
		}
		if call.Hedged() {
			if j.hedgeIf != nil {
				call.HedgeIf(j.hedgeIf(h0, err))
			}
			if j.hedgeUnless != nil {
				call.HedgeUnless(j.hedgeUnless(h0, err))
			}
		}
		return func() { r0 = h0 }, err
	})
	return
}

// counting returns 1, 2, 3 and so on, each with its error, and nil after them.
func counting(errs ...error) func(context.Context) (int, error) {
	var calls atomic.Int32
	return func(context.Context) (int, error) {
		n := int(calls.Add(1))
		if n > len(errs) {
			return n, nil
		}
		return n, errs[n-1]
	}
}

func below(most int) func(int, error) bool { return func(n int, _ error) bool { return n < most } }

func TestJudgedResults(t *testing.T) {
	retry := &Retry{Attempts: 3}
	on := &Retry{Attempts: 3, On: []*error{&errBusy}}
	for _, c := range []struct {
		name   string
		retry  *Retry
		asking asking
		errs   []error
		want   int // result of the attempt that the call ends with
		err    error
	}{
		{"a success is made again", retry, asking{retryIf: below(2)}, nil, 2, nil},
		{"the last results are the call's", retry, asking{retryIf: below(9)}, nil, 3, nil},
		{"an error is final", retry, asking{retryIf: func(int, error) bool { return false }}, []error{errBusy}, 1, errBusy},
		{"unless beats if", retry, asking{retryIf: below(9), retryUnless: func(n int, _ error) bool { return n == 2 }}, nil, 2, nil},
		{"unless alone leaves successes alone", retry, asking{retryUnless: func(n int, _ error) bool { return n == 9 }}, []error{errBusy}, 2, nil},
		{"on is about errors, and must hold as well", on, asking{retryIf: below(9)}, []error{errBusy}, 2, nil},
		{"the caller's fault is retried if it says so", retry, asking{retryIf: below(2)}, []error{&DeniedError{}}, 2, nil},
		{"what is permanent is not", retry, asking{retryIf: below(9)}, []error{&KeyReusedError{}}, 1, ErrKeyReused},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := asked(t.Context(), &Site{Function: function, Aspects: Aspects{Retry: c.retry}}, c.asking, counting(c.errs...))
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%d, %v; want %d, %v", got, err, c.want, c.err)
			}
		})
	}
}

// The deadline of an attempt is over before its results are judged, which then have its error.
func TestJudgedAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []error
		final := asking{retryIf: func(_ int, err error) bool { seen = append(seen, err); return false }}
		site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3, Each: time.Second}}}
		_, err := asked(t.Context(), site, final, func(context.Context) (int, error) {
			time.Sleep(2 * time.Second)
			return 1, nil
		})
		if len(seen) != 1 || !errors.Is(seen[0], ErrTimeout) || !errors.Is(err, ErrTimeout) {
			t.Errorf("judged %v, and the call failed with %v", seen, err)
		}
	})
}

// What was said of an attempt says nothing of the next one, which the breaker may refuse.
func TestJudgedBreaker(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{
		Retry: &Retry{Attempts: 5}, Breaker: &Breaker{Failures: 2, Cooldown: time.Hour, Probes: 1},
	}}
	again := asking{retryIf: below(9), breakerIf: below(9)}
	n, err := asked(t.Context(), site, again, counting())
	if !errors.Is(err, ErrOpen) || n != 2 {
		t.Errorf("%d, %v; want the breaker open after 2", n, err)
	}
	healthy := &Site{Function: function, Aspects: Aspects{Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}
	for range 3 {
		n, err := asked(t.Context(), healthy, asking{breakerUnless: below(9)}, counting(errBusy))
		if n != 1 || err != errBusy {
			t.Errorf("%d, %v; want 1, %v", n, err, errBusy)
		}
	}
}

// A function that panics is as a body that does: the breaker counts a failure, and the panic goes
// on.
func TestJudgePanics(t *testing.T) {
	site := &Site{Function: function, Aspects: Aspects{Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}
	func() {
		defer func() {
			if v := recover(); v != "no" {
				t.Errorf("the panic has the value %v", v)
			}
		}()
		asked(t.Context(), site, asking{breakerUnless: func(int, error) bool { panic("no") }}, counting())
	}()
	if _, err := asked(t.Context(), site, asking{}, counting()); !errors.Is(err, ErrOpen) {
		t.Errorf("the error is %v, want an open breaker", err)
	}
}

func TestJudgedHedge(t *testing.T) {
	for _, c := range []struct {
		name   string
		asking asking
		errs   []error
		want   int
		took   time.Duration
	}{
		{"a better one is waited for", asking{hedgeIf: below(2)}, nil, 2, 12 * time.Second},
		{"a final one is not", asking{hedgeIf: below(9), hedgeUnless: below(2)}, nil, 1, 11 * time.Second},
		{"of those that have failed, one without an error is the call's", asking{hedgeIf: below(9)}, []error{nil, errBusy}, 1, 12 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := &Site{Function: function, Aspects: Aspects{Hedge: &Hedge{Delay: time.Second, Max: 2}}}
				started, results := time.Now(), counting(c.errs...)
				got, err := asked(t.Context(), site, c.asking, func(ctx context.Context) (int, error) {
					n, err := results(ctx)
					time.Sleep(10*time.Second + time.Duration(n)*time.Second - time.Since(started).Truncate(time.Second))
					return n, err
				})
				if got != c.want || err != nil || time.Since(started) != c.took {
					t.Errorf("%d, %v after %v; want %d after %v", got, err, time.Since(started), c.want, c.took)
				}
				time.Sleep(time.Minute) // the loser ends
			})
		})
	}
}

// Judging costs nothing.
func TestJudgedAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3}, Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}
	busy := func(r *request, err error) bool { return r == nil }
	req := &request{ID: "7"}
	if got := testing.AllocsPerRun(200, func() { judgedCall(t.Context(), site, req, busy) }); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func judgedCall(ctx context.Context, site *Site, req *request, busy func(*request, error) bool) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		r0, err = func(ctx context.Context, req *request) (*request, error) {
			return req, ctx.Err()
		}(ctx, req)
		if call.Ended(&err) {
			call.RetryIf(busy(r0, err))
			call.BreakerIf(busy(r0, err))
		}
	}
	return
}
