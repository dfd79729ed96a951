package kvtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
)

type store = kv.Of[string, string]

// set writes an entry that must be written, and returns its revision.
func set(t *testing.T, s store, key, value string, options ...kv.WriteOption) kv.Revision {
	t.Helper()
	r, err := s.Set(t.Context(), key, value, options...)
	if err != nil {
		t.Fatalf("set %q: %v", key, err)
	}
	return r
}

// has checks the value of a key.
func has(t *testing.T, s store, key, value string) {
	t.Helper()
	got, err := s.Get(t.Context(), key)
	if err != nil || got != value {
		t.Fatalf("get %q is %.40q, %v; want %.40q", key, got, err, value)
	}
}

// lacks checks that a key has no entry.
func lacks(t *testing.T, s store, key string) {
	t.Helper()
	got, err := s.Get(t.Context(), key)
	code(t, "get "+key+" = "+got, err, bindings.NotFound)
}

// code checks the code of an error.
func code(t *testing.T, what string, err error, want bindings.ErrorCode) {
	t.Helper()
	providertest.Code(t, what, err, want)
}

// expired waits until a key has no entry any more, which must be soon after its time to live.
func expired(t *testing.T, f *fixture, s store, key string, ttl time.Duration) {
	t.Helper()
	deadline := time.Now().Add(ttl + f.abilities.Granularity + 4*time.Second)
	for time.Now().Before(deadline) {
		_, err := s.Get(t.Context(), key)
		if bindings.Code(err) == bindings.NotFound {
			return
		}
		if err != nil {
			t.Fatalf("get %q: %v", key, err)
		}
		time.Sleep(ttl / 50)
	}
	t.Fatalf("%q must be gone %v after its last write", key, ttl)
}

// keys lists all keys with a prefix, sorted, each once.
func keys(t *testing.T, s store, prefix string) []string {
	t.Helper()
	var all []string
	for key, err := range s.Keys(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		all = append(all, key)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lists checks which keys have a prefix.
func lists(t *testing.T, s store, prefix string, want ...string) {
	t.Helper()
	got := keys(t, s, prefix)
	want = slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Fatalf("list %q is %.200q, want %.200q", prefix, got, want)
	}
}

// next returns the next change of a watch, which must come.
func next(t *testing.T, w *kv.Changes[string, string]) kv.Change[string, string] {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	c, err := w.Next(ctx)
	if err != nil {
		t.Fatalf("next change: %v", err)
	}
	return c
}

// told checks the next change of a watch: "key=value", or "key-" for a deletion.
func told(t *testing.T, w *kv.Changes[string, string], want string) kv.Change[string, string] {
	t.Helper()
	c := next(t, w)
	got := fmt.Sprintf("%s=%s", c.Key, c.Value)
	if c.Deleted {
		got = c.Key + "-"
	}
	if got != want {
		t.Fatalf("change is %q, want %q", got, want)
	}
	return c
}

// watch starts a watch that ends with the test.
func watch(t *testing.T, s store, prefix string, options ...kv.WatchOption) *kv.Changes[string, string] {
	t.Helper()
	w, err := s.Watch(t.Context(), prefix, options...)
	if err != nil {
		t.Fatalf("watch %q: %v", prefix, err)
	}
	t.Cleanup(w.Stop)
	return w
}

// undeclared reports whether the case is about an ability that the provider does not declare.
func undeclared(t *testing.T, declared bool, ability string) bool {
	t.Helper()
	return providertest.Undeclared(t, declared, ability)
}
