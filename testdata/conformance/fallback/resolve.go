package fallback

import (
	"context"
	"fmt"
	"strings"

	"example.com/conformance/fallback/outside"
	"example.com/conformance/harness"
)

var _ = outside.Instead // named by a directive

// Where a fallback may stand, and what its signature may be. Each function fails, and answers by its fallback.

//instrument:fallback func=basicInstead
func Basic(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

func basicInstead(ctx context.Context, value string) (string, error) { return "basic " + value, nil }

// Exported is of another package.
//
//instrument:fallback func=outside.Instead
func Exported(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

// InPackage is in another file.
//
//instrument:fallback func=inOtherFile
func InPackage(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

// Private has an unexported method.
type Private struct{}

//instrument:fallback func=p.instead
func (p Private) Get(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

func (Private) instead(value string) (string, error) { return "private " + value, nil }

// Base is embedded by others, and Other is an interface that they embed.
type (
	Base  struct{}
	Other interface {
		Instead(value string) (string, error)
	}
)

// Instead implements Other.
func (Base) Instead(value string) (string, error) { return "base " + value, nil }

// Embedding finds the method of what it embeds.
type Embedding struct{ Base }

//instrument:fallback func=e.Instead
func (e Embedding) Get(ctx context.Context, value string) (string, error) {
	return "", harness.ErrBoom
}

// Hiding finds its own method, not the one that it hides.
type Hiding struct{ Base }

//instrument:fallback func=h.Instead
func (h Hiding) Get(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

func (Hiding) Instead(value string) (string, error) { return "hiding " + value, nil }

// EmbeddingInterface finds the method of whatever implements the interface.
type EmbeddingInterface struct{ Other }

//instrument:fallback func=e.Instead
func (e EmbeddingInterface) Get(ctx context.Context, value string) (string, error) {
	return "", harness.ErrBoom
}

// Field finds the method of a field with an interface type.
type Field struct{ Next Other }

//instrument:fallback func=f.Next.Instead
func (f *Field) Get(ctx context.Context, value string) (string, error) { return "", harness.ErrBoom }

// OfParameter finds the method of a parameter.
//
//instrument:fallback func=next.Instead
func OfParameter(ctx context.Context, next Other, value string) (string, error) {
	return "", harness.ErrBoom
}

// Wildcard takes any Stringer, and so does its fallback.
//
//instrument:fallback func=stringerInstead
func Wildcard(ctx context.Context, value fmt.Stringer) (string, error) { return "", harness.ErrBoom }

func stringerInstead(value fmt.Stringer) (string, error) { return "stringer " + value.String(), nil }

// Varargs has a variadic parameter.
//
//instrument:fallback func=varargsInstead
func Varargs(ctx context.Context, values ...string) (string, error) { return "", harness.ErrBoom }

func varargsInstead(values ...string) (string, error) {
	return "varargs " + strings.Join(values, " "), nil
}

// Generic is a generic function.
//
//instrument:fallback func=genericInstead
func Generic[T any](ctx context.Context, value T) (T, error) {
	var zero T
	return zero, harness.ErrBoom
}

func genericInstead[T any](value T) (T, error) { return value, nil }

// Slices has a parameter and a result with an element type.
//
//instrument:fallback func=slicesInstead
func Slices[T any](ctx context.Context, values []T) ([]T, error) { return nil, harness.ErrBoom }

func slicesInstead[T any](values []T) ([]T, error) { return values, nil }

// Deep has a type parameter deep in other types.
//
//instrument:fallback func=deepInstead
func Deep[K comparable, V any](ctx context.Context, values map[K][]func(V) V) (int, error) {
	return 0, harness.ErrBoom
}

func deepInstead[K comparable, V any](values map[K][]func(V) V) (int, error) {
	return len(values), nil
}

// Constrained has constraints that the fallback has, too.
//
//instrument:fallback func=constrainedInstead
func Constrained[T ~string, S ~[]T](ctx context.Context, values S) (T, error) {
	return "", harness.ErrBoom
}

func constrainedInstead[T ~string, S ~[]T](values S) (T, error) { return values[0], nil }

// Box is a generic type, whose method is the fallback of another.
type Box[T any] struct{ Value T }

//instrument:fallback func=b.instead
func (b *Box[T]) Get(ctx context.Context) (T, error) {
	var zero T
	return zero, harness.ErrBoom
}

func (b *Box[T]) instead() (T, error) { return b.Value, nil }

// Instead is for those that embed a Box.
func (b *Box[T]) Instead() (T, error) { return b.Value, nil }

// Boxed finds a method of the generic type that it embeds.
type Boxed struct{ Box[string] }

//instrument:fallback func=b.Instead
func (b *Boxed) Open(ctx context.Context) (string, error) { return "", harness.ErrBoom }
