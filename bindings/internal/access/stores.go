package access

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/instrumentgo/instrument/bindings"
)

// stores are the stores of one binding: one, or one for each tenant, opened when the tenant first
// comes. A provider's store holds no connection of its own, so that it is kept until what it was
// made for vanishes from the server.
type stores[S any] struct {
	link      *bindings.Link
	perTenant bool
	open      func(ctx context.Context, space bindings.Space) (S, error)

	single atomic.Pointer[S] // unless perTenant; nil if it is to be opened again

	mu      sync.RWMutex
	tenants map[string]S
}

// openStores returns the stores of a binding. It opens the one of a binding without tenants at
// once, so that mistakes are reported when the program starts.
func openStores[S any](ctx context.Context, link *bindings.Link, perTenant bool,
	open func(context.Context, bindings.Space) (S, error)) (*stores[S], error) {
	s := &stores[S]{link: link, perTenant: perTenant, open: open, tenants: map[string]S{}}
	if perTenant {
		return s, nil
	}
	_, err := s.openSingle(ctx)
	return s, err
}

// openSingle opens the store of a binding without tenants, unless somebody else did meanwhile.
func (s *stores[S]) openSingle(ctx context.Context) (none S, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if store := s.single.Load(); store != nil {
		return *store, nil
	}
	space, err := s.link.Space(ctx, false)
	if err != nil {
		return none, err
	}
	store, err := s.open(ctx, space)
	if err != nil {
		return none, err
	}
	s.single.Store(&store)
	return store, nil
}

// forget lets the store of a context be opened again by the next operation.
func (s *stores[S]) forget(ctx context.Context) {
	if !s.perTenant {
		s.single.Store(nil)
		return
	}
	space, err := s.link.Space(ctx, true)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tenants, space.Tenant)
}

// get returns the store for an operation in the given context.
func (s *stores[S]) get(ctx context.Context) (S, error) {
	if !s.perTenant {
		if store := s.single.Load(); store != nil {
			return *store, nil
		}
		return s.openSingle(ctx)
	}
	var none S
	space, err := s.link.Space(ctx, true)
	if err != nil {
		return none, err
	}
	s.mu.RLock()
	store, ok := s.tenants[space.Tenant]
	s.mu.RUnlock()
	if ok {
		return store, nil
	}
	if store, err = s.open(ctx, space); err != nil {
		return none, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.tenants[space.Tenant]; ok { // opened meanwhile; both are the same data
		return other, nil
	}
	s.tenants[space.Tenant] = store
	return store, nil
}
