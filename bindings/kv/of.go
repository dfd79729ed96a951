package kv

import (
	"context"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Of is a store of entries with keys K and values V. [Open] returns it. Copies are the same store,
// and many goroutines may call all methods at once.
type Of[K, V any] struct{ *typed[K, V] }

// typed is what an Of points to.
type typed[K, V any] struct {
	access *access.Access[Store]
	key    keyForm[K]
	codec  bindings.Codec
	same   func([]byte) V // instead of codec where values are the bytes themselves, which belong to the caller: no copy
	ttl    time.Duration  // of a Set without one; 0 for ever
}

// Entry is a key with its value, and the revision that its last write gave it.
type Entry[K, V any] struct {
	Key      K
	Value    V
	Revision Revision
}

// Open returns the store that an environment binds to a logical name. It fails if there is none, if
// its provider does not provide kv, or if K has no text form.
func Open[K, V any](ctx context.Context, p *bindings.Platform, name string, options ...Option) (Of[K, V], error) {
	link, err := p.Lookup(name, bindings.KV)
	if err != nil {
		return Of[K, V]{}, err
	}
	policies, err := guard.For(link)
	if err != nil {
		return Of[K, V]{}, err
	}
	s := apply[V](options)
	t := &typed[K, V]{codec: s.codec, same: same[V](s.codec), ttl: link.TTL()}
	if t.key, err = formOf[K](); err != nil {
		return Of[K, V]{}, bindings.Failed("open", name, err)
	}
	t.access, err = access.Open(ctx, link, s.tenants, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err := link.Conn().(Opener).OpenKV(ctx, space)
		if err != nil {
			return nil, err
		}
		if t.ttl != 0 && !store.Abilities().TTL {
			return nil, bindings.Errorf(bindings.Unimplemented, "option ttl must not be set: %s has no time to live here", link.Provider().Name)
		}
		return s.wrapped(guardedBy(policies, store)), nil
	})
	if err != nil {
		return Of[K, V]{}, err
	}
	return Of[K, V]{t}, nil
}

// New returns a store over a provider's, without a platform: for tests. Errors and telemetry call
// it by name.
func New[K, V any](name string, store Store, options ...Option) (Of[K, V], error) {
	form, err := formOf[K]()
	if err != nil {
		return Of[K, V]{}, bindings.Failed("open", name, err)
	}
	s := apply[V](options)
	return Of[K, V]{&typed[K, V]{access: access.To(name, s.wrapped(store)), key: form, codec: s.codec, same: same[V](s.codec)}}, nil
}

func apply[V any](options []Option) *settings {
	s := &settings{codec: bindings.CodecOf[V]()}
	for _, o := range options {
		o(s)
	}
	return s
}

// same returns the function from []byte to V that changes nothing, nil if there is none or another
// codec is asked for.
func same[V any](codec bindings.Codec) func([]byte) V {
	if _, raw := codec.(bindings.Raw); !raw {
		return nil
	}
	f, _ := any(func(data []byte) []byte { return data }).(func([]byte) V)
	return f
}

func (s *settings) wrapped(store Store) Store {
	for i := len(s.wrap) - 1; i >= 0; i-- {
		store = s.wrap[i](store)
	}
	return store
}

// Abilities returns what the store can do: if the binding is scoped to tenants, what the one of the
// context's tenant can do.
func (o Of[K, V]) Abilities(ctx context.Context) (Abilities, error) {
	c, err := o.begin(ctx, "abilities")
	if err != nil {
		return Abilities{}, err
	}
	defer c.Unwind()
	return c.Store.Abilities(), c.End(nil)
}

// begin begins an operation. Its error is complete.
func (o Of[K, V]) begin(ctx context.Context, op string) (call, error) {
	if o.typed == nil {
		return (*access.Access[Store])(nil).Begin(ctx, op)
	}
	return o.access.Begin(ctx, op)
}

// call is an operation under way.
type call = access.Call[Store]
