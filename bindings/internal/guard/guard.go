package guard

import (
	"context"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// Stack is the stack of all guards: "stacks: {bindings: …}" of a live policy file is about all of
// them.
const Stack = runtimehooks.BindingStack

// SiteName returns the name of a binding's site: "bindings.carts".
func SiteName(binding string) string { return Stack + "." + binding }

// Class says what a second attempt of an operation may do.
type Class uint8

// The classes.
const (
	Once        Class = iota // it must not be done twice
	Repeatable               // done twice it is as done once
	Conditional              // it is done only if something holds, which does not hold any more once it is done
)

// Guard is the policies around the operations of one binding. A nil guard has none.
type Guard struct{ site *runtimehooks.Site }

// made is what For has made.
type made struct {
	guard *Guard
	err   error
}

// For returns the guard of a binding: nil if the environment gives it no policies. All that open
// the binding have the same.
func For(link *bindings.Link) (*Guard, error) {
	if len(link.Policy()) == 0 {
		return nil, nil
	}
	m := bindings.LinkPart(link, func() *made {
		g, err := New(link.Name(), link.Policy())
		if err == nil {
			runtimehooks.Register(g.site)
			link.OnClose(bindings.StageStores, "policies of "+link.Name(), func(context.Context) error {
				runtimehooks.Unregister(g.site)
				return nil
			})
		}
		return &made{g, err}
	})
	return m.guard, bindings.Failed("open", link.Name(), m.err)
}

// New returns a guard with policies that bindings.Open has found right.
func New(binding string, policies []bindings.PolicyAspect) (*Guard, error) {
	site := &runtimehooks.Site{
		Function: SiteName(binding), Name: binding, Stacks: []string{Stack},
		Aspects: runtimehooks.Aspects{Metrics: &runtimehooks.Metrics{}},
	}
	options := runtimehooks.AspectOverrides{}
	for _, p := range policies {
		switch p.Name {
		case option.Breaker:
			site.Breaker = &runtimehooks.Breaker{On: failures()}
		case option.Bulkhead:
			site.Bulkhead = &runtimehooks.Bulkhead{}
		case option.Limit:
			site.Limit = &runtimehooks.Limit{}
		case option.Retry:
			site.Retry = &runtimehooks.Retry{If: retryable}
		case option.Timeout:
			site.Timeout = &runtimehooks.Timeout{}
		}
		options[p.Name] = p.Effective()
	}
	if err := site.SetOptions(options); err != nil {
		return nil, err
	}
	return &Guard{site}, nil
}

// Run does an operation under the policies. do is called for each attempt, with a context of its
// own, on the caller's goroutine; a nil guard calls it once. The error is ready for the portable
// type to complete: that of a policy has a code.
func (g *Guard) Run(ctx context.Context, class Class, do func(context.Context) error) error {
	if g == nil {
		return do(ctx)
	}
	return g.run(ctx, class, do)
}

func (g *Guard) run(ctx context.Context, class Class, do func(context.Context) error) (err error) {
	call, left := g.site.Call(), true
	protocol := call.Protocol()
	protocol.Aspects()
	protocol.Begin(ctx) // on the operation's span, which the operation ends
	defer func() {
		if left {
			err = errLeft // nobody sees it but the site: the panic goes on
		}
		protocol.End(err, left)
	}()
	if call.Limit(&err, call.Key()) {
		call.Start(ctx)
		err = attempts(&call, class, do)
	}
	left = false
	return coded(err)
}

// attempts calls do until it succeeds or is not to be tried again.
func attempts(call *runtimehooks.Call, class Class, do func(context.Context) error) (err error) {
	if class == Once {
		call.Once()
	}
	var last, doubt error // of the attempt before; of the first attempt that may have been done and was not the last
	begun := false
	for call.Next(&err) {
		if begun && doubt == nil {
			if doubt = last; doubt == nil {
				doubt = err // it came too late
			}
		}
		begun = true
		last = Ended(call.Context(), do(call.Context()))
		err = last
	}
	if class == Conditional && doubt != nil {
		return doubtful(doubt, err)
	}
	return err
}

// Do is [Guard.Run] for an operation with a result.
func Do[T any](ctx context.Context, g *Guard, class Class, do func(context.Context) (T, error)) (result T, err error) {
	if g == nil {
		return do(ctx)
	}
	err = g.run(ctx, class, func(ctx context.Context) (err error) {
		result, err = do(ctx)
		return err
	})
	return result, err
}

// Take is [Do] for a result that must be given back by drop, and is if it came too late.
func Take[T any](ctx context.Context, g *Guard, class Class, do func(context.Context) (T, error), drop func(T)) (T, error) {
	if g == nil {
		return do(ctx)
	}
	var result, none T
	taken := false
	err := g.run(ctx, class, func(ctx context.Context) (err error) {
		if taken {
			drop(result)
		}
		result, err = do(ctx)
		taken = err == nil
		return err
	})
	if err == nil {
		return result, nil
	}
	if taken {
		drop(result)
	}
	return none, err
}
