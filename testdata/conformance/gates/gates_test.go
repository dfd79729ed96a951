package gates_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/conformance/gates"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

type service = func(context.Context, harness.Work) error

// limited makes calls, of which the first ones succeed and the others are limited.
func limited(t *testing.T, call service, calls, pass int) {
	t.Helper()
	for i := range calls {
		if err := call(t.Context(), harness.Succeeds); i < pass {
			harness.OK(t, err)
		} else {
			harness.Is(t, err, runtimehooks.ErrLimited)
		}
	}
}

func TestLimit(t *testing.T) {
	harness.Run(t, "so many calls in a time", func(t *testing.T) {
		harness.Later()
		limited(t, gates.Limit, 4, 2)
		time.Sleep(time.Second)
		limited(t, gates.Limit, 4, 2)
	})
	harness.Run(t, "a burst after a pause", func(t *testing.T) {
		harness.Later()
		limited(t, gates.Burst, 6, 4)
		time.Sleep(time.Second)
		limited(t, gates.Burst, 4, 2)
	})
	harness.Run(t, "a refusal says when to come again", func(t *testing.T) {
		harness.Later()
		limited(t, gates.Limit, 2, 2)
		err, ok := errors.AsType[*runtimehooks.LimitedError](gates.Limit(t.Context(), harness.Succeeds))
		if !ok || err.RetryAfter() != 500*time.Millisecond {
			t.Fatalf("error must ask for 500 ms: %v", err)
		}
		time.Sleep(err.RetryAfter())
		limited(t, gates.Limit, 1, 1)
	})
	harness.Run(t, "a call may wait for its turn", func(t *testing.T) {
		harness.Later()
		took := harness.Elapsed(func() { limited(t, gates.Wait, 4, 4) })
		harness.Equal(t, "time", took, time.Second)
	})
	harness.Run(t, "a key has a limit of its own", func(t *testing.T) {
		harness.Later()
		for _, tenant := range []string{"one", "other"} {
			limited(t, func(ctx context.Context, work harness.Work) error { return gates.Keyed(ctx, tenant, work) }, 2, 1)
		}
	})
	harness.Run(t, "functions of one name share a limit", func(t *testing.T) {
		harness.Later()
		limited(t, gates.Shared, 1, 1)
		limited(t, gates.SharedToo, 1, 0)
	})
}

func TestGates(t *testing.T) {
	for _, c := range []struct {
		name, user string
		n          int
		want       []error
		calls      int
	}{
		{"nobody is refused first", "mallory", -1, []error{runtimehooks.ErrDenied, gates.ErrForbidden}, 0},
		{"a bad argument is refused", "root", -1, []error{runtimehooks.ErrInvalid, gates.ErrNegative}, 0},
		{"what passes is retried behind the gates", "root", 1, []error{harness.ErrBoom}, 3},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			calls := 0
			harness.Is(t, gates.Gated(t.Context(), c.user, c.n, harness.Returns(&calls, harness.ErrBoom)), c.want...)
			harness.Equal(t, "calls", calls, c.calls)
		})
	}
}
