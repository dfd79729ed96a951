package nats

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv/kvtest"
)

const address = "127.0.0.1:4222"

// needServer skips a test where there is no server, and says so.
func needServer(t testing.TB) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		t.Skipf("SKIPPED: no NATS at %s", address)
	}
	c.Close()
}

func TestKV(t *testing.T) {
	needServer(t)
	kvtest.Run(t, kvtest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Reopen:   true,
		Clean:    clean,
	})
}

// clean deletes the buckets of the namespaces with a prefix.
func clean(t *testing.T, prefix string) {
	nc, err := nats.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name := range js.StreamNames(ctx).Name() {
		if _, bucket, ok := strings.Cut(name, "_"); ok && strings.HasPrefix(bucket, prefix) {
			if err := js.DeleteStream(ctx, name); err != nil {
				t.Error(err)
			}
		}
	}
}

// recorded is the provider, and finds the embedded server of a URL.
func recorded() (*bindings.Provider, *sync.Map) {
	servers := &sync.Map{}
	p := *Provider
	p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		c, err := Provider.Open(ctx, target)
		servers.Store(target.Path(), c)
		return c, err
	}
	return &p, servers
}

func TestKVEmbedded(t *testing.T) {
	provider, servers := recorded()
	kvtest.Run(t, kvtest.Harness{
		Provider: provider,
		URL:      func(t *testing.T) string { return "nats+embedded:" + filepath.Join(t.TempDir(), "nats") },
		Reopen:   true,
		Restart: func(t *testing.T, url string) {
			c, _ := servers.Load(strings.TrimPrefix(url, "nats+embedded:"))
			e := c.(*embedded)
			old := e.running.Load()
			old.Shutdown()
			old.WaitForShutdown()
			if err := e.start(); err != nil {
				t.Fatal(err)
			}
		},
	})
}

func TestKVInMemory(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }})
}
