package access_test

import (
	"context"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// panicking is a connection whose stores have no methods: each call of one panics. Opening the
// store of a tenant does, too.
type panicking struct{}

func (panicking) Ping(context.Context) error  { return nil }
func (panicking) Close(context.Context) error { return nil }
func (panicking) OpenKV(_ context.Context, space bindings.Space) (kv.Store, error) {
	if space.Tenant != "" {
		panic("no store")
	}
	return struct{ kv.Store }{}, nil
}
func (panicking) OpenTopic(context.Context, bindings.Space, time.Duration) (topic.Store, error) {
	return struct{ topic.Store }{}, nil
}
func (panicking) OpenLock(context.Context, bindings.Space) (lock.Store, error) {
	return struct{ lock.Store }{}, nil
}
func (panicking) OpenBlob(context.Context, bindings.Space) (blob.Store, error) {
	return struct{ blob.Store }{}, nil
}
func (panicking) OpenSecret(context.Context, bindings.Space) (secret.Store, error) {
	return struct{ secret.Store }{}, nil
}
func (panicking) ReadSecret(context.Context, bindings.Space) (string, string, error) {
	panic("no secret")
}
func (panicking) OpenConfig(context.Context, bindings.Space) (config.Store, error) {
	return struct{ config.Store }{}, nil
}

// An operation whose provider panics is no longer under way: the panic is the caller's to recover
// from, as a web server does, and then the platform must close as ever.
func TestPanicEndsOperation(t *testing.T) {
	kinds := []bindings.Kind{bindings.KV, bindings.Topic, bindings.Lock, bindings.Blob, bindings.Secret, bindings.Config}
	provider := &bindings.Provider{Name: "panicking", Schemes: []string{"panicking"}, Kinds: kinds,
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return panicking{}, nil }}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "panicking:"}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	entries := opened(kv.Open[string, string](ctx, p, "a"))
	ofTenants := opened(kv.Open[string, string](ctx, p, "a", kv.PerTenant()))
	messages := opened(topic.Open[string](ctx, p, "a"))
	locks := opened(lock.Open(ctx, p, "a"))
	bucket := opened(blob.Open(ctx, p, "a"))
	key := opened(secret.Open(ctx, p, "a"))
	limits := opened(config.Open[int](ctx, p, "a"))
	operations := map[string]func(){
		"kv get":                func() { entries.Get(ctx, "k") },
		"kv get many":           func() { entries.GetMany(ctx, "k") },
		"kv list":               func() { entries.List(ctx, "", "", 1) },
		"kv set":                func() { entries.Set(ctx, "k", "v") },
		"kv set many":           func() { entries.SetMany(ctx, []kv.Entry[string, string]{{Key: "k"}}) },
		"kv delete":             func() { entries.Delete(ctx, "k") },
		"kv compare and delete": func() { entries.CompareAndDelete(ctx, "k", 1) },
		"kv abilities":          func() { entries.Abilities(ctx) },
		"kv of a tenant":        func() { ofTenants.Get(bindings.WithTenant(ctx, "acme"), "k") },
		"topic publish":         func() { messages.Publish(ctx, "m") },
		"topic subscribe":       func() { messages.Subscribe(ctx, "g", func(context.Context, string) error { return nil }) },
		"topic dead letters":    func() { first(messages.DeadLetters(ctx, "g")) },
		"topic remove dead":     func() { messages.RemoveDeadLetter(ctx, "g", "1") },
		"topic redeliver":       func() { messages.Redeliver(ctx, "g", "1") },
		"topic abilities":       func() { messages.Abilities(ctx) },
		"lock try":              func() { locks.Try(ctx, "l") },
		"lock lock":             func() { locks.Lock(ctx, "l") },
		"blob get":              func() { bucket.Get(ctx, "k") },
		"blob stat":             func() { bucket.Stat(ctx, "k") },
		"blob list":             func() { bucket.List(ctx, "", "", "", 1) },
		"blob put":              func() { bucket.Put(ctx, "k", strings.NewReader("")) },
		"blob copy":             func() { bucket.Copy(ctx, "k", "from") },
		"blob delete":           func() { bucket.Delete(ctx, "k") },
		"blob abilities":        func() { bucket.Abilities(ctx) },
		"secret get":            func() { key.Get(ctx) },
		"secret abilities":      func() { key.Abilities(ctx) },
		"config get":            func() { limits.Get(ctx) },
		"config abilities":      func() { limits.Abilities(ctx) },
	}
	for name, do := range operations {
		if !panics(do) {
			t.Errorf("%s did not reach the provider", name)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := p.Close(ended); err != nil {
		t.Errorf("close is %v, want that nothing is under way", err)
	}
}

// content is a store of blobs that has one object.
type content struct{ blob.Store }

func (content) Get(context.Context, string, blob.Range) (io.ReadCloser, blob.Info, error) {
	return io.NopCloser(strings.NewReader("text")), blob.Info{}, nil
}

// A reader is handed out while its operation is under way, which must be until it is closed.
func TestReaderKeepsOperation(t *testing.T) {
	provider := &bindings.Provider{Name: "content", Schemes: []string{"content"}, Kinds: []bindings.Kind{bindings.Blob},
		Open: func(context.Context, bindings.Target) (bindings.Conn, error) { return contentConn{}, nil }}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: "content:"}}}, provider)
	if err != nil {
		t.Fatal(err)
	}
	r, err := opened(blob.Open(t.Context(), p, "a")).Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Close(ended); bindings.Code(err) != bindings.Canceled {
		t.Errorf("close is %v, want that it waits for the reader", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

type contentConn struct{ panicking }

func (contentConn) OpenBlob(context.Context, bindings.Space) (blob.Store, error) {
	return content{}, nil
}

// opened returns what an Open has returned without error.
func opened[T any](o T, err error) T {
	if err != nil {
		panic(err)
	}
	return o
}

func first[A, B any](all iter.Seq2[A, B]) {
	for range all {
		return
	}
}

// panics reports whether a function panics.
func panics(do func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	do()
	return false
}
