package runtimehooks

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// guarded is a site with a breaker of its own that opens after two failures, for a minute.
func guarded() *Site {
	return &Site{Function: function, Aspects: Aspects{Breaker: &Breaker{Failures: 2, Cooldown: time.Minute, Probes: 1}}}
}

// named counts the names that fresh has given.
var named atomic.Int64

// fresh returns the name of a breaker that no test has used: they last as long as the process, also
// under -count.
func fresh(t *testing.T) string { return fmt.Sprint(t.Name(), named.Add(1)) }

// fails calls the site with a failing body n times.
func fails(ctx context.Context, site *Site, n int) {
	for range n {
		attempts(ctx, site, func(context.Context) error { return errBusy })
	}
}

func succeed(context.Context) error { return nil }

func TestBreakerOpensAndCloses(t *testing.T) {
	for shape, call := range shapes {
		t.Run(shape, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := guarded()
				body, _ := failing(errBusy, nil, errBusy, errBusy)
				for range 4 { // the success in between makes the failures not consecutive
					if err := call(t.Context(), site, body); errors.Is(err, ErrOpen) {
						t.Fatal(err)
					}
				}
				time.Sleep(20 * time.Second)
				err := call(t.Context(), site, func(context.Context) error { t.Error("the body ran"); return nil })
				var open *OpenError
				if !errors.As(err, &open) || open.RetryAfter() != 40*time.Second || open.Breaker != function || open.Site != function {
					t.Fatalf("error is %#v, want 40s left", err)
				}
				time.Sleep(40 * time.Second)
				if err := call(t.Context(), site, succeed); err != nil {
					t.Fatal(err)
				}
				fails(t.Context(), site, 1)
				if err := call(t.Context(), site, succeed); err != nil {
					t.Errorf("one failure after closing: %v", err)
				}
			})
		})
	}
}

// The rate is judged on a full window only; the sequences are those of MicroProfile's kit.
func TestBreakerByRate(t *testing.T) {
	for calls, opens := range map[string]bool{"SFF": false, "SFFS": true, "SFSS": false, "SFSSF": true, "SSFSSSS": false, "FFF": false, "FFFF": true} {
		t.Run(calls, func(t *testing.T) {
			site := &Site{Function: function, Aspects: Aspects{Breaker: &Breaker{Rate: 0.5, Window: 4, Cooldown: time.Minute, Probes: 1}}}
			for _, c := range calls {
				if err := attempts(t.Context(), site, func(context.Context) error {
					return map[rune]error{'S': nil, 'F': errBusy}[c]
				}); errors.Is(err, ErrOpen) {
					t.Fatal("opened before its window was judged")
				}
			}
			if err := attempts(t.Context(), site, succeed); errors.Is(err, ErrOpen) != opens {
				t.Errorf("error is %v, want open: %v", err, opens)
			}
		})
	}
}

func TestBreakerIsSharedByName(t *testing.T) {
	name := fresh(t)
	a, b, own := guarded(), guarded(), guarded()
	a.Breaker.Name, b.Breaker.Name, b.Breaker.Failures = name, name, 99
	if _, ok := StateOfBreaker(name); ok {
		t.Error("the breaker exists before a call")
	}
	fails(t.Context(), a, 2)
	err := attempts(t.Context(), b, succeed)
	if open := new(OpenError); !errors.As(err, &open) || open.Breaker != name {
		t.Errorf("error is %v: want the first call's options to count for both", err)
	}
	if s, ok := StateOfBreaker(name); s != BreakerOpen || !ok {
		t.Errorf("state is %v", s)
	}
	if err := attempts(t.Context(), own, succeed); err != nil {
		t.Errorf("a breaker without a name is shared: %v", err)
	}
}

// Which errors count. gobreaker and failsafe-go count a caller's cancel.
func TestBreakerOutcomes(t *testing.T) {
	busy, timeout := []*error{&errBusy}, []*error{&ErrTimeout}
	for _, c := range []struct {
		name    string
		breaker Breaker
		body    error
		opens   bool
	}{
		{"any error", Breaker{}, errFatal, true},
		{"on, hit", Breaker{On: busy}, errBusy, true},
		{"on, miss", Breaker{On: busy}, errFatal, false},
		{"skip, hit", Breaker{Skip: busy}, errBusy, false},
		{"skip, miss", Breaker{Skip: busy}, errFatal, true},
		{"skip beats on", Breaker{On: busy, Skip: busy}, errBusy, false},
		{"on timeout, own error", Breaker{On: timeout}, errBusy, false},
		{"a cancel that is not the caller's", Breaker{}, context.Canceled, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.breaker.Failures, c.breaker.Cooldown, c.breaker.Probes = 1, time.Hour, 1
			site := &Site{Function: function, Aspects: Aspects{Breaker: &c.breaker}}
			attempts(t.Context(), site, func(context.Context) error { return c.body })
			if err := attempts(t.Context(), site, succeed); errors.Is(err, ErrOpen) != c.opens {
				t.Errorf("error is %v, want open: %v", err, c.opens)
			}
		})
	}
}

// A skipped error is a success: it ends a row of failures, and as a probe it closes the breaker.
func TestSkippedErrorIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		site.Breaker.Skip = []*error{&errFatal}
		skipped := func(context.Context) error { return errFatal }
		fails(t.Context(), site, 1)
		attempts(t.Context(), site, skipped)
		fails(t.Context(), site, 1)
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Fatal(err)
		}
		fails(t.Context(), site, 2)
		time.Sleep(time.Minute)
		attempts(t.Context(), site, skipped)
		for range 3 {
			if err := attempts(t.Context(), site, succeed); err != nil {
				t.Errorf("after a skipped probe: %v", err)
			}
		}
	})
}

// A missed deadline of the site's own is a failure, a late success included, unless the options say
// otherwise.
func TestTimeoutCountsForBreaker(t *testing.T) {
	for shape, call := range shapes {
		for name, skip := range map[string][]*error{"failure": nil, "skipped": {&ErrTimeout}} {
			t.Run(shape+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					site := &Site{
						Function: function, Aspects: Aspects{Timeout: &Timeout{After: time.Second},
							Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1, Skip: skip}},
					}
					late := func(context.Context) error { time.Sleep(2 * time.Second); return nil }
					if err := call(t.Context(), site, late); !errors.Is(err, ErrTimeout) {
						t.Fatal(err)
					}
					if err := call(t.Context(), site, succeed); errors.Is(err, ErrOpen) != (skip == nil) {
						t.Errorf("error is %v", err)
					}
				})
			})
		}
	}
}

// A caller's cancel counts as nothing and gives the permit back, also a probe's.
func TestCancelIsNeutral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		fails(canceled, site, 10)
		fails(t.Context(), site, 1)
		fails(canceled, site, 1) // does not end the row of failures either
		fails(t.Context(), site, 1)
		if err := attempts(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
			t.Fatalf("error is %v, want two failures to open it", err)
		}
		time.Sleep(time.Minute)
		fails(canceled, site, 10)
		if err := attempts(t.Context(), site, succeed); err != nil {
			t.Errorf("a cancelled probe kept its permit: %v", err)
		}
	})
}

// A caller's deadline that passes is a failure: the callee was too slow.
func TestCallersDeadlineIsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			attempts(ctx, site, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
			cancel()
		}
		if err := attempts(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
			t.Errorf("error is %v", err)
		}
	})
}

// Each attempt asks the breaker and is recorded; an open breaker ends the retries, with both errors
// in the chain.
func TestRetryThroughBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := guarded()
		site.Retry = &Retry{Attempts: 10, Initial: time.Second, Max: time.Second, Factor: 1}
		body, calls := failing(errBusy)
		start := time.Now()
		err := attempts(t.Context(), site, body)
		var r *RetryError
		if !errors.Is(err, ErrOpen) || !errors.Is(err, errBusy) || !errors.As(err, &r) || r.Attempts != 2 || *calls != 2 {
			t.Errorf("error is %v after %d calls", err, *calls)
		}
		if r != nil && r.ErrorType() != "breaker_open" {
			t.Errorf("error.type is %q", r.ErrorType())
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
