package sqlite

import (
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Of many writers in one process none fails, and none waits while others write several times.
func TestWritersTakeTurns(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "turns", Bindings: []bindings.Binding{
		{Name: "c", URL: "sqlite:" + filepath.Join(t.TempDir(), "kv.db") + "?sync=false"}}}, Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	c, err := kv.Open[string, int](t.Context(), p, "c")
	if err != nil {
		t.Fatal(err)
	}
	const writers, writes = 32, 3200
	var done [writers]int
	var left atomic.Int64
	left.Store(writes)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := c.Set(t.Context(), strconv.Itoa(i), done[i]); err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
				done[i]++
			}
		})
	}
	group.Wait()
	if fewest, most := slices.Min(done[:]), slices.Max(done[:]); most > 3*fewest {
		t.Errorf("of %d writes one writer did %d, another %d", writes, most, fewest)
	}
}
