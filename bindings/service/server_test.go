package service_test

import (
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/service"
)

// A load balancer that still sends requests to a closing server gets answers, and is asked to
// connect to another one.
func TestLinger(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test"})
	if err != nil {
		t.Fatal(err)
	}
	server, err := service.Serve(t.Context(), p, "127.0.0.1:0", handler(nil), service.Linger(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	call := func() (closing bool) {
		t.Helper()
		resp, err := http.Post("http://"+server.Addr().String()+buyPath, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status is %s", resp.Status)
		}
		return resp.Close
	}
	if call() {
		t.Error("a running server must keep connections")
	}
	ctx, cancel := context.WithCancel(context.Background())
	closed := make(chan error, 1)
	go func() { closed <- p.Close(ctx) }()
	for p.Running() == nil {
		time.Sleep(time.Millisecond)
	}
	if !call() {
		t.Error("a closing server must ask for other connections")
	}
	cancel() // there is no more time
	select {
	case err := <-closed:
		if err != nil && !strings.Contains(err.Error(), "context canceled") {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the platform must close when its time is over")
	}
}

// A server that nobody started is reported, and its port is free again.
func TestServeWithoutStart(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test"})
	if err != nil {
		t.Fatal(err)
	}
	server, err := service.Serve(t.Context(), p, "127.0.0.1:0", handler(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Serve(t.Context(), p, server.Addr().String(), handler(nil)); err == nil {
		t.Error("a port that is taken must be refused")
	}
	if err := p.Close(t.Context()); err == nil || !strings.Contains(err.Error(), "server at "+server.Addr().String()) {
		t.Errorf("close: %v", err)
	}
	again, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Serve(t.Context(), again, server.Addr().String(), handler(nil)); err != nil {
		t.Error(err)
	}
	again.Close(t.Context())
}

// A server is called only if its certificate is vouched for.
func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(handler(nil))
	defer server.Close()
	server.Config.ErrorLog = nil
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := service.Call[buyOut](t.Context(), open(t, server.URL+"?ca="+ca), "Buy", &buyIn{"tea", 1}); err != nil || out.Result != "tea " {
		t.Errorf("call: %v, %v", out, err)
	}
	_, err := service.Call[buyOut](t.Context(), open(t, server.URL), "Buy", &buyIn{"tea", 1})
	if bindings.Code(err) != bindings.FailedPrecondition {
		t.Errorf("a certificate of nobody: %v", err)
	}
	for _, url := range []string{server.URL + "?ca=" + ca + ".no", server.URL + "?ca=" + os.Args[0], "http://host?ca=" + ca} {
		env := bindings.Environment{Namespace: "test", Bindings: []bindings.Binding{{Name: "pay", URL: url}}}
		if _, err := bindings.Open(t.Context(), env, service.Provider); err == nil || !strings.Contains(err.Error(), "option ca") {
			t.Errorf("open %s: %v", url, err)
		}
	}
}

// Whoever records requests around a handler is the parent of the call.
func TestSpanAroundHandler(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	around := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{9}, SpanID: trace.SpanID{9}})
	h := service.NewHandler(shop)
	service.Handle(h, "Buy", func(ctx context.Context, _ *buyIn) (out buyOut, _ error) {
		return buyOut{trace.SpanContextFromContext(ctx).TraceID().String()}, nil
	})
	caller := []string{"Traceparent", "00-01000000000000000000000000000000-0100000000000000-01"}
	r := buy(t, caller...)
	answers(t, h, r, 200, `{"result":"01000000000000000000000000000000"}`)
	r = buy(t, caller...)
	answers(t, h, r.WithContext(trace.ContextWithSpanContext(r.Context(), around)), 200, `{"result":"`+around.TraceID().String()+`"}`)
}
