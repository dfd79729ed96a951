package redis_test

import (
	"context"
	"slices"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/redis"
)

// both returns a typed store, and the client that a program without bindings would use.
func both(t testing.TB) (kv.Of[string, []byte], *client.Client) {
	needServer(t)
	ctx := context.Background()
	p, err := bindings.Open(ctx, bindings.Environment{Namespace: "bench", Bindings: []bindings.Binding{{Name: "carts", URL: "redis://" + address + "/9"}}}, redis.Provider)
	if err != nil {
		t.Fatal(err)
	}
	carts, err := kv.Open[string, []byte](ctx, p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(&client.Options{Addr: address, DB: 9, MaxRetries: -1, ContextTimeoutEnabled: true})
	value := make([]byte, 100)
	if _, err := carts.Set(ctx, "k", value); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(ctx, "bench:k", value, 0).Err(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Del(ctx, "bench:k")
		c.Close()
		carts.Delete(ctx, "k")
		p.Close(ctx)
	})
	return carts, c
}

// The portable type must not cost what its convenience is not worth: at most two allocations more
// than the client.
func TestAllocations(t *testing.T) {
	carts, c := both(t)
	ctx, value := context.Background(), make([]byte, 100)
	for _, test := range []struct {
		name          string
		portable, raw func()
	}{
		{"set", func() { carts.Set(ctx, "k", value) }, func() { c.Set(ctx, "bench:k", value, 0).Err() }},
		{"get", func() { carts.Get(ctx, "k") }, func() { c.Get(ctx, "bench:k").Bytes() }},
	} {
		portable, raw := testing.AllocsPerRun(200, test.portable), testing.AllocsPerRun(200, test.raw)
		if portable > raw+2 {
			t.Errorf("%s: %v allocations, the client has %v", test.name, portable, raw)
		}
		t.Logf("%s: %v allocations, the client has %v", test.name, portable, raw)
	}
}

func BenchmarkGet(b *testing.B) {
	carts, c := both(b)
	ctx := context.Background()
	b.Run("client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Get(ctx, "bench:k").Bytes()
		}
	})
	b.Run("portable", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			carts.Get(ctx, "k")
		}
	})
}

func BenchmarkSet(b *testing.B) {
	carts, c := both(b)
	ctx, value := context.Background(), make([]byte, 100)
	b.Run("client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Set(ctx, "bench:k", value, 0).Err()
		}
	})
	b.Run("portable", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			carts.Set(ctx, "k", value)
		}
	})
}

// BenchmarkGetOver measures what the portable type adds to the client's own time, in pairs of
// calls, because a round trip takes longer than the difference and varies by more. The metric is
// the median of the differences.
func BenchmarkGetOver(b *testing.B) {
	carts, c := both(b)
	ctx := context.Background()
	timed := func(do func()) time.Duration {
		start := time.Now()
		do()
		return time.Since(start)
	}
	raw := func() { c.Get(ctx, "bench:k").Bytes() }
	portable := func() { carts.Get(ctx, "k") }
	var over []time.Duration
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			before := timed(raw)
			over = append(over, timed(portable)-before)
		} else {
			after := timed(portable)
			over = append(over, after-timed(raw))
		}
	}
	slices.Sort(over)
	b.ReportMetric(float64(over[len(over)/2].Nanoseconds()), "ns-over-client/op")
	b.ReportMetric(0, "ns/op")
}
