package runtimehooks

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// ledger is an idempotency store in memory.
type ledger struct {
	mu     sync.Mutex
	values map[string][]byte
	until  map[string]time.Time
	broken error
}

func newLedger() *ledger { return &ledger{values: map[string][]byte{}, until: map[string]time.Time{}} }

func (l *ledger) Get(_ context.Context, key string) ([]byte, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.values[key]
	return v, ok && time.Now().Before(l.until[key]), l.broken
}

func (l *ledger) PutIfAbsent(_ context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.values[key]; ok && time.Now().Before(l.until[key]) {
		return false, l.broken
	}
	l.values[key], l.until[key] = value, time.Now().Add(ttl)
	return true, l.broken
}

func (l *ledger) CompareAndSwap(_ context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.has(key, old) {
		return false, l.broken
	}
	l.values[key], l.until[key] = value, time.Now().Add(ttl)
	return true, l.broken
}

func (l *ledger) CompareAndDelete(_ context.Context, key string, old []byte) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.has(key, old) {
		return false, l.broken
	}
	delete(l.values, key)
	return true, l.broken
}

func (l *ledger) has(key string, old []byte) bool {
	v, ok := l.values[key]
	return ok && bytes.Equal(v, old) && time.Now().Before(l.until[key])
}

// once calls body as a function woven with idempotent does.
func once(ctx context.Context, site *Site, store IdempotencyStore, key string, body func(context.Context) (*request, error)) (r0 *request, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Claim(&err, store, call.ClaimKey(key), &r0) {
		return
	}
	for call.Next(&err) {
		r0, err = func(ctx context.Context) (*request, error) {
			return body(ctx)
		}(ctx)
	}
	call.Settle(&err, &r0)
	return
}

func idempotent() *Site {
	return &Site{Function: function, Aspects: Aspects{Idempotent: &Idempotent{TTL: time.Hour, Lease: time.Minute}}}
}

func TestIdempotentReplays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, store, calls := idempotent(), newLedger(), 0
		charge := func(context.Context) (*request, error) { calls++; return &request{ID: "receipt"}, nil }
		for range 3 {
			if r, err := once(t.Context(), site, store, "k", charge); err != nil || r == nil || r.ID != "receipt" {
				t.Errorf("%v, %v", r, err)
			}
		}
		if calls != 1 {
			t.Errorf("%d calls for one key", calls)
		}
		once(t.Context(), site, store, "other", charge)
		once(t.Context(), site, store, "", charge)
		once(t.Context(), site, store, "", charge)
		if calls != 4 {
			t.Errorf("%d calls, want 4: without a key nothing is protected", calls)
		}
		time.Sleep(2 * time.Hour)
		if once(t.Context(), site, store, "k", charge); calls != 5 {
			t.Error("results are kept beyond their time")
		}
	})
}

// After a failure, a panic included, the key is free for another try.
func TestIdempotentFailure(t *testing.T) {
	site, store := idempotent(), newLedger()
	site.Recover = &Recover{}
	for _, body := range []func(context.Context) (*request, error){
		func(context.Context) (*request, error) { return nil, errBusy },
		func(context.Context) (*request, error) { panic("charge") },
	} {
		if _, err := once(t.Context(), site, store, "k", body); err == nil {
			t.Error("a failure was lost")
		}
	}
	if r, err := once(t.Context(), site, store, "k", func(context.Context) (*request, error) { return &request{ID: "third"}, nil }); err != nil || r.ID != "third" {
		t.Errorf("%v, %v", r, err)
	}
}

// Of many calls with one key at a time one runs. The others are refused, or get its results if they
// may wait.
func TestIdempotentAtOnce(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			site, store := idempotent(), newLedger()
			site.Idempotent.Wait = wait
			var mu sync.Mutex
			calls, ok, busy := 0, 0, 0
			for range 20 {
				go func() {
					_, err := once(t.Context(), site, store, "k", func(context.Context) (*request, error) {
						mu.Lock()
						calls++
						mu.Unlock()
						time.Sleep(time.Second)
						return &request{}, nil
					})
					mu.Lock()
					defer mu.Unlock()
					if errors.Is(err, ErrInProgress) {
						busy++
					} else if err == nil {
						ok++
					}
				}()
			}
			time.Sleep(time.Hour / 2)
			synctest.Wait()
			if want := map[bool]int{true: 1, false: 20}[wait == 0]; calls != 1 || ok != want || busy != 20-want {
				t.Errorf("wait %v: %d calls, %d results, %d refused", wait, calls, ok, busy)
			}
		})
	}
}

// A store that does not answer stops the call: running it unprotected is what the aspect is there
// to prevent. The same goes for sites that are switched off.
func TestIdempotentAlways(t *testing.T) {
	site, store := idempotent(), newLedger()
	body := func(context.Context) (*request, error) { return &request{}, nil }
	store.broken = errFatal
	if _, err := once(t.Context(), site, store, "k", body); !errors.Is(err, errFatal) {
		t.Errorf("error is %v", err)
	}
	defer process.SetOff(true)()
	store.broken = nil
	calls := 0
	for range 2 {
		once(t.Context(), site, store, "off", func(ctx context.Context) (*request, error) { calls++; return body(ctx) })
	}
	if calls != 1 {
		t.Errorf("%d calls while switched off", calls)
	}
}
