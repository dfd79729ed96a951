package nats

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Tenants and services of an embedded server have accounts: a bucket of the same name in each, and
// no way to the others', not even for who uses the connection itself. After a restart each finds
// its own again.
func TestAccounts(t *testing.T) {
	url := embeddedURL(t)
	spaces := []bindings.Space{
		{Namespace: "orders", Binding: "carts", Tenant: "a"},
		{Namespace: "orders", Binding: "carts", Tenant: "b"},
		{Namespace: "orders", Binding: "carts"},
		{Namespace: "payments", Binding: "carts"},
	}
	opened := func(t *testing.T, check func(e *embedded, space bindings.Space, bucket kv.Store)) {
		link, err := platform(t, url, "carts").Lookup("carts", bindings.KV)
		if err != nil {
			t.Fatal(err)
		}
		e := link.Conn().(*embedded)
		for _, space := range spaces {
			bucket, err := e.OpenKV(t.Context(), space)
			if err != nil {
				t.Fatal(err)
			}
			check(e, space, bucket)
		}
	}
	t.Run("write", func(t *testing.T) {
		opened(t, func(e *embedded, space bindings.Space, bucket kv.Store) {
			if _, err := bucket.Set(t.Context(), "k", []byte(space.Name()), kv.Write{IfAbsent: true}); err != nil {
				t.Errorf("%v: %v", space, err)
			}
		})
	})
	t.Run("read after a restart", func(t *testing.T) {
		opened(t, func(e *embedded, space bindings.Space, bucket kv.Store) {
			if r, err := bucket.Get(t.Context(), "k"); err != nil || string(r.Value) != space.Name() {
				t.Errorf("%v: %s, %v", space, r.Value, err)
			}
			c, _, err := e.space(space)
			if err != nil {
				t.Fatal(err)
			}
			var streams []string
			for name := range c.js.StreamNames(t.Context()).Name() {
				streams = append(streams, name)
			}
			if !slices.Equal(streams, []string{"KV_carts"}) {
				t.Errorf("%v sees the streams %q, want its own, whose name has no tenant", space, streams)
			}
		})
	})
}

// Bindings with other options, and platforms of one process, must not open the files of a folder
// twice.
func TestAFolderHasOneServer(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "nats")
	url := "nats+embedded:" + folder
	first, second := platform(t, url+"?quota=1MiB", "carts"), platform(t, url, "carts")
	for i, p := range []*bindings.Platform{first, second} {
		carts, err := kv.Open[string, int](t.Context(), p, "carts")
		if err != nil {
			t.Fatal(err)
		}
		n, err := carts.Increment(bindings.WithTenant(t.Context(), "a"), "k", 1)
		if err != nil || n != int64(i+1) {
			t.Errorf("increment is %d, %v; want %d", n, err, i+1)
		}
	}
	if err := first.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Open[string, int](t.Context(), second, "carts"); err != nil {
		t.Errorf("the other platform's server is gone: %v", err)
	}
	carts, err := kv.Open[string, int](t.Context(), second, "carts")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := carts.Increment(bindings.WithTenant(t.Context(), "a"), "k", 1); err != nil || n != 3 {
		t.Errorf("increment after the other platform is closed is %d, %v; want 3", n, err)
	}
}

// Another process, which a second provider stands for, must not share a folder: it would destroy
// the data.
func TestAFolderIsOneProcess(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "nats")
	p := platform(t, "nats+embedded:"+folder, "carts")
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: "nats+embedded:" + folder}}}
	if _, err := bindings.Open(t.Context(), env, newProvider()); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Fatalf("open of a folder that is taken: %v", err)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again, err := bindings.Open(t.Context(), env, newProvider())
	if err != nil {
		t.Fatalf("open of a folder that was left: %v", err)
	}
	if err := again.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// A server in memory leaves nothing behind.
func TestNothingIsLeftOfMemory(t *testing.T) {
	p := platform(t, "nats+embedded:", "carts")
	link, err := p.Lookup("carts", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	folder := link.Conn().(*embedded).folder
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("folder %s is there after the end: %v", folder, err)
	}
}
