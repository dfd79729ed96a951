package service_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/service"
)

// flaky is a store that refuses writes while it is told to.
type flaky struct {
	kv.Store
	away *atomic.Bool
}

func (f flaky) Set(ctx context.Context, key string, value []byte, w kv.Write) (kv.Revision, error) {
	if f.away.Load() {
		return 0, bindings.Unavailable
	}
	return f.Store.Set(ctx, key, value, w)
}

func (f flaky) Abilities() kv.Abilities { return kv.Abilities{TTL: true} }

type flakyConn struct {
	kv.Opener
	away *atomic.Bool
}

func (c flakyConn) OpenKV(ctx context.Context, space bindings.Space) (kv.Store, error) {
	store, err := c.Opener.OpenKV(ctx, space)
	return flaky{store, c.away}, err
}

// An instance that cannot tell that it lives is gone when its lease is over, and back when it can
// again.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		provider := *mem.Provider
		provider.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
			conn, err := mem.Provider.Open(ctx, target)
			return &flakyConn{conn.(kv.Opener), &away}, err
		}
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "registry", URL: "mem:"}}}
		p, err := bindings.Open(t.Context(), env, &provider)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := kv.Open[string, string](t.Context(), p, "registry", kv.Codec(bindings.Raw{}))
		if err != nil {
			t.Fatal(err)
		}
		there := func() bool {
			_, err := entries.Get(t.Context(), "payments/a")
			return err == nil
		}
		if err := service.Register(t.Context(), p, "registry", "payments", "host:1", service.InstanceID("a")); err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if time.Sleep(10 * service.Lease); !there() {
			t.Error("a heartbeat must keep the entry")
		}
		away.Store(true)
		time.Sleep(service.Lease + time.Second)
		if there() {
			t.Error("the entry must be gone when the lease is over")
		}
		away.Store(false)
		if time.Sleep(service.Lease / 2); !there() {
			t.Error("the next heartbeat must bring the entry back")
		}
		began := time.Now()
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("clients that look every second are given %v", took)
		}
	})
}
