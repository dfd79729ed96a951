package nats

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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

// The trap that this package is built around: jetstream's own update makes an entry live for ever. If this fails, the client
// has learned, and publishing by hand may go.
func TestTheClientsUpdateForgetsTheTime(t *testing.T) {
	p := platform(t, "nats+embedded:", "invoices")
	link, err := p.Lookup("invoices", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := link.Conn().(*embedded).space(bindings.Space{Namespace: "orders", Tenant: "a"})
	if err != nil {
		t.Fatal(err)
	}
	bucket, err := c.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "locks", LimitMarkerTTL: time.Hour, Storage: jetstream.MemoryStorage})
	if err != nil {
		t.Fatal(err)
	}
	r, err := bucket.Create(t.Context(), "k", nil, jetstream.KeyTTL(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Update(t.Context(), "k", nil, r); err != nil {
		t.Fatal(err)
	}
	stream, err := c.js.Stream(t.Context(), "KV_locks")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := stream.GetLastMsgForSubject(t.Context(), "$KV.locks.k")
	if err != nil || msg.Header.Get("Nats-TTL") != "" {
		t.Errorf("message is %v, %v; want one without a time to live", msg, err)
	}
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
