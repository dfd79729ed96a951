package mem_test

import (
	"context"
	"iter"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/config"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/lock"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/topic"
)

// of returns what an Open has returned without error.
func of[T any](o T, err error) T {
	if err != nil {
		panic(err)
	}
	return o
}

// failure returns the error that a sequence begins with.
func failure[T any](all iter.Seq2[T, error]) error {
	for _, err := range all {
		return err
	}
	return nil
}

// everything are the operations of every kind of memory, of which each succeeds unless something
// goes wrong. What is to be new has the name fresh.
func everything(ctx context.Context, p *bindings.Platform, fresh string) map[string]func() error {
	entries, messages, locks := of(kv.Open[string, string](ctx, p, "a")), of(topic.Open[string](ctx, p, "a")), of(lock.Open(ctx, p, "a"))
	bucket, key, limit := of(blob.Open(ctx, p, "a")), of(secret.Open(ctx, p, "a")), of(config.Open[string](ctx, p, "a"))
	return map[string]func() error{
		"kv get":           func() error { _, err := entries.Get(ctx, "k"); return err },
		"kv get many":      func() error { _, err := entries.GetMany(ctx, "k"); return err },
		"kv set":           func() error { _, err := entries.Set(ctx, "k", "v"); return err },
		"kv set many":      func() error { return entries.SetMany(ctx, []kv.Entry[string, string]{{Key: "k"}}) },
		"kv set if absent": func() error { _, err := entries.Set(ctx, fresh, "v", kv.IfAbsent()); return err },
		"kv update": func() error {
			_, err := entries.Update(ctx, "k", func(v string, _ bool) (string, error) { return v, nil })
			return err
		},
		"kv increment":  func() error { _, err := entries.Increment(ctx, "n", 1); return err },
		"kv delete":     func() error { return entries.Delete(ctx, "none") },
		"kv list":       func() error { return failure(entries.Keys(ctx, "k")) },
		"kv watch":      func() error { _, err := entries.Watch(ctx, ""); return err },
		"topic publish": func() error { return messages.Publish(ctx, "m") },
		"topic subscribe": func() error {
			_, err := messages.Subscribe(ctx, "g", func(context.Context, string) error { return nil })
			return err
		},
		"topic dead letters":    func() error { return failure(messages.DeadLetters(ctx, "g")) },
		"topic remove a letter": func() error { return messages.RemoveDeadLetter(ctx, "g", "1") },
		"lock try":              func() error { _, err := locks.Try(ctx, fresh, lock.Manual()); return err },
		"blob get":              func() error { _, err := bucket.ReadAll(ctx, "k"); return err },
		"blob stat":             func() error { _, err := bucket.Stat(ctx, "k"); return err },
		"blob put":              func() error { _, err := bucket.WriteAll(ctx, "k", nil); return err },
		"blob copy":             func() error { _, err := bucket.Copy(ctx, "to", "k"); return err },
		"blob list":             func() error { return failure(bucket.All(ctx, "k")) },
		"blob delete":           func() error { return bucket.Delete(ctx, "none") },
		"secret get":            func() error { _, err := key.Get(ctx); return err },
		"config get":            func() error { _, err := limit.Get(ctx); return err },
	}
}

// Faults are of all kinds: an operation that they spared would be one whose failure nobody has ever
// tried.
func TestFaultsOfAllKinds(t *testing.T) {
	memory := mem.New()
	open := func(url string) *bindings.Platform {
		p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "orders", Bindings: []bindings.Binding{{Name: "a", URL: url}}}, memory.Provider())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close(context.Background()) })
		return p
	}
	good := open("mem:?value=text")
	all := everything(t.Context(), good, "without")
	for _, name := range []string{"kv set", "blob put"} { // what others read
		if err := all[name](); err != nil {
			t.Fatal(err)
		}
	}
	for name, do := range all {
		if err := do(); err != nil {
			t.Errorf("%s without faults: %v", name, err)
		}
	}
	for _, fault := range []string{"errors", "lost"} {
		for name, do := range everything(t.Context(), open("mem:?value=text&"+fault+"=1"), fault) {
			if err := do(); bindings.Code(err) != bindings.Unavailable {
				t.Errorf("%s with %s=1: %v, want that it fails", name, fault, err)
			}
		}
	}
}
