// Command front is what customers talk to. It serves HTTP, by chi, and has the service orders place
// what they buy.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/examples/mesh/byhand/telemetry"
	"github.com/instrumentgo/instrument/examples/mesh/serve"
)

func main() {
	os.Exit(command())
}

func command() (code int) {
	addr := flag.String("addr", "127.0.0.1:8080", "serve on this `address`")
	orders := flag.String("orders", "http://127.0.0.1:8081", "`URL` of the service orders")
	flag.Parse()

	ctx, stop := serve.Signals()
	defer stop()
	end, err := telemetry.Start(ctx)
	if err != nil {
		fmt.Fprintf(os.Stderr, "front: %v\n", err)
		return 1
	}
	defer func() {
		if err := end(); err != nil {
			fmt.Fprintf(os.Stderr, "front: %v\n", err)
		}
	}()
	if err := serve.HTTP(ctx, "front", *addr, otelhttp.NewHandler(newRouter(&front{
		orders: *orders,
		client: &http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport, otelhttp.WithSpanNameFormatter(method))},
	}), "front"), os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "front: %v\n", err)
		return 1
	}
	return 0
}

func newRouter(f *front) http.Handler {
	r := chi.NewRouter()
	r.Use(route)
	r.Post("/buy/{sku}", f.buy)
	return r
}

func method(_ string, r *http.Request) string { return r.Method }

// route gives the span of a request the route, which only chi knows.
func route(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		pattern := chi.RouteContext(r.Context()).RoutePattern()
		span := trace.SpanFromContext(r.Context())
		span.SetName(r.Method + " " + pattern)
		span.SetAttributes(attribute.String("http.route", pattern))
		if labeler, ok := otelhttp.LabelerFromContext(r.Context()); ok {
			labeler.Add(attribute.String("http.route", pattern))
		}
	})
}

type front struct {
	orders string // URL
	client *http.Client
}

// buy answers what the service orders answers.
func (f *front) buy(w http.ResponseWriter, r *http.Request) {
	order, err := json.Marshal(map[string]any{"sku": chi.URLParam(r, "sku"), "quantity": 1})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, f.orders+"/orders", bytes.NewReader(order))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := f.client.Do(req)
	if err != nil {
		http.Error(w, "no orders are taken", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}
