package topic

import (
	"context"
	"sync"

	"github.com/instrumentgo/instrument/bindings"
)

// access is a topic's way to its stores: one, or one for each tenant, opened when the tenant first comes. It is not that of
// the kinds which read and write data, because theirs records every operation as one on a database.
type access struct {
	name  string
	link  *bindings.Link // nil for a store without a platform
	watch *client

	single    Store // unless perTenant
	perTenant bool
	open      func(context.Context, bindings.Space) (Store, error)
	mu        sync.Mutex
	tenants   map[string]Store
}

func openAccess(ctx context.Context, link *bindings.Link, perTenant bool, open func(context.Context, bindings.Space) (Store, error)) (*access, error) {
	host, port := link.Server()
	a := &access{name: link.Name(), link: link, perTenant: perTenant || link.PerTenant(), open: open, tenants: map[string]Store{},
		watch: newClient(link.Provider().System, link.Name(), host, port)}
	if a.perTenant {
		return a, nil
	}
	space, err := link.Space(ctx, false)
	if err == nil {
		a.single, err = open(ctx, space)
	}
	return a, err
}

// begin counts an operation as under way for the platform's Close until leave, and returns its store.
func (a *access) begin(ctx context.Context) (store Store, leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if a.link == nil {
		return a.single, func() {}, nil
	}
	if err := a.link.Enter(); err != nil {
		return nil, nil, err
	}
	if store, err = a.store(ctx); err != nil {
		a.link.Leave()
		return nil, nil, err
	}
	return store, a.link.Leave, nil
}

// store returns the store of the context's tenant.
func (a *access) store(ctx context.Context) (Store, error) {
	if !a.perTenant {
		return a.single, nil
	}
	space, err := a.link.Space(ctx, true)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	store := a.tenants[space.Tenant]
	a.mu.Unlock()
	if store != nil {
		return store, nil
	}
	if store, err = a.open(ctx, space); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if other := a.tenants[space.Tenant]; other != nil { // opened meanwhile; both are the same data
		return other, nil
	}
	a.tenants[space.Tenant] = store
	return store, nil
}

// failed returns the complete error of an operation. Clients tell in many ways that a context has ended.
func failed(ctx context.Context, op, name string, err error) error {
	if code := bindings.Code(err); (code == bindings.Unavailable || code == bindings.Unknown) && ctx.Err() != nil {
		err = ctx.Err()
	}
	return bindings.Failed(op, name, err)
}
