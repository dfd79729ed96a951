package runtimehooks

import "context"

// Values returns a context that has the values of another one, such as its span, and neither ends
// nor has a deadline, as context.WithoutCancel does. It is what calls get that passed none, and so
// never ended with a request. For nil it is context.Background().
func Values(ctx context.Context) context.Context {
	switch {
	case ctx == nil:
		return context.Background()
	case ctx.Done() == nil:
		return ctx
	}
	return context.WithoutCancel(ctx)
}
