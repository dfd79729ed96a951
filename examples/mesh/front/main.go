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

	"github.com/instrumentgo/instrument/examples/mesh/serve"
)

//instrument:otel
func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "serve on this `address`")
	orders := flag.String("orders", "http://127.0.0.1:8081", "`URL` of the service orders")
	flag.Parse()

	ctx, stop := serve.Signals()
	defer stop()
	if err := serve.HTTP(ctx, "front", *addr, newRouter(&front{orders: *orders}), os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "front: %v\n", err)
		os.Exit(1)
	}
}

func newRouter(f *front) http.Handler {
	r := chi.NewRouter()
	r.Post("/buy/{sku}", f.buy)
	return r
}

type front struct {
	orders string // URL
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
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, "no orders are taken", http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}
