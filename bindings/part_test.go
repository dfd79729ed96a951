package bindings_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
)

// What a package keeps on a platform is there once, and for no other platform.
func TestPart(t *testing.T) {
	type part struct{ n int }
	type another struct{ n int }
	var platforms []*bindings.Platform
	for range 2 {
		p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		platforms = append(platforms, p)
	}
	of := func(i int) *part { return bindings.Part(platforms[i], func() *part { return &part{} }) }
	of(0).n++
	of(0).n++
	if of(0).n != 2 || of(1).n != 0 || bindings.Part(platforms[0], func() *another { return &another{7} }).n != 7 {
		t.Errorf("parts are %v and %v", of(0), of(1))
	}
}

// A binding that uses another one is wrong where the environment says so, before anything is
// opened.
func TestBindingsThatUseOthers(t *testing.T) {
	f := &fake{}
	user := &bindings.Provider{Name: "user", Schemes: []string{"user"}, Kinds: []bindings.Kind{bindings.Service},
		Needs: func(u *url.URL) []bindings.Need { return []bindings.Need{{Name: u.Host, Kind: bindings.KV}} },
		Open:  func(context.Context, bindings.Target) (bindings.Conn, error) { return &fakeConn{fake: f}, nil }}
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
		{Name: "a", URL: "user://carts", Position: "dev.yaml:1:1"},
		{Name: "b", URL: "user://cart", Position: "dev.yaml:2:1"},
		{Name: "c", URL: "user://a", Position: "dev.yaml:3:1"},
		{Name: "carts", URL: "fake://up:1"},
	}}
	err := bindings.Check(env, user, f.provider())
	want := "dev.yaml:2:1: open b: it uses cart: the environment has no such binding (did you mean \"carts\"?)\n" +
		"dev.yaml:3:1: open c: it uses a: user does not provide kv, only service"
	if err == nil || err.Error() != want {
		t.Errorf("check: %v\nwant:  %v", err, want)
	}
}

// What may come later does not keep the program from starting, and its health is reported.
func TestLate(t *testing.T) {
	f := &fake{down: "down:1"}
	p := f.provider()
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "a", URL: "fake://down:1"}}}
	if _, err := bindings.Open(t.Context(), env, p); bindings.Code(err) != bindings.Unavailable {
		t.Errorf("open: %v", err)
	}
	p.Late = true
	platform, err := bindings.Open(t.Context(), env, p)
	if err != nil {
		t.Fatal(err)
	}
	if h := platform.Health(t.Context()); len(h) != 1 || bindings.Code(h[0].Err) != bindings.Unavailable {
		t.Errorf("health is %v", h)
	}
	if err := platform.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
