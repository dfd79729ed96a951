package fake

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/blob"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// seed is what is written before the test begins, without faults.
type seed struct {
	space bindings.Space
	write func(ctx context.Context, conn bindings.Conn, space bindings.Space) error
}

func (s *settings) space(name string) bindings.Space {
	return bindings.Space{Namespace: namespace, Binding: name, Tenant: s.tenant}
}

// KV writes entries, with the default codec, in the order of their keys.
func KV[K comparable, V any](name string, entries map[K]V) Option {
	return func(t testing.TB, s *settings) {
		t.Helper()
		var written records
		store, err := kv.New[K, V](name, &written)
		for key, value := range entries {
			if err == nil {
				_, err = store.Set(t.Context(), key, value)
			}
		}
		if err != nil {
			t.Fatalf("fake platform: %v", err)
		}
		slices.SortFunc(written.all, func(a, b kv.Record) int { return cmp.Compare(a.Key, b.Key) })
		s.seeds = append(s.seeds, seed{s.space(name), func(ctx context.Context, conn bindings.Conn, space bindings.Space) error {
			store, err := conn.(kv.Opener).OpenKV(ctx, space)
			for _, r := range written.all {
				if err == nil {
					_, err = store.Set(ctx, r.Key, r.Value, kv.Write{})
				}
			}
			return err
		}})
	}
}

// records is a store that keeps what is set, for its encoding.
type records struct {
	kv.Store
	all []kv.Record
}

// Abilities implements [kv.Store].
func (r *records) Abilities() kv.Abilities { return kv.Abilities{} }

// Set implements [kv.Store].
func (r *records) Set(_ context.Context, key string, value []byte, _ kv.Write) (kv.Revision, error) {
	r.all = append(r.all, kv.Record{Key: key, Value: slices.Clone(value)})
	return 0, nil
}

// Blob writes objects, in the order of their keys.
func Blob[D ~string | ~[]byte](name string, objects map[string]D) Option {
	return func(_ testing.TB, s *settings) {
		objects := maps.Clone(objects)
		s.seeds = append(s.seeds, seed{s.space(name), func(ctx context.Context, conn bindings.Conn, space bindings.Space) error {
			store, err := conn.(blob.Opener).OpenBlob(ctx, space)
			for _, key := range slices.Sorted(maps.Keys(objects)) {
				if err == nil {
					_, err = store.Put(ctx, key, strings.NewReader(string(objects[key])), blob.Put{})
				}
			}
			return err
		}})
	}
}

// seed writes what is there at first, by a connection without faults.
func (s *settings) seed(t testing.TB) {
	t.Helper()
	conn, err := s.memory.Provider().Open(t.Context(), bindings.Target{URL: &url.URL{Scheme: "mem"}})
	if err != nil {
		t.Fatalf("fake platform: %v", err)
	}
	for _, d := range s.seeds {
		if err := d.write(t.Context(), conn, d.space); err != nil {
			t.Fatalf("fake platform: %v", bindings.Failed("seed", d.space.Binding, err))
		}
	}
}
