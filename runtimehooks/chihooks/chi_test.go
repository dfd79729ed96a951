package chihooks

import (
	"net/http"
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// The server span has the route of a mounted router, also where that is not known before the
// request has been served, and where a handler panics.
func TestRoutes(t *testing.T) {
	inner := NewMux()
	inner.Get("/users/{name}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	inner.Get("/boom", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	r := NewRouter()
	r.Mount("/admin", inner)
	h := httphooks.Handler(r)
	got := recorded.Spans(t, func() {
		recorded.Get(h, "/admin/users/ann")
		recorded.Get(h, "/none")
		func() {
			defer func() { recover() }()
			recorded.Get(h, "/admin/boom")
		}()
	})
	if !slices.Equal(got, []string{"server GET /admin/users/{name} 418", "server GET 404", "server GET /admin/boom"}) {
		t.Errorf("spans: %q", got)
	}
}

// Switched off, the pack leaves routers as they are.
func TestOff(t *testing.T) {
	t.Cleanup(process.SetOff(true))
	if list := NewRouter().Middlewares(); len(list) > 0 {
		t.Errorf("a router has %d middlewares, want none", len(list))
	}
}
