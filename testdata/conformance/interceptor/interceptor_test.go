package interceptor_test

import (
	"context"
	"slices"
	"testing"

	"example.com/conformance/harness"
	"example.com/conformance/interceptor"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestInterceptor(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(context.Context, harness.Work) error
		err  error
		want []string
	}{
		{"advice runs in its order, on the goroutine of the work", interceptor.Component{}.Hedged, nil, []string{"early", "late", "body"}},
		{"each attempt runs all advice", interceptor.Component{}.Retry, harness.ErrBoom, []string{"early", "late", "body", "early", "late", "body"}},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			var order interceptor.Order
			harness.Is(t, c.call(interceptor.WithOrder(t.Context(), &order), harness.Fails(c.err)), c.err)
			expect(t, order, c.want...)
		})
	}
	harness.Run(t, "what the breaker refuses meets no advice", func(t *testing.T) {
		harness.FreshCall(t, interceptor.Component{}.Breaker)
		var order interceptor.Order
		ctx := interceptor.WithOrder(t.Context(), &order)
		harness.Is(t, interceptor.Component{}.Breaker(ctx, harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		harness.Is(t, interceptor.Component{}.Breaker(ctx, harness.Succeeds), runtimehooks.ErrOpen)
		expect(t, order, "early", "late", "body")
	})
}

func expect(t *testing.T, order interceptor.Order, want ...string) {
	t.Helper()
	if !slices.Equal(order.Names, want) {
		t.Errorf("order must be %q, not %q", want, order.Names)
	}
}
