package fallback_test

import (
	"context"
	"testing"

	"example.com/conformance/fallback"
	"example.com/conformance/harness"
)

// text is a string that is a fmt.Stringer.
type text string

func (t text) String() string { return string(t) }

func TestFallbackMethod(t *testing.T) {
	for _, c := range []struct {
		name string
		call func(context.Context, string) (string, error)
		want string
	}{
		{"basic: a function of the package", fallback.Basic, "basic x"},
		{"in package: a function of another file", fallback.InPackage, "other file x"},
		{"an exported function of another package", fallback.Exported, "outside x"},
		{"private: an unexported method", fallback.Private{}.Get, "private x"},
		{"superclass: a method of what the receiver embeds", fallback.Embedding{}.Get, "base x"},
		{"subclass override: a method that hides another", fallback.Hiding{}.Get, "hiding x"},
		{"interface: a method of an embedded interface", fallback.EmbeddingInterface{Other: fallback.Base{}}.Get, "base x"},
		{"default method: whatever implements the interface", fallback.EmbeddingInterface{Other: fallback.Hiding{}}.Get, "hiding x"},
		{"abstract: a method of a field", (&fallback.Field{Next: fallback.Base{}}).Get, "base x"},
		{"within interface: a method of a parameter", func(ctx context.Context, value string) (string, error) {
			return fallback.OfParameter(ctx, fallback.Base{}, value)
		}, "base x"},
		{"wildcard: an interface is taken as an interface", func(ctx context.Context, value string) (string, error) {
			return fallback.Wildcard(ctx, text(value))
		}, "stringer x"},
		{"varargs: a variadic function", func(ctx context.Context, value string) (string, error) {
			return fallback.Varargs(ctx, value, value)
		}, "varargs x x"},
		{"generic: a generic function", fallback.Generic[string], "x"},
		{"generic array: a slice of a type parameter", func(ctx context.Context, value string) (string, error) {
			got, err := fallback.Slices(ctx, []string{value, value})
			if len(got) != 2 {
				t.Errorf("result must have 2 elements: %q", got)
			}
			return got[0], err
		}, "x"},
		{"generic complex: a type parameter deep in others", func(ctx context.Context, value string) (string, error) {
			n, err := fallback.Deep(ctx, map[string][]func(int) int{value: nil})
			if n != 1 {
				t.Errorf("result must be 1, not %d", n)
			}
			return value, err
		}, "x"},
		{"generic wildcard: constraints", func(ctx context.Context, value string) (string, error) {
			got, err := fallback.Constrained(ctx, []text{text(value)})
			return string(got), err
		}, "x"},
		{"generic abstract: a method of a generic type", func(ctx context.Context, value string) (string, error) {
			return (&fallback.Box[string]{Value: value}).Get(ctx)
		}, "x"},
		{"generic deep: a method of an embedded generic type", func(ctx context.Context, value string) (string, error) {
			return (&fallback.Boxed{Box: fallback.Box[string]{Value: value}}).Open(ctx)
		}, "x"},
	} {
		harness.Run(t, c.name, func(t *testing.T) {
			got, err := c.call(t.Context(), "x")
			harness.OK(t, err)
			harness.Equal(t, "result", got, c.want)
		})
	}
}
