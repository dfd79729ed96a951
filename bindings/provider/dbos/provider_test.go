package dbos

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/workflow/workflowtest"
)

// opened are the connections of tests, by the path of their file.
type opened struct {
	mu    sync.Mutex
	conns map[string]*conn
}

// harness runs cases on files of their own, on a fake clock. A crash leaves the connection to be
// closed.
func harness() workflowtest.Harness {
	o := &opened{conns: map[string]*conn{}}
	p := *Provider
	p.Open = func(ctx context.Context, target bindings.Target) (bindings.Conn, error) {
		c, err := open(ctx, target)
		if err != nil {
			return nil, err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.conns["dbos+sqlite:"+target.Path()] = c.(*conn)
		return c, nil
	}
	return workflowtest.Harness{
		Harness: providertest.Harness{
			Provider: &p,
			URL:      func(t *testing.T) string { return "dbos+sqlite:" + filepath.Join(t.TempDir(), "runs.db") },
			Around:   func(t *testing.T, run func(*testing.T)) { synctest.Test(t, run) },
			Reopen:   true,
			Except: map[string]string{
				"sleep goes on while no process runs":             hurries,
				"other signals do not prolong a limit":            hurries,
				"a run learns at once that another one has ended": hurries,
			},
		},
		Crash: func(_ *testing.T, f *providertest.Fixture) {
			o.mu.Lock()
			c := o.conns[f.URL]
			o.mu.Unlock()
			c.mu.Lock()
			servers := slices.Collect(maps.Values(c.servers))
			c.mu.Unlock()
			for _, s := range servers {
				s.kill()
			}
		},
	}
}

// hurries is why a case that bounds how long something takes cannot be run.
const hurries = "the engine waits for a file that is busy by the clock of the case, which does not wait for files"

func TestWorkflow(t *testing.T) { workflowtest.Run(t, harness()) }

func TestDeclaration(t *testing.T) {
	providertest.Stores(t, provider.DBOS(), Provider, "test-declaration", func(bindings.Kind) string {
		return "dbos+sqlite:" + filepath.Join(t.TempDir(), "runs.db")
	})
}
