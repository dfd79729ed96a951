package gates_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"example.com/conformance/gates"
	"example.com/conformance/harness"
	"github.com/instrumentgo/instrument/runtimehooks"
)

func TestKeys(t *testing.T) {
	one, two := 1, 2
	cached := map[string]func(ctx context.Context) (got, want string, err error){}
	for _, name := range []string{"alice", "mallory"} {
		cached["a GoString that hides, of "+name] = func(ctx context.Context) (string, string, error) {
			got, err := gates.OfAPIKey(ctx, gates.APIKey(name))
			return got, name, err
		}
		cached["a MarshalText that hides, of "+name] = func(ctx context.Context) (string, string, error) {
			got, err := gates.OfToken(ctx, gates.Token{Value: name})
			return got, name, err
		}
		for _, seat := range []*int{&one, &two} {
			cached[fmt.Sprint("a struct with a pointer, of ", name, " ", *seat)] = func(ctx context.Context) (string, string, error) {
				got, err := gates.OfLogin(ctx, gates.Login{Tenant: "t", Key: gates.APIKey(name), Seat: seat})
				return got, fmt.Sprint(name, *seat), err
			}
		}
	}
	for _, v := range []any{1, int64(1), "1", uint8(1), 1.0, true, nil, gates.APIKey("1"), [1]any{1}, [1]any{"1"}} {
		cached[fmt.Sprintf("an interface that holds %T %v", v, v)] = func(ctx context.Context) (string, string, error) {
			got, err := gates.OfAny(ctx, v)
			return got, fmt.Sprintf("%T %v", v, v), err
		}
	}
	for _, p := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"", ""}, {"1:a", ""}, {"", "1:a"}} {
		cached[fmt.Sprintf("two parts %q", p)] = func(ctx context.Context) (string, string, error) {
			got, err := gates.OfTwo(ctx, p[0], p[1])
			return got, p[0] + "|" + p[1], err
		}
	}
	harness.Run(t, "no caller gets the cached result of another key", func(t *testing.T) {
		for range 2 { // what the first round has cached, the second one gets
			for name, call := range cached {
				got, want, err := call(t.Context())
				harness.OK(t, err)
				harness.Equal(t, "result with "+name, got, want)
			}
		}
	})
	harness.Run(t, "no caller uses up the limit of another key", func(t *testing.T) {
		harness.Later()
		for _, key := range []gates.APIKey{"alice", "mallory"} {
			harness.OK(t, gates.LimitAPIKey(t.Context(), key))
			harness.Is(t, gates.LimitAPIKey(t.Context(), key), runtimehooks.ErrLimited)
		}
	})
	harness.Run(t, "no caller opens the breaker of another key", func(t *testing.T) {
		keys := []any{1, int64(1), "1", uint8(1), 1.0, gates.APIKey("1"), gates.Token{Value: "1"}, gates.Token{Value: "2"}}
		for _, key := range keys {
			harness.FreshCall(t, func(ctx context.Context, work harness.Work) error { return gates.BreakAny(ctx, key, work) })
		}
		for _, key := range keys {
			harness.Is(t, gates.BreakAny(t.Context(), key, harness.Fails(harness.ErrBoom)), harness.ErrBoom)
		}
		for _, key := range keys {
			harness.Is(t, gates.BreakAny(t.Context(), key, harness.Succeeds), runtimehooks.ErrOpen)
		}
	})
	harness.Run(t, "what cannot be looked up has the limit of calls without a key, and no cache", func(t *testing.T) {
		harness.Later()
		nothing := []any{[]int{1}, map[string]int{}, [1]any{[]int{}}, math.NaN()}
		for i, key := range nothing {
			err := gates.LimitAny(t.Context(), key)
			if i < 2 {
				harness.OK(t, err)
			} else {
				harness.Is(t, err, runtimehooks.ErrLimited)
			}
			for range 2 {
				got, err := gates.OfAny(t.Context(), key)
				harness.OK(t, err)
				harness.Equal(t, "result", got, fmt.Sprintf("%T %v", key, key))
			}
		}
	})
}
