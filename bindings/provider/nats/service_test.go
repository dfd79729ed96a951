package nats

import (
	"context"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/servicetest"
)

// Instances find each other by a server that expires entries and tells of changes, even if it
// restarts.
func TestServiceRegistryEmbedded(t *testing.T) {
	servers := newServers()
	servicetest.Registry(t, servicetest.Store{Provider: servers.provider(), URL: embeddedURL, Restart: servers.restart})
}

// A server that cannot expire entries cannot be a registry, and says so; one that can is one.
func TestServiceRegistry(t *testing.T) {
	needServer(t)
	env := bindings.Environment{Namespace: "test-registry", Bindings: []bindings.Binding{{Name: "registry", URL: "nats://" + address}}}
	p, err := bindings.Open(t.Context(), env, Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer clean(t, "test-registry__")
	defer p.Close(context.Background())
	err = service.Register(t.Context(), p, "registry", "payments", "host:1")
	if bindings.Code(err) == bindings.Unimplemented {
		t.Skipf("SKIPPED: the server at %s refuses: %v", address, err)
	}
	servicetest.Registry(t, servicetest.Store{Provider: Provider, URL: func(*testing.T) string { return "nats://" + address }, Clean: clean})
}
