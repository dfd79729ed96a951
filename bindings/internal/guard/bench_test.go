package guard_test

import (
	"context"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// memory returns a read of an entry that is not there, over memory with policies: what it costs is
// the portable type's and the policies'.
func memory(t testing.TB, policies ...bindings.PolicyAspect) (get func()) {
	t.Helper()
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "carts", URL: "mem:", Policy: policies}}}
	p, err := bindings.Open(context.Background(), env, mem.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	o, err := kv.Open[string, []byte](context.Background(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	o.Set(ctx, "k", nil)
	return func() { o.Get(ctx, "k") }
}

func BenchmarkGet(b *testing.B) {
	for name, policies := range map[string][]bindings.PolicyAspect{
		"none": nil, "all": {policy("timeout", "", "1h"), policy("breaker"), policy("bulkhead"), policy("limit", "", "100000000/s"), policy("retry")},
		"without timeout": {policy("breaker"), policy("bulkhead"), policy("limit", "", "100000000/s"), policy("retry")},
	} {
		get := memory(b, policies...)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				get()
			}
		})
	}
}
