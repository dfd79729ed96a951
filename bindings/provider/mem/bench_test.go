package mem_test

import (
	"context"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

type key string

// stores returns a typed store of bytes, and the provider's own below it.
func stores(t testing.TB) (kv.Of[key, []byte], kv.Store) {
	var own kv.Store
	p, err := bindings.Open(context.Background(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "mem:"}}}, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	carts, err := kv.Open[key, []byte](context.Background(), p, "carts", kv.Wrap(func(s kv.Store) kv.Store { own = s; return s }))
	if err != nil {
		t.Fatal(err)
	}
	return carts, own
}

// The portable type must not cost what its convenience is not worth: at most two allocations more
// than the provider.
func TestAllocations(t *testing.T) {
	carts, own := stores(t)
	ctx, value := context.Background(), make([]byte, 100)
	runs := func(do func()) float64 { return testing.AllocsPerRun(200, do) }
	for _, c := range []struct {
		name          string
		portable, raw func()
	}{
		{"set", func() { carts.Set(ctx, "k", value) }, func() { own.Set(ctx, "k", value, kv.Write{}) }},
		{"get", func() { carts.Get(ctx, "k") }, func() { own.Get(ctx, "k") }},
		{"miss", func() { carts.Get(ctx, "none") }, func() { own.Get(ctx, "none") }},
		{"delete", func() { carts.Delete(ctx, "none") }, func() { own.Delete(ctx, "none", 0) }},
	} {
		portable, raw := runs(c.portable), runs(c.raw)
		if portable > raw+2 {
			t.Errorf("%s: %v allocations, the provider has %v", c.name, portable, raw)
		}
		t.Logf("%s: %v allocations, the provider has %v", c.name, portable, raw)
	}
}

func BenchmarkGet(b *testing.B) {
	carts, own := stores(b)
	ctx := context.Background()
	carts.Set(ctx, "k", make([]byte, 100))
	b.Run("provider", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			own.Get(ctx, "k")
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
	carts, own := stores(b)
	ctx, value := context.Background(), make([]byte, 100)
	b.Run("provider", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			own.Set(ctx, "k", value, kv.Write{})
		}
	})
	b.Run("portable", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			carts.Set(ctx, "k", value)
		}
	})
}
