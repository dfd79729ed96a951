package runtimehooks

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestBulkhead(t *testing.T) {
	for name, call := range shapes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := &Site{Function: function, Aspects: Aspects{Bulkhead: &Bulkhead{Max: 3}}}
				var mu sync.Mutex
				running, most, refused := 0, 0, 0
				count := func(n int) {
					mu.Lock()
					defer mu.Unlock()
					running += n
					most = max(most, running)
				}
				for range 10 {
					go func() {
						err := call(t.Context(), site, func(context.Context) error {
							count(1)
							time.Sleep(time.Second)
							count(-1)
							return nil
						})
						mu.Lock()
						defer mu.Unlock()
						if full, ok := errors.AsType[*FullError](err); ok && errors.Is(err, ErrFull) && full.Max == 3 {
							refused++
						} else if err != nil {
							t.Errorf("error is %v", err)
						}
					}()
					synctest.Wait()
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if most != 3 || refused != 7 {
					t.Errorf("%d ran at once and %d were refused, want 3 and 7", most, refused)
				}
				if free := call(t.Context(), site, succeed); free != nil {
					t.Errorf("a slot is lost: %v", free)
				}
			})
		})
	}
}

// However a body leaves, its slot and its permit come back.
func TestSlotsComeBack(t *testing.T) {
	for name, call := range shapes {
		for ending, body := range map[string]func(context.Context) error{
			"panic":  func(context.Context) error { panic("end") },
			"goexit": func(context.Context) error { runtime.Goexit(); return nil },
			"error":  func(context.Context) error { return errBusy },
		} {
			site := &Site{Function: function, Aspects: Aspects{Bulkhead: &Bulkhead{Max: 1}, Breaker: &Breaker{Failures: 1000, Cooldown: time.Second, Probes: 1}}}
			for range 3 {
				left := make(chan struct{})
				go func() {
					defer close(left)
					defer func() { recover() }()
					call(t.Context(), site, body)
				}()
				<-left
			}
			if err := call(t.Context(), site, succeed); err != nil {
				t.Errorf("%s, %s: %v", name, ending, err)
			}
			if running := site.state.Load().slots.Snapshot().Running; running != 0 {
				t.Errorf("%s, %s: %d slots are lost", name, ending, running)
			}
		}
	}
}

// A call that waits between attempts leaves its slot to others; a rejection is retried.
func TestRetryFreesTheSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Bulkhead: &Bulkhead{Max: 1}, Retry: &Retry{Attempts: 3, Initial: time.Second, Max: time.Second, Factor: 1}}}
		first := make(chan error)
		body, _ := failing(errBusy, nil)
		go func() { first <- attempts(t.Context(), site, body) }()
		synctest.Wait()
		start := time.Now()
		if err := attempts(t.Context(), site, succeed); err != nil || time.Since(start) != 0 {
			t.Errorf("beside a call that waits: %v after %v", err, time.Since(start))
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		go attempts(t.Context(), site, func(context.Context) error { time.Sleep(1500 * time.Millisecond); return nil })
		synctest.Wait()
		start = time.Now()
		if err := attempts(t.Context(), site, succeed); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("rejections are not retried: %v after %v", err, time.Since(start))
		}
	})
}

// The breaker is asked first, and a rejection is its failure unless it is skipped.
func TestRejectionsOpenTheBreaker(t *testing.T) {
	for _, skip := range [][]*error{nil, {&ErrFull}} {
		synctest.Test(t, func(t *testing.T) {
			site := &Site{Function: function, Aspects: Aspects{Bulkhead: &Bulkhead{Max: 1}, Breaker: &Breaker{Failures: 2, Cooldown: time.Hour, Probes: 1, Skip: skip}}}
			go prologue(t.Context(), site, func(context.Context) error { time.Sleep(time.Second); return nil })
			synctest.Wait()
			for range 2 {
				prologue(t.Context(), site, succeed)
			}
			want := ErrOpen
			if skip != nil {
				want = ErrFull
			}
			if err := prologue(t.Context(), site, succeed); !errors.Is(err, want) {
				t.Errorf("skip %v: error is %v, want %v", skip, err, want)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		})
	}
}

// Each attempt has its own deadline, which its context has and which counts as a failure of it,
// also after a late success.
func TestEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3, Each: time.Second}, Breaker: &Breaker{Failures: 3, Cooldown: time.Hour, Probes: 1}}}
		start, calls := time.Now(), 0
		err := eachAttempt(t.Context(), site, func(ctx context.Context) error {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) != time.Second {
				t.Errorf("attempt %d has %v", calls, time.Until(deadline))
			}
			if calls++; calls == 1 {
				time.Sleep(1500 * time.Millisecond) // and succeeds late
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if timeout, ok := errors.AsType[*TimeoutError](err); !ok || timeout.After != time.Second || calls != 3 {
			t.Errorf("error is %v after %d calls, want a timeout of 1s after 3", err, calls)
		}
		if took := time.Since(start); took != 3500*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if err := eachAttempt(t.Context(), site, succeed); !errors.Is(err, ErrOpen) {
			t.Errorf("three timeouts have not opened the breaker: %v", err)
		}
	})
}

// eachAttempt calls body as a function woven with retry does.
func eachAttempt(ctx context.Context, site *Site, body func(context.Context) error) (err error) {
	call := site.Call()
	call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		err = func(ctx context.Context) error {
			return body(ctx)
		}(call.Context())
	}
	return
}

// The caller's own deadline is not the attempt's.
func TestEachAndTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3, Each: time.Second}}}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		body, calls := failing(nil)
		err := eachAttempt(ctx, site, func(ctx context.Context) error { body(ctx); <-ctx.Done(); return ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) || *calls != 1 {
			t.Errorf("error is %v after %d calls", err, *calls)
		}
	})
}

// With spans of attempts, each has one of its own below the call's, with its own failure.
func TestSpansOfAttempts(t *testing.T) {
	got := record(t)
	body, _ := failing(errBusy, nil)
	if err := eachAttempt(t.Context(), &Site{Function: function, Name: "Place", Aspects: Aspects{Trace: &Trace{}, Retry: &Retry{Attempts: 2, Spans: "attempt"}}}, body); err != nil {
		t.Fatal(err)
	}
	ended := got.spans.Ended()
	if len(ended) != 3 {
		t.Fatalf("%d spans, want 3", len(ended))
	}
	for i, failed := range []bool{true, false} {
		if s := ended[i]; s.Name() != "Place attempt" || s.Parent().SpanID() != ended[2].SpanContext().SpanID() || (text(s.Attributes())["error.type"] != "") != failed {
			t.Errorf("attempt %d: span %q %v below %v", i, s.Name(), s.Attributes(), s.Parent().SpanID())
		}
	}
}

// When most calls fail, a budget keeps retries from multiplying the load.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := &Site{Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3, Budget: 0.2}}}
		body, calls := failing(errBusy)
		for range 1000 {
			attempts(t.Context(), site, body)
		}
		if *calls < 1200 || *calls > 1220 {
			t.Errorf("1000 calls became %d, want 1210 at most", *calls)
		}
	})
}
