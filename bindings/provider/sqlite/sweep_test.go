package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// Deleted entries must not fill the file for ever, and a watch that would miss one because of that
// must say so.
func TestSweep(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "kv.db")
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "carts", URL: url}}}, Provider)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	carts, err := kv.Open[string, string](t.Context(), p, "carts")
	if err != nil {
		t.Fatal(err)
	}
	before, err := carts.Set(t.Context(), "kept", "v")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := carts.Set(t.Context(), "gone", "v"); err != nil {
		t.Fatal(err)
	}
	if err := carts.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	link, err := p.Lookup("carts", bindings.KV)
	if err != nil {
		t.Fatal(err)
	}
	db := link.Conn().(*conn).db
	for _, c := range []struct {
		by   time.Time
		rows int
		code bindings.ErrorCode
	}{{time.Now().Add(-time.Hour), 2, bindings.OK}, {time.Now().Add(time.Hour), 1, bindings.FailedPrecondition}} {
		if err := sweep(t.Context(), db, c.by); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := db.QueryRow(`SELECT count(*) FROM instrument_kv`).Scan(&rows); err != nil || rows != c.rows {
			t.Errorf("%d rows are left, %v; want %d", rows, err, c.rows)
		}
		w, err := carts.Watch(t.Context(), "", kv.After(before))
		if bindings.Code(err) != c.code {
			t.Errorf("watch after revision %d is %v, want %v", before, err, c.code)
		}
		if err == nil {
			w.Stop()
		}
	}
	if v, err := carts.Get(t.Context(), "kept"); err != nil || v != "v" {
		t.Errorf("get is %q, %v", v, err)
	}
}
