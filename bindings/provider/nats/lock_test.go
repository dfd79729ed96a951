package nats

import (
	"context"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/lock/locktest"
)

// A server that cannot end leases refuses locks; one that can passes the suite.
func TestLock(t *testing.T) {
	needServer(t)
	env := bindings.Environment{Namespace: "test-lock", Bindings: []bindings.Binding{{Name: "jobs", URL: "nats://" + address}}}
	p, err := bindings.Open(t.Context(), env, Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer clean(t, "LOCK_test-lock__")
	defer p.Close(context.Background())
	_, err = lock.Open(t.Context(), p, "jobs")
	if bindings.Code(err) == bindings.Unimplemented {
		t.Skipf("SKIPPED: the server at %s refuses: %v", address, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	locktest.Run(t, locktest.Harness{
		Provider: Provider,
		URL:      func(*testing.T) string { return "nats://" + address },
		Reopen:   true,
		Clean: func(t *testing.T, prefix string) {
			clean(t, prefix)
			clean(t, bucketLock+prefix)
		},
	})
}

func TestLockEmbedded(t *testing.T) {
	servers := newServers()
	locktest.Run(t, locktest.Harness{
		Provider: servers.provider(),
		URL:      embeddedURL,
		Reopen:   true,
		Restart:  servers.restart,
	})
}

func TestLockInMemory(t *testing.T) {
	locktest.Run(t, locktest.Harness{Provider: Provider, URL: func(*testing.T) string { return "nats+embedded:" }})
}
