package nats

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
		Quota:    true,
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

func TestKVEmbedded(t *testing.T) {
	servers := newServers()
	kvtest.Run(t, kvtest.Harness{
		Provider: servers.provider(),
		URL:      embeddedURL,
		Reopen:   true,
		Restart:  servers.restart,
		Quota:    true,
	})
}

func TestKVInMemory(t *testing.T) {
	kvtest.Run(t, kvtest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }, Quota: true})
}
