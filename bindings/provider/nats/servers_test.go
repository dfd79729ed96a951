package nats

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// embeddedURL is that of a server of the test's own, on disk.
func embeddedURL(t *testing.T) string { return "nats+embedded:" + filepath.Join(t.TempDir(), "nats") }

// servers finds the embedded server of a URL, to restart it.
type servers struct{ byPath sync.Map }

func newServers() *servers { return &servers{} }

// provider is the provider, and remembers what it opens.
func (s *servers) provider() *bindings.Provider {
	p := *Provider
	p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		c, err := Provider.Open(ctx, target)
		s.byPath.Store(target.Path(), c)
		return c, err
	}
	return &p
}

// restart stops the URL's server and starts it again.
func (s *servers) restart(t *testing.T, url string) {
	c, _ := s.byPath.Load(strings.TrimPrefix(url, "nats+embedded:"))
	e := c.(*embedded)
	old := e.running.Load()
	old.Shutdown()
	old.WaitForShutdown()
	if err := e.start(); err != nil {
		t.Fatal(err)
	}
}
