package runtimehooks

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
)

// keyed is the prologue shape with the gates that have keys, and a cache, whose results it does not
// take.
func keyedGates(ctx context.Context, site *Site, key Key, body func(context.Context) error) (hit bool, err error) {
	call := site.Call()
	ctx = call.Enter(ctx)
	defer call.Exit(&err)
	if !call.Limit(&err, key) {
		return
	}
	if _, ok := call.Cached(&err, key); ok {
		return true, err
	}
	call.Keyed(key)
	for call.Next(&err) {
		err = body(ctx)
	}
	call.Keep(&err)
	return
}

// A key that cannot be looked up must neither panic nor fill the memory, nor get another's results,
// nor evade a limit: it shares what calls without a key have.
func TestKeysWithoutState(t *testing.T) {
	for name, value := range map[string]any{"slice": []int{1}, "NaN": math.NaN(), "nested": struct{ V any }{map[string]int{}}} {
		var log bytes.Buffer
		old := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		defer slog.SetDefault(old)
		site := &Site{Function: function, Aspects: Aspects{
			Limit: &Limit{Rate: 1, Per: time.Hour, Burst: 50}, Cache: &Cache{Size: 10, Store: newShelf},
			Breaker: &Breaker{Failures: 1000, Cooldown: time.Second, Probes: 1},
		}}
		calls := 0
		for i := range 60 {
			hit, err := keyedGates(t.Context(), site, Key{}.Value(value), func(context.Context) error { calls++; return nil })
			if want := i >= 50; hit || errors.Is(err, ErrLimited) != want {
				t.Errorf("%s, call %d: hit %t, error %v", name, i, hit, err)
			}
		}
		st := site.state.Load()
		if calls != 50 || st.cache.Len() != 0 || st.flights.Len() != 0 || st.breakers.Load() != nil || st.limiters.Load() != nil {
			t.Errorf("%s: %d calls, %d entries, %d flights are left", name, calls, st.cache.Len(), st.flights.Len())
		}
		if n := strings.Count(log.String(), function); n != 1 {
			t.Errorf("%s: %d log records, want 1: %s", name, n, &log)
		}
	}
}

// An operator must not switch the breaker of one key when another was meant.
func TestForceKey(t *testing.T) {
	site := &Site{Function: "example.com/keys.Force", Aspects: Aspects{Breaker: &Breaker{Failures: 1, Cooldown: time.Hour, Probes: 1}}}
	Register(site)
	defer Unregister(site)
	for _, key := range []Key{Key{}.Text("1"), Key{}.Value(1.0), Key{}.Text("eu")} {
		keyedGates(t.Context(), site, key, succeed)
	}
	force := Policies().ForceBreaker
	if err := force(site.Function, "eu", BreakerForcedOpen); err != nil {
		t.Error(err)
	}
	for key, want := range map[string]string{"1": "2 whose keys are written 1", "us": "none for the key us"} {
		if err := force(site.Function, key, BreakerForcedOpen); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("key %s: error is %v, want %s", key, err, want)
		}
	}
	if err := force(site.Function, "1", BreakerAuto); err != nil {
		t.Error(err)
	}
	for key, want := range map[Key]error{Key{}.Text("1"): nil, Key{}.Value(1.0): nil, Key{}.Text("eu"): ErrOpen} {
		if _, err := keyedGates(t.Context(), site, key, succeed); !errors.Is(err, want) {
			t.Errorf("key %v: error is %v, want %v", key, err, want)
		}
	}
}

// BenchmarkKey measures a limit by keys of each kind.
func BenchmarkKey(b *testing.B) {
	ctx := context.Background()
	site := &Site{Function: function, Aspects: Aspects{Limit: &Limit{Rate: 1_000_000, Per: time.Millisecond, Burst: 1_000_000}}}
	type pair struct {
		n int
		s string
	}
	n, tenant, order := 123456, "tenant-1234", "order-55555"
	for _, c := range []struct {
		name string
		key  func(*Call) Key
	}{
		{"text", func(call *Call) Key { return call.Key().Text(tenant) }},
		{"integer", func(call *Call) Key { return call.Key().Int(int64(n)) }},
		{"text and integer", func(call *Call) Key { return call.Key().Text(tenant).Int(int64(n)) }},
		{"two texts", func(call *Call) Key { return call.Key().Text(tenant).Text(order) }},
		{"three texts", func(call *Call) Key { return call.Key().Text(tenant).Text(order).Text(tenant) }},
		{"struct", func(call *Call) Key { return call.Key().Value(pair{n, tenant}) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				func() (err error) {
					call := site.Call()
					call.Enter(ctx)
					defer call.Exit(&err)
					call.Limit(&err, c.key(&call))
					return
				}()
			}
		})
	}
}
