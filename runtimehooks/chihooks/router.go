package chihooks

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// NewRouter is chi.NewRouter, for a router that gives the route of a request to its server span.
func NewRouter() *chi.Mux { return routed(chi.NewRouter()) }

// NewMux is chi.NewMux, likewise.
func NewMux() *chi.Mux { return routed(chi.NewMux()) }

func routed(mx *chi.Mux) *chi.Mux {
	if !process.Off() {
		mx.Use(route)
	}
	return mx
}

// route gives the route on when the request has been served: a mounted router adds to it.
func route(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer found(r)
		next.ServeHTTP(w, r)
	})
}

func found(r *http.Request) {
	if rctx := chi.RouteContext(r.Context()); rctx != nil {
		httphooks.Found(r.Context(), rctx.RoutePattern())
	}
}
