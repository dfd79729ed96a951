package runtimehooks

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// logged collects what is logged until the end of the test.
func logged(t *testing.T) *safeBuffer {
	var log safeBuffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
	return &log
}

type safeBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// lasts returns a body that takes a time, and returns a receipt or an error.
func lasts(d time.Duration, id string, err error) func(context.Context) (*request, error) {
	return func(context.Context) (*request, error) {
		time.Sleep(d)
		if err != nil {
			return nil, err
		}
		return &request{ID: id}, nil
	}
}

// An owner whose lease is over and that fails must not give up the claim of the next.
func TestLateFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, store := idempotent(), newLedger()
		go once(t.Context(), site, store, "k", lasts(90*time.Second, "", errBusy)) // lease is over at 60s
		time.Sleep(61 * time.Second)
		go once(t.Context(), site, store, "k", lasts(50*time.Second, "second", nil))
		time.Sleep(30 * time.Second) // the first has failed at 90s
		if _, err := once(t.Context(), site, store, "k", lasts(0, "third", nil)); !errors.Is(err, ErrInProgress) {
			t.Errorf("error is %v, want ErrInProgress: two bodies run within a lease", err)
		}
		time.Sleep(time.Minute)
		if r, err := once(t.Context(), site, store, "k", lasts(0, "fourth", nil)); err != nil || r.ID != "second" {
			t.Errorf("results are %v, %v, want those of the second", r, err)
		}
	})
}

// An owner whose lease is over and that succeeds must agree with all others about the results.
func TestLateSuccess(t *testing.T) {
	for _, c := range []struct {
		name   string
		second time.Duration // of the second call, which begins at 61s; 0 for none
		want   string        // results of the first, which ends at 90s
		err    error
		log    string
		later  string // what a later call gets
	}{
		{"after the second", 10 * time.Second, "second", nil, "gets the results of that", "second"},
		{"while the second runs", 50 * time.Second, "first", ErrSuperseded, "gets an error though it has succeeded", "second"},
		{"without a second", 0, "first", nil, "its results are stored", "first"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := logged(t)
				site, store, own := idempotent(), newLedger(), &request{ID: "first"}
				var first *request
				var failed error
				go func() {
					first, failed = once(t.Context(), site, store, "k", func(context.Context) (*request, error) { time.Sleep(90 * time.Second); return own, nil })
				}()
				time.Sleep(61 * time.Second)
				if c.second > 0 {
					go once(t.Context(), site, store, "k", lasts(c.second, "second", nil))
				}
				time.Sleep(30 * time.Second)
				synctest.Wait()
				if first == nil || first.ID != c.want || !errors.Is(failed, c.err) {
					t.Errorf("the first got %v, %v, want %s, %v", first, failed, c.want, c.err)
				}
				if own.ID != "first" {
					t.Error("what the body returned was changed")
				}
				if !strings.Contains(log.String(), c.log) {
					t.Errorf("log is %q, want %s", log, c.log)
				}
				time.Sleep(time.Minute)
				if r, err := once(t.Context(), site, store, "k", lasts(0, "third", nil)); err != nil || r.ID != c.later {
					t.Errorf("a later call got %v, %v, want %s", r, err, c.later)
				}
			})
		})
	}
}

// forgetful is a store that writes, and then does not know that it has: as after an answer that was
// lost and a retry.
type forgetful struct{ *ledger }

func (f forgetful) PutIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	f.ledger.PutIfAbsent(ctx, key, value, ttl)
	return false, nil
}

func (f forgetful) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	f.ledger.CompareAndSwap(ctx, key, old, value, ttl)
	return false, nil
}

// A call must know its own claim and its own results: otherwise nobody could call until its lease
// is over, or it would report a conflict with itself.
func TestOwnClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := logged(t)
		site, store := idempotent(), forgetful{newLedger()}
		for range 2 {
			if r, err := once(t.Context(), site, store, "k", lasts(0, "first", nil)); err != nil || r.ID != "first" {
				t.Errorf("results are %v, %v", r, err)
			}
		}
		if log.String() != "" {
			t.Errorf("log is %q", log)
		}
	})
}

// A key that comes again with other arguments is another request: also while the first still runs.
func TestKeyReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, store, calls := idempotent(), newLedger(), 0
		pay := func(cents any) (err error) {
			call := site.Call()
			call.Enter(t.Context())
			defer call.Exit(&err)
			if !call.Claim(&err, store, call.ClaimKey("k").Same(cents)) {
				return
			}
			for call.Next(&err) {
				calls++
				time.Sleep(time.Second)
			}
			call.Settle(&err)
			return
		}
		go pay(100)
		time.Sleep(time.Second / 2)
		var reused *KeyReusedError
		for range 2 {
			if err := pay(999); !errors.Is(err, ErrKeyReused) || !errors.As(err, &reused) || reused.Key != "k" || !reused.Permanent() {
				t.Errorf("error is %v, want ErrKeyReused", err)
			}
			time.Sleep(time.Second)
		}
		if err := pay(100); err != nil || calls != 1 {
			t.Errorf("the same arguments: %v, %d calls", err, calls)
		}
		if err := pay(math.NaN()); err == nil || calls != 1 {
			t.Errorf("what cannot be compared: %v, %d calls", err, calls)
		}
	})
}

// unfenced is a store that cannot compare.
type unfenced struct{ IdempotencyStore }

func TestUnfencedStore(t *testing.T) {
	site := idempotent()
	body := func(context.Context) (*request, error) { t.Error("the body ran"); return nil, nil }
	for _, store := range []IdempotencyStore{unfenced{newLedger()}, nil} {
		_, err := once(t.Context(), site, store, "k", body)
		if err == nil || !strings.Contains(err.Error(), "IdempotencyFence") || !strings.Contains(err.Error(), "claim of the next") {
			t.Errorf("error is %v, want one that says why", err)
		}
	}
}

type (
	orderID  string
	hidden   string
	rank     int
	keptText struct{ a, b string }
)

func (hidden) GoString() string             { return "hidden" }
func (hidden) String() string               { return "hidden" }
func (hidden) MarshalText() ([]byte, error) { return []byte("hidden"), nil }
func (k keptText) MarshalText() ([]byte, error) {
	if k.a == "" {
		return nil, errFatal
	}
	return []byte(k.a + "/" + k.b), nil
}

// One request must never be taken for another, whatever the methods of its parts say, and however
// the parts are cut.
func TestClaimKeys(t *testing.T) {
	site := idempotent()
	call := site.Call()
	seen := map[string][]any{}
	for _, parts := range [][]any{
		{"a"}, {orderID("a")}, {hidden("a")}, {hidden("b")}, {"1"}, {1}, {int64(1)}, {uint8(1)}, {uint64(math.MaxUint64)}, {-1}, {rank(1)}, {true}, {"true"},
		{"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"", "abc"}, {"", ""}, {"6:string1:a"}, {"a", 1}, {1, "a"}, {"\xff"}, {"\xfe"}, {"\ufffd"},
		{keptText{"a", "b"}}, {"a/b"}, {netip.MustParseAddr("10.0.0.1")}, {"10.0.0.1"}, {time.Second}, {int64(time.Second)},
	} {
		k := call.ClaimKey(parts...)
		if other, ok := seen[k.text]; ok || k.err != nil || k.text == "" {
			t.Errorf("key of %#v is %q, %v, as that of %#v", parts, k.text, k.err, other)
		}
		seen[k.text] = parts
	}
	for _, empty := range []any{"", orderID("")} {
		if k := call.ClaimKey(empty); k.text != "" || k.err != nil {
			t.Errorf("key of no text is %q, %v", k.text, k.err)
		}
	}
	for _, wrong := range []any{1.5, nil, struct{}{}, keptText{}} {
		k := call.ClaimKey(wrong)
		var err error
		if k.err == nil || call.Claim(&err, newLedger(), k) || err != k.err {
			t.Errorf("key of %#v is %q, %v", wrong, k.text, err)
		}
	}
}

// A policy file may change how long a call waits, and its lease.
func TestIdempotentOverridden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		site, store := idempotent(), newLedger()
		site.Function = "example.com/idempotent.Overridden"
		Register(site)
		defer Unregister(site)
		defer Policies().Override(Overrides{})
		if err := Policies().Override(Overrides{Sites: map[string]AspectOverrides{site.Function: {"idempotent": {"wait": "10s"}}}}); err != nil {
			t.Fatal(err)
		}
		go once(t.Context(), site, store, "k", lasts(time.Second, "first", nil))
		synctest.Wait()
		if r, err := once(t.Context(), site, store, "k", lasts(0, "second", nil)); err != nil || r.ID != "first" {
			t.Errorf("results are %v, %v, want those of the first", r, err)
		}
	})
}
