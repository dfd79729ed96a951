package runtimehooks

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// retried calls body as a function woven with retry does.
func retried(ctx context.Context, site *Site, body func(context.Context) error) (err error) {
	call := site.Call()
	call.Enter(ctx)
	defer call.Exit(&err)
	for call.Next(&err) {
		err = body(call.Context())
	}
	return
}

// bounding are sites whose policies give a body a context of its own.
func bounding() map[string]*Site {
	return map[string]*Site{
		"timeout":           within(time.Second),
		"each":              {Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 2, Each: time.Second}}},
		"timeout and each":  {Function: function, Aspects: Aspects{Timeout: &Timeout{After: 2 * time.Second}, Retry: &Retry{Attempts: 2, Each: time.Second}}},
		"each after others": {Function: function, Aspects: Aspects{Retry: &Retry{Attempts: 3, Each: time.Second, Spans: "attempt"}, Trace: &Trace{}}},
	}
}

// handedOn is what a body leaves behind that lives on: each reports whether it has ended.
var handedOn = map[string]func(context.Context) func() bool{
	"the context": func(ctx context.Context) func() bool { return func() bool { return ctx.Err() != nil } },
	"its channel": func(ctx context.Context) func() bool {
		done := ctx.Done()
		return func() bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		}
	},
	"a transaction": func(ctx context.Context) func() bool { // as package database/sql holds it
		ctx, cancel := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			<-ctx.Done()
			cancel()
			close(ended)
		}()
		return func() bool {
			select {
			case <-ended:
				return true
			default:
				return false
			}
		}
	},
	"a function": func(ctx context.Context) func() bool {
		stop := context.AfterFunc(ctx, func() {})
		return func() bool { return !stop() } // which also stops it: asked once
	},
}

// What a call that succeeds has handed on lives until the caller ends it, as in the plain program.
func TestResultsOutliveTheDeadline(t *testing.T) {
	for name, site := range bounding() {
		for what, hand := range handedOn {
			for _, cancelled := range []bool{false, true} {
				t.Run(name+"/"+what, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						var over func() bool
						calls := 0
						err := retried(ctx, site, func(ctx context.Context) error {
							if calls++; name == "each after others" && calls < 3 {
								return errBusy
							}
							over = hand(ctx)
							return nil
						})
						if err != nil {
							t.Fatal(err)
						}
						time.Sleep(time.Hour)
						if cancelled {
							cancel()
						}
						synctest.Wait()
						if over() != cancelled {
							t.Errorf("after an hour it has ended: %v; the caller has cancelled: %v", !cancelled, cancelled)
						}
					})
				})
			}
		}
	}
}

// What an attempt that fails has handed on ends with it, and does not wait for the next one.
func TestFailedAttemptEndsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site := bounding()["timeout and each"]
		var first context.Context
		err := retried(t.Context(), site, func(ctx context.Context) error {
			if first == nil {
				first = ctx
				return errBusy
			}
			if first.Err() != context.Canceled {
				t.Errorf("the first attempt's context has ended with %v", first.Err())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A success that comes too late is a failure: its context has ended with the deadline.
func TestLateSuccessEndsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside context.Context
		err := prologue(t.Context(), within(time.Second), func(ctx context.Context) error {
			inside = ctx
			time.Sleep(2 * time.Second)
			return nil
		})
		if !errors.Is(err, ErrTimeout) || !errors.Is(inside.Err(), context.DeadlineExceeded) || !errors.Is(context.Cause(inside), ErrTimeout) {
			t.Errorf("error %v, context %v", err, context.Cause(inside))
		}
	})
}

// A fallback that answers does not make the body's success.
func TestFallbackEndsTheBodysContext(t *testing.T) {
	site := within(time.Hour)
	site.Fallback = &Fallback{}
	var inside context.Context
	err := func() (err error) {
		call := site.Call()
		ctx := call.Enter(t.Context())
		defer call.Exit(&err)
		for call.Next(&err) {
			inside, err = ctx, errBusy
		}
		if call.Fallback(&err) {
			err = nil
		}
		return
	}()
	if err != nil || inside.Err() != context.Canceled {
		t.Errorf("error %v, context %v", err, inside.Err())
	}
}

// A parent that lives as long as the process keeps nothing of the calls that it has seen.
func TestNothingPilesUpOnTheParent(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	site := within(time.Hour)
	base := inUse()
	for range 20_000 {
		err := prologue(parent, site, func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			default:
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if grown := inUse() - base; grown > 1<<20 {
		t.Errorf("20,000 calls have left %d bytes", grown)
	}
	runtime.KeepAlive(parent)
}

// inUse returns the bytes that are in use once cleanups have run.
func inUse() int64 {
	var m runtime.MemStats
	for range 5 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
