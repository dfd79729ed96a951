package fake_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/fake"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/record"
)

// recorded records what work does on memory, and returns the file.
func recorded(t *testing.T, env bindings.Environment, work func(p *bindings.Platform)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := bindings.Open(t.Context(), env, record.New(f).Wrap(mem.Provider))
	if err != nil {
		t.Fatal(err)
	}
	work(p)
	if err := errors.Join(p.Close(t.Context()), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// The names of a recording answer what was recorded, the others from memory, and what the recording
// lacks fails the test.
func TestRecorded(t *testing.T) {
	env := bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{
		{Name: "carts", URL: "mem:"}, {Name: "apart", URL: "mem:", Options: map[string]bindings.Value{"tenants": {Text: "true"}}}}}
	acme := bindings.WithTenant(t.Context(), "acme")
	path := recorded(t, env, func(p *bindings.Platform) {
		if _, err := open(t, p, "carts").Set(t.Context(), "a", 1); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, p, "apart").Increment(acme, "a", 7); err != nil {
			t.Fatal(err)
		}
	})
	p := fake.Platform(t, fake.Recorded(path), fake.KV("others", map[string]int{"a": 1}))
	if r, err := open(t, p, "carts").Set(t.Context(), "a", 1); r != 1 || err != nil {
		t.Errorf("carts: %v, %v", r, err)
	}
	if n, err := open(t, p, "apart").Increment(acme, "a", 7); n != 7 || err != nil {
		t.Errorf("apart: %v, %v", n, err)
	}
	if v, err := open(t, p, "others").Get(t.Context(), "a"); v != 1 || err != nil {
		t.Errorf("others: %v, %v", v, err)
	}
	wants(t, failing(t, func(t testing.TB) {
		p := fake.Platform(t, fake.Recorded(path))
		_, _ = open(t, p, "carts").Set(t.Context(), "a", 2)
	}), `the recording has no kv set carts {"key":"a","value":"2"}: it has: set {"key":"a","value":"1"}`)
	wants(t, failing(t, func(t testing.TB) { fake.Platform(t, fake.Recorded(path), fake.KV("carts", map[string]int{"a": 1})) }),
		"carts leads to recorded-1:: what memory holds at first is not for it")
	wants(t, failing(t, func(t testing.TB) { fake.Platform(t, fake.Recorded(path+".none")) }), "read recording: open ")
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, content[:len(content)-9], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	wants(t, failing(t, func(t testing.TB) { fake.Platform(t, fake.Recorded(path)) }), "line 5 is cut")
}
