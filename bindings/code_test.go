package bindings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/kv"
)

// What a caller can ask of an error, whoever made it and however it was wrapped.
func TestCodes(t *testing.T) {
	cause := errors.New("cause")
	for _, c := range []struct {
		name  string
		err   error
		code  bindings.ErrorCode
		retry bool
		text  string
	}{
		{"nil", nil, bindings.OK, false, ""},
		{"plain", cause, bindings.Unknown, false, "cause"},
		{"bare code", bindings.Failed("get", "carts", bindings.NotFound), bindings.NotFound, false, "get carts: not found"},
		{"provider's", bindings.Failed("get", "carts", bindings.Errorf(bindings.Unavailable, "dial: %w", cause)), bindings.Unavailable, true, "get carts: unavailable: dial: cause"},
		{"quota", bindings.Errorf(bindings.ResourceExhausted, "full"), bindings.ResourceExhausted, true, "resource exhausted: full"},
		{"unknown", bindings.Failed("get", "carts", cause), bindings.Unknown, false, "get carts: cause"},
		{"canceled", bindings.Failed("get", "carts", context.Canceled), bindings.Canceled, false, "get carts: context canceled"},
		{"deadline", fmt.Errorf("query: %w", context.DeadlineExceeded), bindings.DeadlineExceeded, false, "query: context deadline exceeded"},
		{"wrapped", fmt.Errorf("load: %w", bindings.Failed("get", "carts", bindings.NotFound)), bindings.NotFound, false, "load: get carts: not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := bindings.Code(c.err); got != c.code {
				t.Errorf("code is %q, want %q", got, c.code)
			}
			if got := bindings.Retryable(c.err); got != c.retry {
				t.Errorf("retryable is %v", got)
			}
			if c.err != nil && c.err.Error() != c.text {
				t.Errorf("text is %q, want %q", c.err, c.text)
			}
			for code := bindings.NotFound; code <= bindings.Unimplemented; code++ {
				ours := c.code != bindings.DeadlineExceeded || c.name != "deadline" // not one of ours
				if got := errors.Is(c.err, code); got != (code == c.code && ours) {
					t.Errorf("errors.Is %q is %v", code, got)
				}
			}
		})
	}
	if err := bindings.Failed("get", "carts", context.Canceled); !errors.Is(err, context.Canceled) {
		t.Error("a canceled operation must match context.Canceled")
	}
	if err := bindings.Failed("get", "carts", bindings.Errorf(bindings.Unavailable, "dial: %w", cause)); !errors.Is(err, cause) {
		t.Error("an error must match its cause")
	}
}

func TestReject(t *testing.T) {
	cause := errors.New("no such order")
	err := fmt.Errorf("on paid: %w", bindings.Reject(cause))
	if !bindings.Rejected(err) || !errors.Is(err, cause) || err.Error() != "on paid: no such order" {
		t.Errorf("rejected is %v for %q, which must match its cause", bindings.Rejected(err), err)
	}
	if bindings.Rejected(cause) || bindings.Reject(nil) != nil {
		t.Error("only an error that was given to Reject is rejected")
	}
}

// Names of spaces are safe for every provider, and never the same for two spaces.
func TestSpaceNames(t *testing.T) {
	parts := []string{"a", "A", "_", "__", "a_", "_a", "a__b", "a b", "é", ".", "-", "0", "_0", "_41", strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("é", 200)}
	seen := map[string]bindings.Space{}
	for _, namespace := range parts {
		for _, binding := range append(parts, "") {
			for _, tenant := range append(parts, "") {
				space := bindings.Space{Namespace: namespace, Binding: binding, Tenant: tenant}
				name := space.Name()
				if other, ok := seen[name]; ok {
					t.Fatalf("%+v and %+v are both %q", space, other, name)
				}
				seen[name] = space
				if len(name) > 150 {
					t.Fatalf("name %q has %d bytes", name, len(name))
				}
				for _, c := range name {
					if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
						t.Fatalf("name %q of %+v has %q", name, space, c)
					}
				}
			}
		}
	}
}

func TestNamespaces(t *testing.T) {
	got, err := bindings.Namespaces([]string{"example.com/shop/orders", "example.com/shop/users/v2", "example.com/shop/orders"}, nil)
	if err != nil || got["example.com/shop/orders"] != "orders" || got["example.com/shop/users/v2"] != "users" {
		t.Errorf("namespaces are %v, %v", got, err)
	}
	_, err = bindings.Namespaces([]string{"example.com/b/orders", "example.com/a/orders"}, map[string]string{"example.com/c": "x"})
	want := "rename example.com/c: there is no such service\n" +
		`namespace "orders" must belong to one service, but example.com/a/orders and example.com/b/orders share it: rename one`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want\n%s", err, want)
	}
	got, err = bindings.Namespaces([]string{"example.com/b/orders", "example.com/a/orders"}, map[string]string{"example.com/b/orders": "old-orders"})
	if err != nil || got["example.com/b/orders"] != "old-orders" {
		t.Errorf("namespaces are %v, %v", got, err)
	}
}

// The namespace of a service comes from where it is written, so that nobody has to write it again.
func TestNamespaceOf(t *testing.T) {
	if got := bindings.NamespaceOf[kv.Store](); got != "kv" {
		t.Errorf("namespace of kv.Store is %q", got)
	}
	if got := bindings.NamespaceOf[kv.Of[string, int]](); got != "kv" {
		t.Errorf("namespace of kv.Of is %q", got)
	}
	if got := bindings.NamespaceOf[struct{}](); got != "" {
		t.Errorf("namespace of a type of no package is %q", got)
	}
}
