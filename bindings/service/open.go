package service

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
)

// API is what both sides know of an interface.
type API struct {
	Name       string           // import path and name: "example.com/shop/payments.Service"
	Errors     map[string]error // variables of the interface's package that errors.Is finds on the other side, by their names
	Idempotent []string         // methods that may be done twice
}

// Opener is what a provider's connection implements to provide service.
type Opener interface {
	bindings.Conn
	// OpenService returns what carries calls to the service that a binding leads to, nil if that is
	// of this process.
	OpenService(ctx context.Context, p *bindings.Platform, link *bindings.Link) (Caller, error)
}

// Caller carries calls to a process that serves them. All methods may be called by many goroutines
// at once.
type Caller interface {
	// Call sends a call and returns the JSON of its results. Its error is a [*Failure] where the
	// method itself has failed, and another one with a code where the call did not get there.
	Call(ctx context.Context, r Request) ([]byte, error)
}

// Request is a call of a method.
type Request struct {
	Service    string // API.Name
	Method     string
	Arguments  []byte // a JSON object
	Tenant     string // "" for none
	Idempotent bool   // it may be done twice

	// Sent, unless nil, gets the address of the server that the call is sent to.
	Sent func(host, port string)
}

// Open returns the service of type S that an environment binds to a logical name: what remote makes
// of a client, or local of a reference to what the process provides. Generated code calls it.
func Open[S any](ctx context.Context, p *bindings.Platform, name string, api API, remote func(*Client) S, local func(*Ref[S]) S) (S,
	error) {
	var none S
	link, err := p.Lookup(name, bindings.Service)
	if err != nil {
		return none, err
	}
	opener, ok := link.Conn().(Opener)
	if !ok {
		return none, bindings.Failed("open", name, bindings.Errorf(bindings.Unimplemented, "%s does not have OpenService", link.Provider().Name))
	}
	caller, err := opener.OpenService(ctx, p, link)
	if err != nil {
		return none, bindings.Failed("open", name, err)
	}
	if caller != nil {
		g, err := guard.For(link)
		if err != nil {
			return none, err
		}
		return remote(newClient(name, link, api, caller, g)), nil
	}
	if len(link.Policy()) > 0 {
		return none, bindings.Failed("open", name, bindings.Errorf(bindings.Unimplemented,
			"policy is not for a service of this process: put policies on the functions that implement it"))
	}
	return local(newRef[S](p, link)), nil
}
