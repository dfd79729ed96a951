package nats

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/servicetest"
)

// kept is a server that the platforms of one test share, as they share one on the network.
type kept struct{ *embedded }

// Close implements [bindings.Conn]. The test ends the server.
func (kept) Close(context.Context) error { return nil }

// Instances find each other by a server that expires entries and tells of changes, even if it restarts.
func TestServiceRegistryEmbedded(t *testing.T) {
	servers := newServers()
	shared := *Provider
	shared.Open = func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
		e, _ := servers.byPath.Load(target.Path())
		return kept{e.(*embedded)}, nil
	}
	servicetest.Registry(t, servicetest.Store{
		Provider: &shared,
		URL: func(t *testing.T) string {
			folder := filepath.Join(t.TempDir(), "nats")
			e, err := startEmbedded(folder, -1)
			if err != nil {
				t.Fatal(err)
			}
			servers.byPath.Store(folder, e)
			t.Cleanup(func() {
				if err := e.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			return "nats+embedded:" + folder
		},
		Restart: servers.restart,
	})
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
