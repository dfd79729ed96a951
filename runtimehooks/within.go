package runtimehooks

import "context"

// Holder holds a context for functions that get none, such as the methods that serve a gRPC stream:
// they ask the stream for it. What makes streams puts one into their context, by [WithHolder]. Then
// a woven function's body sees the context that its call derives.
type Holder interface {
	// Hold sets the context. It may be called while others ask for it.
	Hold(ctx context.Context)
}

type holderKey struct{}

// WithHolder returns a context that is held by holder.
func WithHolder(ctx context.Context, holder Holder) context.Context {
	return context.WithValue(ctx, holderKey{}, holder)
}

// held is a context to give back to its holder when the call ends; without a holder there is none.
type held struct {
	holder Holder
	ctx    context.Context
}

func (h *held) giveBack() {
	if h.holder != nil {
		h.holder.Hold(h.ctx)
	}
}

// Within is Enter for a function whose parameter holds the context. Without a [Holder] the body
// keeps that of its caller, which is the parent of the call's span.
func (c *Call) Within(of interface{ Context() context.Context }) {
	ctx := contextOf(of)
	entered := c.Enter(ctx)
	if c.state == nil {
		return
	}
	if holder, ok := ctx.Value(holderKey{}).(Holder); ok {
		c.extra().held = held{holder, ctx}
		holder.Hold(entered)
	}
}

// contextOf returns the context that a parameter holds. One that has none, as what stands in for a
// stream in a test, costs the call its parent and nothing else.
func contextOf(of interface{ Context() context.Context }) (ctx context.Context) {
	defer func() {
		if ctx == nil {
			recover()
			ctx = context.Background()
		}
	}()
	if of == nil {
		return nil
	}
	return of.Context()
}
