package access_test

import (
	"context"
	"errors"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/access"
)

// Clients tell of a context's end as if a server did not answer. Who looks at the code must not try
// again because of that.
func TestEndOfContextIsTold(t *testing.T) {
	cut := errors.New("use of closed connection")
	for _, given := range []error{cut, bindings.Unavailable, bindings.Errorf(bindings.Unavailable, "read: %w", cut)} {
		ctx, cancel := context.WithCancel(t.Context())
		call, err := access.To("carts", 0).Begin(ctx, "get")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		err = call.End(given)
		if bindings.Code(err) != bindings.Canceled || !errors.Is(err, context.Canceled) || !errors.Is(err, given) || bindings.Retryable(err) {
			t.Errorf("%v is %v, code %v", given, err, bindings.Code(err))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	call, err := access.To("carts", 0).Begin(ctx, "get")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := call.End(bindings.NotFound); bindings.Code(err) != bindings.NotFound {
		t.Errorf("an answer that came all the same is %v", err)
	}
}
