package runtimehooks

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hedged calls body as a function woven with hedge does.
func hedged(ctx context.Context, site *Site, body func(context.Context) (int, error)) (r0 int, err error) {
	call := site.Call()
	call.Enter(ctx)
	defer call.Exit(&err)
	err = call.Hedge(func(call *Call, ctx context.Context) (won func(), err error) {
		var h0 int
		for call.Next(&err) {
			h0, err = func(ctx context.Context) (int, error) {
				return body(ctx)
			}(call.Context())
		}
		return func() { r0 = h0 }, err
	})
	return
}

func hedging() *Site {
	return &Site{Function: function, Aspects: Aspects{Hedge: &Hedge{Delay: time.Second, Max: 3}, Bulkhead: &Bulkhead{Max: 100}}}
}

// runs waits as long as the n-th number says, or until its context ends, and returns n.
func runs(delays ...time.Duration) (body func(context.Context) (int, error), calls *atomic.Int32) {
	calls = new(atomic.Int32)
	return func(ctx context.Context) (int, error) {
		n := int(calls.Add(1))
		select {
		case <-ctx.Done():
			return -n, ctx.Err()
		case <-time.After(delays[n-1]):
			return n, nil
		}
	}, calls
}

func TestHedge(t *testing.T) {
	for _, c := range []struct {
		name   string
		delays []time.Duration
		result int
		calls  int32
		took   time.Duration
	}{
		{"fast enough", []time.Duration{time.Second / 2}, 1, 1, time.Second / 2},
		{"the second wins", []time.Duration{time.Minute, time.Second / 2}, 2, 2, 3 * time.Second / 2},
		{"the first wins late", []time.Duration{3 * time.Second / 2, time.Minute}, 1, 2, 3 * time.Second / 2},
		{"the third wins, and there is no fourth", []time.Duration{time.Minute, time.Minute, 10 * time.Second}, 3, 3, 12 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				site := hedging()
				body, calls := runs(c.delays...)
				start := time.Now()
				r, err := hedged(t.Context(), site, body)
				if r != c.result || err != nil || calls.Load() != c.calls || time.Since(start) != c.took {
					t.Errorf("%d, %v after %d calls and %v", r, err, calls.Load(), time.Since(start))
				}
				synctest.Wait() // those that lost are cancelled
				if running := site.state.Load().slots.Snapshot().Running; running != 0 {
					t.Errorf("%d slots are lost", running)
				}
			})
		})
	}
}

// Those that lost may take their time: the caller does not wait for them, and their slots are
// theirs until they end.
func TestHedgeDoesNotWaitForLosers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := hedging()
		n := atomic.Int32{}
		start := time.Now()
		r, err := hedged(t.Context(), site, func(context.Context) (int, error) {
			if n.Add(1) == 1 {
				time.Sleep(time.Hour)
			}
			return int(n.Load()), nil
		})
		if r != 2 || err != nil || time.Since(start) != time.Second {
			t.Errorf("%d, %v after %v", r, err, time.Since(start))
		}
		if running := site.state.Load().slots.Snapshot().Running; running != 1 {
			t.Errorf("%d slots are held, want that of the one that runs", running)
		}
		time.Sleep(2 * time.Hour)
		if running := site.state.Load().slots.Snapshot().Running; running != 0 {
			t.Errorf("%d slots are lost", running)
		}
	})
}

func TestHedgeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := hedged(t.Context(), hedging(), func(context.Context) (int, error) { return 0, errBusy }); err != errBusy {
			t.Errorf("error is %v", err)
		}
		var n atomic.Int32
		_, err := hedged(t.Context(), hedging(), func(context.Context) (int, error) { // the first fails while the second runs
			if n.Add(1) == 1 {
				time.Sleep(1500 * time.Millisecond)
				return 0, errFatal
			}
			time.Sleep(5 * time.Second)
			return 7, nil
		})
		if err != nil {
			t.Errorf("one failure ends the others: %v", err)
		}
		site := hedging()
		site.Timeout = &Timeout{After: 2 * time.Second}
		body, _ := runs(time.Hour, time.Hour, time.Hour)
		if _, err := hedged(t.Context(), site, body); !errors.Is(err, ErrTimeout) {
			t.Errorf("error is %v, want ErrTimeout", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		body, _ = runs(time.Hour)
		if _, err := hedged(ctx, hedging(), body); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled", err)
		}
	})
}

// A panic on another goroutine is the caller's: nothing else could recover it.
func TestHedgePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := hedging()
		site.Recover = &Recover{}
		_, err := hedged(t.Context(), site, func(context.Context) (int, error) { panic("branch") })
		if p, ok := errors.AsType[*PanicError](err); !ok || p.Value != "branch" {
			t.Errorf("error is %v", err)
		}
		if _, err := hedged(t.Context(), site, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }); err == nil {
			t.Error("a body that left by runtime.Goexit has succeeded")
		}
		if running := site.state.Load().slots.Snapshot().Running; running != 0 {
			t.Errorf("%d slots are lost", running)
		}
	})
}

func TestHedgeBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := hedging()
		site.Hedge.Budget, site.Bulkhead = 0.1, nil
		var bodies atomic.Int32
		for range 100 {
			go hedged(t.Context(), site, func(context.Context) (int, error) {
				bodies.Add(1)
				time.Sleep(1500 * time.Millisecond)
				return 0, nil
			})
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := bodies.Load(); n != 120 {
			t.Errorf("100 calls became %d, want 120: a tenth, and the floor of 10", n)
		}
	})
}

// The span says which body began, and when.
func TestHedgeEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := record(t)
		site := hedging()
		site.Trace = &Trace{}
		body, _ := runs(time.Minute, time.Minute, 0)
		if _, err := hedged(t.Context(), site, body); err != nil {
			t.Fatal(err)
		}
		var attempts []string
		for _, e := range got.span(t).Events() {
			attempts = append(attempts, e.Name+" "+text(e.Attributes)["hedge.attempt"])
		}
		if want := []string{"hedge 2", "hedge 3"}; !slices.Equal(attempts, want) {
			t.Errorf("events are %v, want %v", attempts, want)
		}
	})
}

// A body that is cancelled because another has won says nothing about what it calls.
func TestLosersAreNeutral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := hedging()
		site.Breaker = &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}
		for range 3 {
			body, _ := runs(time.Minute, 0)
			if _, err := hedged(t.Context(), site, body); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
	})
}
