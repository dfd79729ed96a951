package access

import (
	"context"
	"errors"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
	"github.com/instrumentgo/instrument/bindings/internal/vanished"
	"github.com/instrumentgo/instrument/internal/observe"
)

// Access is a binding's way to its stores.
type Access[S any] struct {
	name   string
	link   *bindings.Link // nil for a store without a platform
	stores *stores[S]     // nil for a store without a platform
	store  S
	renews bool            // a store whose data vanished from the server is opened again
	watch  *observe.Client // nil for a kind that records its operations by other conventions
}

// Open returns the access to a binding of an environment, whose operations are recorded as those on
// a database. open opens the store of a space.
func Open[S any](ctx context.Context, link *bindings.Link, perTenant bool,
	open func(context.Context, bindings.Space) (S, error)) (*Access[S], error) {
	host, port := link.Server()
	a, err := OpenObserved(ctx, link, observe.New(observe.Target{
		System: link.Provider().System, Namespace: link.Namespace(), Collection: link.Name(), Host: host, Port: port}), perTenant, open)
	if err == nil {
		a.renews = true
	}
	return a, err
}

// OpenObserved is [Open] for a kind that says what records its operations: nil if that is not for
// the access to do.
func OpenObserved[S any](ctx context.Context, link *bindings.Link, watch *observe.Client, perTenant bool,
	open func(context.Context, bindings.Space) (S, error)) (*Access[S], error) {
	a := &Access[S]{name: link.Name(), link: link, watch: watch}
	var err error
	if a.stores, err = openStores(ctx, link, perTenant || link.PerTenant(), open); err != nil {
		return nil, bindings.Failed("open", a.name, err)
	}
	return a, nil
}

// To returns the access to a store without a platform.
func To[S any](name string, store S) *Access[S] {
	return ToObserved(name, store, observe.New(observe.Target{System: "other", Collection: name}))
}

// ToObserved is [To] for a kind that says what records its operations: nil if that is not for the
// access to do.
func ToObserved[S any](name string, store S, watch *observe.Client) *Access[S] {
	return &Access[S]{name: name, store: store, watch: watch}
}

// Name returns the logical name of the binding.
func (a *Access[S]) Name() string { return a.name }

// Closing returns a context that ends when the platform is about to close the stores.
func (a *Access[S]) Closing() context.Context {
	if a == nil || a.link == nil {
		return context.Background()
	}
	return a.link.Closing()
}

// Call is an operation under way.
type Call[S any] struct {
	Ctx    context.Context
	Store  S
	access *Access[S]
	op     string
	watch  observe.Call
	ended  bool
}

// Begin begins an operation, which must end with End. Its error is complete, and ends it as well. A
// nil access is that of a variable that nobody has set.
func (a *Access[S]) Begin(ctx context.Context, op string) (Call[S], error) {
	if a == nil {
		return Call[S]{}, bindings.Failed(op, "", errNotOpen)
	}
	c := Call[S]{Store: a.store, access: a, op: op}
	if a.link != nil {
		if err := a.link.Enter(); err != nil {
			return c, bindings.Failed(op, a.name, err)
		}
	}
	if c.Ctx = ctx; a.watch != nil {
		c.Ctx, c.watch = a.watch.Begin(ctx, op)
	}
	err := ctx.Err()
	if err == nil && a.stores != nil {
		err = c.find(a.stores)
	}
	if err != nil {
		return c, c.End(err)
	}
	return c, nil
}

var errNotOpen = bindings.Errorf(bindings.FailedPrecondition, "the binding must come from the Open of its package")

// find finds the store of the operation, which the provider may have to open for its tenant.
func (c *Call[S]) find(stores *stores[S]) (err error) {
	found := false
	defer func() {
		if !found {
			c.Unwind()
		}
	}()
	c.Store, err = stores.get(c.Ctx)
	found = true
	return err
}

// Unwind ends an operation that has not ended, because its provider panics: the panic goes on, and
// the platform's Close must not wait for what is no longer under way. Whoever begins an operation
// defers it.
func (c *Call[S]) Unwind() {
	if !c.ended {
		_ = c.End(errPanicked) // the panic says more
	}
}

var errPanicked = bindings.Errorf(bindings.Unknown, "the provider panicked")

// Pass returns the operation for somebody else to end, later.
func (c *Call[S]) Pass() Call[S] {
	passed := *c
	c.ended = true
	return passed
}

// End ends the operation and returns its complete error.
func (c *Call[S]) End(err error) error {
	c.ended = true
	if err != nil {
		if c.access.renews && errors.Is(err, vanished.Err) {
			c.access.stores.forget(c.Ctx)
		}
		err = bindings.Failed(c.op, c.access.name, guard.Ended(c.Ctx, err))
	}
	c.watch.End(err)
	if c.access.link != nil {
		c.access.link.Leave()
	}
	return err
}

// Lacks returns the error of an operation that the store does not declare.
func Lacks(what string) error {
	return bindings.Errorf(bindings.Unimplemented, "the provider does not declare %s", what)
}
