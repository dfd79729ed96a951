package secrettest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/provider/providertest"
	"github.com/instrumentgo/instrument/bindings/secret"
)

// referredCases are about secrets that other bindings refer to, and about those without a text.
var referredCases = []testCase{
	{"an empty secret is an error", func(t *testing.T, f *fixture, s secret.Source) {
		f.empty(t)
		_, err := s.Get(f.Ctx)
		providertest.Code(t, "get", err, bindings.FailedPrecondition)
	}},
	{"an empty secret opens nothing that refers to it", func(t *testing.T, f *fixture, _ secret.Source) {
		f.empty(t)
		_, _, err := f.lead(t)
		if err == nil || !strings.Contains(err.Error(), "the secret must not be empty") {
			t.Errorf("open is %v, want that the secret is empty", err)
		}
	}},
	{"who refers to a secret that is replaced gets the new one", func(t *testing.T, f *fixture, _ secret.Source) {
		f.write(t, key, "", "one")
		target, p, err := f.lead(t)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(f.Ctx)
		if !target.Rotates() || !target.Secret("token") || target.Secret("aisle") {
			t.Errorf("the target must say which of its options is a secret")
		}
		for _, text := range []string{"one", "two", "p@ss:w/rd"} {
			f.write(t, key, "", text)
			now := target.Fresh(f.Ctx)
			password, _ := now.URL.User.Password()
			if now.URL.User.Username() != "orders" || password != text || now.Options["token"] != text || now.Options["aisle"] != "3" {
				t.Errorf("the target has password %q and token %q, want %q", password, now.Options["token"], text)
			}
		}
	}},
	{"a secret that cannot be read again stays as it was", func(t *testing.T, f *fixture, _ secret.Source) {
		f.write(t, key, "", "one")
		target, p, err := f.lead(t)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(f.Ctx)
		f.write(t, key, "", "")
		if got := target.Fresh(f.Ctx).Options["token"]; got != "one" {
			t.Errorf("after it was removed the token is %q", got)
		}
		f.empty(t)
		if got := target.Fresh(f.Ctx).Options["token"]; got != "one" {
			t.Errorf("after it was emptied the token is %q", got)
		}
		f.write(t, key, "", "two")
		if got := target.Fresh(f.Ctx).Options["token"]; got != "two" {
			t.Errorf("after it was written again the token is %q", got)
		}
	}},
	{"what is opened with a secret does not print it", func(t *testing.T, f *fixture, _ secret.Source) {
		f.write(t, key, "", "hunter2")
		target, p, err := f.lead(t)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(f.Ctx)
		if text := fmt.Sprintf("%v %+v %#v %s %q", target, &target, target, target, []any{target}); strings.Contains(text, "hunter2") {
			t.Errorf("the target prints as %s", text)
		}
	}},
}

// empty sets an empty secret.
func (f *fixture) empty(t *testing.T) {
	t.Helper()
	f.H.Empty(t, f.URL, bindings.Space{Namespace: f.Namespace, Binding: key})
}

// lead opens a platform with a binding whose password and token are the secret, and returns what its
// provider was opened with.
func (f *fixture) lead(t *testing.T) (target bindings.Target, p *bindings.Platform, err error) {
	t.Helper()
	shelf := &bindings.Provider{Name: "shelf", Schemes: []string{"shelf"}, Kinds: []bindings.Kind{bindings.KV},
		Options: []bindings.Option{{Name: "aisle", Type: bindings.TypeInt}, {Name: "token"}},
		Open: func(_ context.Context, given bindings.Target) (bindings.Conn, error) {
			target = given
			return nothing{}, nil
		}}
	p, err = bindings.Open(f.Ctx, bindings.Environment{Name: "test", Namespace: f.Namespace, Bindings: []bindings.Binding{
		{Name: key, URL: f.URL},
		{Name: "books", URL: "shelf://warehouse?aisle=3", Options: map[string]bindings.Value{
			"user": {Text: "orders"}, "password": {Secret: key}, "token": {Secret: key}}},
	}}, f.H.Provider, shelf)
	return target, p, err
}

// nothing is a connection to nowhere.
type nothing struct{}

// Ping implements [bindings.Conn].
func (nothing) Ping(context.Context) error { return nil }

// Close implements [bindings.Conn].
func (nothing) Close(context.Context) error { return nil }
