package document

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Store is the document of one space.
type Store interface {
	// Abilities returns what the store can do. It does not change.
	Abilities() Abilities
	// Get returns the document and its version, or NotFound. Whoever gets the document does not
	// change it.
	Get(ctx context.Context) (data []byte, version string, err error)
}

// Abilities are what a store declares. What is declared must work, and what is not is refused.
type Abilities struct {
	Version bool // another document has another version
	Watch   bool // the store is a Watcher; it has versions then
}

// Watcher is a store that notices changes.
type Watcher interface {
	// Changed returns when the document has another version than the one seen, which is "" for
	// none, or ctx has ended.
	Changed(ctx context.Context, seen string) error
}

// Access is a binding's way to its document. The zero value refuses every operation.
type Access struct{ *access.Access[Store] }

// Open returns the access to a binding, under the policies of its environment. open opens the store
// of a space.
func Open(ctx context.Context, link *bindings.Link, perTenant bool, open func(context.Context, bindings.Space) (Store, error)) (Access,
	error) {
	policies, err := guard.For(link)
	if err != nil {
		return Access{}, err
	}
	a, err := access.Open(ctx, link, perTenant, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err := open(ctx, space)
		if err != nil {
			return nil, err
		}
		return guard.Wrap(policies, store, func(w guard.Wrapped[Store, Abilities]) Store { return &guarded{w} }), nil
	})
	return Access{a}, err
}

// Abilities returns what the provider can do: if the binding is scoped to tenants, for the
// context's tenant.
func (a Access) Abilities(ctx context.Context) (Abilities, error) {
	c, err := a.Begin(ctx, "abilities")
	if err != nil {
		return Abilities{}, err
	}
	defer c.Unwind()
	return c.Store.Abilities(), c.End(nil)
}

// Changed waits for another version than the one seen. Its error is Unimplemented if the provider
// does not notice changes.
func (a Access) Changed(ctx context.Context, seen string) error {
	c, err := a.Begin(ctx, "watch")
	if err != nil {
		return err
	}
	defer c.Unwind()
	watcher, ok := c.Store.(Watcher)
	if !ok || !c.Store.Abilities().Watch {
		return c.End(access.Lacks("watch"))
	}
	waiting, err := c.Ctx, c.End(nil) // waiting is no operation under way, for which Close would wait
	if err != nil {
		return err
	}
	return watcher.Changed(waiting, seen)
}

// guarded is a store with the policies of its binding.
type guarded struct {
	guard.Wrapped[Store, Abilities]
}

// Get implements [Store].
func (s *guarded) Get(ctx context.Context) (data []byte, version string, err error) {
	err = s.Guard.Run(ctx, guard.Repeatable, func(ctx context.Context) (err error) {
		data, version, err = s.Store.Get(ctx)
		return err
	})
	return data, version, err
}

// Changed implements [Watcher]. Waiting is not under policies.
func (s *guarded) Changed(ctx context.Context, seen string) error {
	watcher, ok := s.Store.(Watcher)
	if !ok {
		return access.Lacks("watch")
	}
	return watcher.Changed(ctx, seen)
}
