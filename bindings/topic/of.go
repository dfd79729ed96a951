package topic

import (
	"context"
	"errors"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Of is a topic of messages of type T. [Open] returns it. Copies are the same topic, and many
// goroutines may call all methods at once.
type Of[T any] struct{ *typed[T] }

// typed is what an Of points to.
type typed[T any] struct {
	access   *access.Access[Store]
	watch    *client
	platform *bindings.Platform // nil for a store without one
	link     *bindings.Link     // likewise
	codec    bindings.Codec
	id, key  func(T) string // nil for none
	insists  bool           // publishes again by itself: the environment gives no policies
}

// Open returns the topic that an environment binds to a logical name. It fails if there is none, or
// if its provider does not provide topics.
func Open[T any](ctx context.Context, p *bindings.Platform, name string, options ...Option) (Of[T], error) {
	link, err := p.Lookup(name, bindings.Topic)
	if err != nil {
		return Of[T]{}, err
	}
	t, s, err := newTyped[T](options)
	if err != nil {
		return Of[T]{}, bindings.Failed("open", name, err)
	}
	policies, err := guard.For(link)
	if err != nil {
		return Of[T]{}, err
	}
	t.insists = policies == nil
	retention := link.TTL()
	if retention == 0 {
		retention = Retention
	}
	host, port := link.Server()
	t.platform, t.link, t.watch = p, link, newClient(link.Provider().System, name, host, port)
	t.access, err = access.OpenObserved(ctx, link, nil, s.tenants, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err := link.Conn().(Opener).OpenTopic(ctx, space, retention)
		if err != nil {
			return nil, err
		}
		return s.wrapped(guardedBy(policies, store)), nil
	})
	if err != nil {
		return Of[T]{}, err
	}
	return Of[T]{t}, nil
}

// New returns a topic over a provider's store, without a platform: for tests. Errors and telemetry
// call it by name.
func New[T any](name string, store Store, options ...Option) (Of[T], error) {
	t, s, err := newTyped[T](options)
	if err != nil {
		return Of[T]{}, bindings.Failed("open", name, err)
	}
	t.access, t.watch = access.ToObserved(name, s.wrapped(store), nil), newClient("other", name, "", "")
	return Of[T]{t}, nil
}

func newTyped[T any](options []Option) (*typed[T], *settings, error) {
	s := &settings{codec: bindings.CodecOf[T]()}
	for _, o := range options {
		o(s)
	}
	t := &typed[T]{codec: s.codec, insists: true}
	var errID, errKey error
	t.id, errID = textOf[T](s.id, "IDOf")
	t.key, errKey = textOf[T](s.key, "KeyOf")
	return t, s, errors.Join(errID, errKey)
}

func (s *settings) wrapped(store Store) Store {
	for i := len(s.wrap) - 1; i >= 0; i-- {
		store = s.wrap[i](store)
	}
	return store
}

// Abilities returns what the topic can do: if the binding is scoped to tenants, what the one of the
// context's tenant can do.
func (o Of[T]) Abilities(ctx context.Context) (Abilities, error) {
	c, err := o.begin(ctx, "abilities")
	if err != nil {
		return Abilities{}, err
	}
	defer c.Unwind()
	return c.Store.Abilities(), c.End(nil)
}

// begin begins an operation. Its error is complete. The access records nothing: that is for
// [client] to do.
func (o Of[T]) begin(ctx context.Context, op string) (access.Call[Store], error) {
	if o.typed == nil {
		return (*access.Access[Store])(nil).Begin(ctx, op)
	}
	return o.access.Begin(ctx, op)
}
