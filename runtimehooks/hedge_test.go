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

// conn is a result that must be closed.
type conn struct{ closed atomic.Bool }

func (c *conn) Close() error {
	c.closed.Store(true)
	return nil
}

// tx is one that must be rolled back.
type tx struct{ conn }

func (t *tx) Close(int)       {}
func (t *tx) Rollback() error { return t.conn.Close() }

// opened calls body as a function woven with hedge whose result must be closed does.
func opened[T any](ctx context.Context, site *Site, body func(context.Context) (T, error)) (r0 T, err error) {
	call := site.Call()
	call.Enter(ctx)
	defer call.Exit(&err)
	err = call.Hedge(func(call *Call, ctx context.Context) (won func(), err error) {
		var h0 T
		for call.Next(&err) {
			h0, err = func(ctx context.Context) (T, error) {
				return body(ctx)
			}(ctx)
		}
		call.Made(h0)
		return func() { r0 = h0 }, err
	})
	return
}

// What a branch opens that loses is closed, by its own way or the user's, and never what the caller
// has got.
func TestLosersAreClosed(t *testing.T) {
	for name, late := range map[string]time.Duration{"later": time.Hour, "at the same time": time.Second / 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var all [2]conn
				var n atomic.Int32
				c, err := opened(t.Context(), hedging(), func(ctx context.Context) (*conn, error) {
					i := n.Add(1) - 1
					if i == 0 {
						time.Sleep(time.Second + late)
					} else {
						time.Sleep(time.Second / 2)
					}
					return &all[i], nil
				})
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				if err != nil || c.closed.Load() || all[0].closed.Load() == all[1].closed.Load() {
					t.Errorf("error %v; the winner's is closed: %v; closed: %v, %v", err, c.closed.Load(), all[0].closed.Load(), all[1].closed.Load())
				}
			})
		})
	}
	t.Run("shared", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var one conn
			var n atomic.Int32
			_, err := opened(t.Context(), hedging(), func(ctx context.Context) (*conn, error) {
				if n.Add(1) == 1 {
					time.Sleep(time.Hour)
				}
				return &one, nil
			})
			time.Sleep(2 * time.Hour)
			if err != nil || one.closed.Load() {
				t.Errorf("error %v; what the caller has got is closed: %v", err, one.closed.Load())
			}
		})
	})
	t.Run("rolled back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var all [2]tx
			var n atomic.Int32
			_, err := opened(t.Context(), hedging(), func(ctx context.Context) (*tx, error) {
				i := n.Add(1) - 1
				if i == 0 {
					time.Sleep(time.Hour)
				}
				return &all[i], nil
			})
			time.Sleep(2 * time.Hour)
			if err != nil || !all[0].closed.Load() || all[1].closed.Load() {
				t.Errorf("error %v; rolled back: %v, %v", err, all[0].closed.Load(), all[1].closed.Load())
			}
		})
	})
	t.Run("the user's way", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var given atomic.Int32
			site := hedging()
			site.Hedge.Close = Closes(func(n int32) { given.Add(n) })
			var n atomic.Int32
			_, err := opened(t.Context(), site, func(ctx context.Context) (int32, error) {
				i := n.Add(1)
				if i == 1 {
					time.Sleep(time.Hour)
				}
				return i, nil
			})
			time.Sleep(2 * time.Hour)
			if err != nil || given.Load() != 1 {
				t.Errorf("error %v; given back: %d", err, given.Load())
			}
		})
	})
	t.Run("the caller is gone", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var all [3]conn
			var n atomic.Int32
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			_, err := opened(ctx, hedging(), func(ctx context.Context) (*conn, error) {
				time.Sleep(time.Hour)
				return &all[n.Add(1)-1], nil
			})
			time.Sleep(2 * time.Hour)
			if !errors.Is(err, context.DeadlineExceeded) || !all[0].closed.Load() || !all[1].closed.Load() {
				t.Errorf("error %v; closed: %v, %v", err, all[0].closed.Load(), all[1].closed.Load())
			}
		})
	})
}

// The winner's context lives as long as the caller's, those of the others end with a cause.
func TestWinnersContextLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := hedging()
		site.Retry = &Retry{Attempts: 1, Each: time.Minute}
		var contexts [2]context.Context
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var n atomic.Int32
		_, err := hedged(ctx, site, func(ctx context.Context) (int, error) {
			i := n.Add(1) - 1
			contexts[i] = ctx
			ctx.Done()
			if i == 0 {
				<-ctx.Done()
			}
			return 0, ctx.Err()
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		if err != nil || contexts[1].Err() != nil || contexts[0].Err() != context.Canceled {
			t.Errorf("error %v; the winner's context has ended with %v, the loser's with %v", err, contexts[1].Err(), contexts[0].Err())
		}
		cancel()
		synctest.Wait()
		if contexts[1].Err() != context.Canceled {
			t.Error("the caller's cancel does not reach what the winner has handed on")
		}
	})
}

// What branches failed with, and why the caller's context has ended, is in the call's error.
func TestHedgeKeepsErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second/2, func() { cancel(errFatal) })
		var n atomic.Int32
		body := func(ctx context.Context) (int, error) {
			if n.Add(1) == 1 {
				time.Sleep(5 * time.Second / 4)
				return 0, errBusy
			}
			time.Sleep(time.Hour)
			return 0, nil
		}
		_, err := hedged(ctx, hedging(), body)
		if !errors.Is(err, errBusy) || !errors.Is(err, errFatal) || !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if want := "context canceled: fatal; other attempts: busy"; err == nil || err.Error() != want {
			t.Errorf("error is %q, want %q", err, want)
		}
		n.Store(0)
		site := hedging()
		site.Timeout = &Timeout{After: 3 * time.Second / 2}
		_, err = hedged(t.Context(), site, body)
		if !errors.Is(err, errBusy) || !errors.Is(err, ErrTimeout) {
			t.Errorf("error is %v", err)
		}
		n.Store(0)
		_, err = hedged(t.Context(), hedging(), func(context.Context) (int, error) { // all fail, each in its way
			i := n.Add(1)
			time.Sleep(5 * time.Second)
			return 0, []error{errBusy, errFatal, errBusy}[i-1]
		})
		if !errors.Is(err, errBusy) || !errors.Is(err, errFatal) || err.Error() != "busy; other attempts: fatal" {
			t.Errorf("error is %v", err)
		}
		time.Sleep(2 * time.Hour)
	})
}
