package healthz_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/healthz"
)

// sick is a provider whose bindings fail as told, by the host of their URL.
func sick(err map[string]error) *bindings.Provider {
	return &bindings.Provider{Name: "sick", Schemes: []string{"sick"}, Kinds: []bindings.Kind{bindings.KV}, Late: true,
		Open: func(_ context.Context, target bindings.Target) (bindings.Conn, error) {
			return &conn{err, target.URL.Host}, nil
		}}
}

type conn struct {
	err  map[string]error
	host string
}

func (c *conn) Ping(context.Context) error  { return c.err[c.host] }
func (c *conn) Close(context.Context) error { return nil }

func get(t *testing.T, h http.Handler, path string) (int, healthz.Report) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	var report healthz.Report
	if err := json.Unmarshal(w.Body.Bytes(), &report); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, report
}

// A load balancer must send no work before the platform has started, nor while a binding fails, nor
// once it closes.
func TestReady(t *testing.T) {
	errs := map[string]error{}
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{
		{Name: "carts", URL: "sick://a"}, {Name: "pay", URL: "sick://b"}}}, sick(errs))
	if err != nil {
		t.Fatal(err)
	}
	plain, open := healthz.Handler(p), healthz.Handler(p, healthz.Reasons(), healthz.Ignore("pay"))
	expect := func(when string, h http.Handler, status int, want healthz.Report) {
		t.Helper()
		got, report := get(t, h, "/ready")
		if got != status {
			t.Errorf("%s: status is %d, want %d", when, got, status)
		}
		if diff := cmp.Diff(want, report); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	expect("before the start", plain, 503, healthz.Report{Status: "unavailable: the platform has not started"})
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("well", plain, 200, healthz.Report{Status: "ready"})
	errs["b"] = bindings.Errorf(bindings.Unavailable, "dial 10.0.0.7: refused")
	expect("a failing binding", plain, 503, healthz.Report{Status: "bindings fail", Failing: []healthz.Failing{{Binding: "pay", Code: "unavailable"}}})
	expect("one that is ignored", open, 200, healthz.Report{Status: "ready", Failing: []healthz.Failing{
		{Binding: "pay", Code: "unavailable", Reason: "ping pay: unavailable: dial 10.0.0.7: refused"}}})
	errs["a"] = errors.New("disk")
	expect("both", open, 503, healthz.Report{Status: "bindings fail", Failing: []healthz.Failing{{Binding: "carts", Code: "_OTHER", Reason: "ping carts: disk"},
		{Binding: "pay", Code: "unavailable", Reason: "ping pay: unavailable: dial 10.0.0.7: refused"}}})
	clear(errs)
	p.OnClose(bindings.StageConsume, "look", func(context.Context) error {
		expect("closing", plain, 503, healthz.Report{Status: "unavailable: the platform is closing"})
		if got, report := get(t, plain, "/live"); got != 200 || report.Status != "live" {
			t.Errorf("live is %d, %v", got, report)
		}
		return nil
	})
	if err := p.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// Only the two questions are answered.
func TestOtherRequests(t *testing.T) {
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	h := healthz.Handler(p)
	for request, status := range map[[2]string]int{{"POST", "/ready"}: 405, {"GET", "/x"}: 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), request[0], request[1], nil))
		if w.Code != status {
			t.Errorf("%s: status is %d, want %d", request, w.Code, status)
		}
	}
}
