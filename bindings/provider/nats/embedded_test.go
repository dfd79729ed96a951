package nats

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// platform opens a platform with the embedded server.
func platform(t *testing.T, url string, names ...string) *bindings.Platform {
	t.Helper()
	env := bindings.Environment{Namespace: "orders"}
	for _, name := range names {
		env.Bindings = append(env.Bindings, bindings.Binding{Name: name, URL: url, Options: map[string]bindings.Value{"tenants": {Text: "true"}}})
	}
	p, err := bindings.Open(t.Context(), env, Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

// One tenant that fills its quota must not keep another from writing, in any kind.
func TestQuotaIsOfOneTenant(t *testing.T) {
	p := platform(t, "nats+embedded:"+filepath.Join(t.TempDir(), "nats")+"?quota=1000000", "carts", "invoices")
	carts, err := kv.Open[int, []byte](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	greedy, modest := bindings.WithTenant(t.Context(), "greedy"), bindings.WithTenant(t.Context(), "modest")
	for i := 0; err == nil && i < 100; i++ {
		_, err = carts.Set(greedy, i, make([]byte, 100_000))
	}
	if bindings.Code(err) != bindings.ResourceExhausted {
		t.Fatalf("set over the quota is %v, want that it is exhausted", err)
	}
	if _, err := carts.Set(modest, 1, make([]byte, 100_000)); err != nil {
		t.Errorf("set of another tenant is %v", err)
	}
	invoices, err := blob.Open(t.Context(), p, "invoices")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := invoices.WriteAll(greedy, "k", make([]byte, 2_000_000)); bindings.Code(err) != bindings.ResourceExhausted {
		t.Errorf("put over the quota is %v", err)
	}
	if _, err := invoices.WriteAll(modest, "k", make([]byte, 300_000)); err != nil {
		t.Errorf("put of another tenant is %v", err)
	}
	if _, err := carts.Get(greedy, 1); err != nil {
		t.Errorf("get of the greedy tenant is %v: reading needs no quota", err)
	}
}

// A put that failed must not go on taking space, nor one that was replaced.
func TestNoChunksAreLeft(t *testing.T) {
	p := platform(t, "nats+embedded:", "invoices")
	invoices, err := blob.Open(t.Context(), p, "invoices")
	if err != nil {
		t.Fatal(err)
	}
	ctx := bindings.WithTenant(t.Context(), "a")
	for range 3 {
		if _, err := invoices.WriteAll(ctx, "k", make([]byte, 300_000)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := invoices.WriteAll(ctx, "k", make([]byte, 300_000), blob.IfAbsent()); bindings.Code(err) != bindings.AlreadyExists {
		t.Fatalf("put is %v", err)
	}
	if n := messages(t, p, "OBJ_invoices"); n != 4 {
		t.Errorf("%d messages are kept, want 3 chunks and a description", n)
	}
	if err := invoices.Delete(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if n := messages(t, p, "OBJ_invoices"); n != 0 {
		t.Errorf("%d messages are kept of a deleted object", n)
	}
}

// messages counts the messages of a stream of tenant a.
func messages(t *testing.T, p *bindings.Platform, stream string) uint64 {
	t.Helper()
	link, err := p.Lookup("invoices", bindings.Blob)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := link.Conn().(*embedded).space(bindings.Space{Namespace: "orders", Tenant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Msgs
}

// A key that comes back from a subject must be the one that went.
func FuzzKey(f *testing.F) {
	for _, key := range []string{"", "/", "a/b", "a.b", "=", "\xff", "//"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		subject := subjectOf(key)
		if got, err := keyOf(subject); err != nil || got != key {
			t.Errorf("%q is %q and comes back as %q, %v", key, subject, got, err)
		}
		for i := range len(subject) {
			if c := subject[i]; !plain(c) && c != '=' && c != '.' {
				t.Errorf("%q is %q", key, subject)
			}
		}
	})
}
