package blob

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// Bucket is a store of objects. [Open] returns it. Copies are the same bucket, and many goroutines
// may call all methods at once.
type Bucket struct{ access *access.Access[Store] }

// Open returns the bucket that an environment binds to a logical name. It fails if there is none,
// or if its provider does not provide blob.
func Open(ctx context.Context, p *bindings.Platform, name string, options ...Option) (Bucket, error) {
	link, err := p.Lookup(name, bindings.Blob)
	if err != nil {
		return Bucket{}, err
	}
	policies, err := guard.For(link)
	if err != nil {
		return Bucket{}, err
	}
	s := &settings{}
	for _, o := range options {
		o(s)
	}
	a, err := access.Open(ctx, link, s.tenants, func(ctx context.Context, space bindings.Space) (Store, error) {
		store, err := link.Conn().(Opener).OpenBlob(ctx, space)
		if err != nil {
			return nil, err
		}
		store = guardedBy(policies, store)
		for i := len(s.wrap) - 1; i >= 0; i-- {
			store = s.wrap[i](store)
		}
		return store, nil
	})
	return Bucket{a}, err
}

// Abilities returns what the bucket can do: if the binding is scoped to tenants, what the one of
// the context's tenant can do.
func (b Bucket) Abilities(ctx context.Context) (Abilities, error) {
	c, err := b.access.Begin(ctx, "abilities")
	if err != nil {
		return Abilities{}, err
	}
	defer c.Unwind()
	return c.Store.Abilities(), c.End(nil)
}

// checkKey refuses a key that some provider could not hold.
func checkKey(key string) error {
	if len(key) == 0 || len(key) > MaxKey {
		return bindings.Errorf(bindings.FailedPrecondition, "the key must have 1 to %d bytes, not %d", MaxKey, len(key))
	}
	return nil
}
