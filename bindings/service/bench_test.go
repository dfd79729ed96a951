package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
	"github.com/instrumentgo/instrument/bindings/service/internal/payments"
)

// What a call costs: of this process, of another over loopback, and the same written by hand with
// net/http and encoding/json.

func BenchmarkLocal(b *testing.B) {
	env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "pay", URL: "local:"}}}
	p, err := bindings.Open(b.Context(), env, service.Provider)
	if err != nil {
		b.Fatal(err)
	}
	client, err := payments.OpenService(b.Context(), p, "pay")
	if err != nil {
		b.Fatal(err)
	}
	if err := payments.ProvideService(p, "pay", pay{}); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := client.Ping(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTTP(b *testing.B) {
	server := httptest.NewServer(handler(nil))
	defer server.Close()
	env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "shop", URL: server.URL}}}
	p, err := bindings.Open(b.Context(), env, service.Provider)
	if err != nil {
		b.Fatal(err)
	}
	client, err := service.Open(b.Context(), p, "shop", shop, func(c *service.Client) *service.Client { return c },
		func(*service.Ref[*service.Client]) *service.Client { return nil })
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := service.Call[buyOut](ctx, client, "Buy", &buyIn{"tea", 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTTPByHand(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in buyIn
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(buyOut{in.Item})
	}))
	defer server.Close()
	client := server.Client()
	b.ReportAllocs()
	for b.Loop() {
		body, _ := json.Marshal(&buyIn{"tea", 1})
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL+buyPath, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		data, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		var out buyOut
		if err := json.Unmarshal(data, &out); err != nil {
			b.Fatal(err)
		}
	}
}
