package service_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/secret"
	"github.com/instrumentgo/instrument/bindings/service"
)

var shop = service.API{Name: "example.com/shop.Service", Errors: map[string]error{"ErrSoldOut": errSoldOut}}

var errSoldOut = errors.New("it is sold out")

type buyIn struct {
	Item string `json:"item"`
	N    int    `json:"n"`
}

type buyOut struct {
	Result string `json:"result"`
}

// handler returns a handler with the method Buy, which fails with err.
func handler(err error, options ...service.HandlerOption) *service.Handler {
	h := service.NewHandler(shop, options...)
	service.Handle(h, "Buy", func(ctx context.Context, in *buyIn) (out buyOut, _ error) {
		tenant, _ := bindings.Tenant(ctx)
		return buyOut{in.Item + " " + tenant}, err
	})
	return h
}

const buyPath = "/example.com/shop.Service/Buy"

// What somebody else than a client of this package sends is answered in a way that helps.
func TestRequests(t *testing.T) {
	const json = "application/json"
	for name, c := range map[string]struct {
		method, path, mediaType, body string
		header                        http.Header
		status                        int
		answer                        string
	}{
		"call":             {"POST", buyPath, json, `{"item":"tea","n":1}`, nil, 200, `{"result":"tea "}`},
		"mounted deeper":   {"POST", "/api/v1" + buyPath, json + "; charset=utf-8", `{"item":"tea"}`, nil, 200, `{"result":"tea "}`},
		"unknown argument": {"POST", buyPath, json, `{"item":"tea","gift":true}`, nil, 200, `{"result":"tea "}`},
		"unknown method": {"POST", "/example.com/shop.Service/Sell", json, `{}`, nil, 501,
			`{"code":"unimplemented","message":"example.com/shop.Service has no method at /example.com/shop.Service/Sell"}`},
		"no method": {"POST", "/example.com/shop.Service/", json, `{}`, nil, 501,
			`{"code":"unimplemented","message":"example.com/shop.Service has no method at /example.com/shop.Service/"}`},
		"another service": {"POST", "/example.com/workshop.Service/Buy", json, `{}`, nil, 404,
			`{"code":"unimplemented","message":"example.com/shop.Service is not served at /example.com/workshop.Service/Buy"}`},
		"get": {"GET", buyPath, json, ``, nil, 405, `{"code":"unimplemented","message":"a call must be a POST, not a GET"}`},
		"content type": {"POST", buyPath, "text/plain", `{}`, nil, 415,
			`{"code":"failed_precondition","message":"arguments must be application/json, not \"text/plain\""}`},
		"syntax": {"POST", buyPath, json, `{"item": tea}`, nil, 400,
			`{"code":"unknown","message":"decode arguments: byte 11: invalid character 'e' in literal true (expecting 'r')"}`},
		"type": {"POST", buyPath, json, `{"n": "one"}`, nil, 400,
			`{"code":"unknown","message":"decode arguments: byte 11: n must be a int, not a string"}`},
		"cut":   {"POST", buyPath, json, `{"item":`, nil, 400, `{"code":"unknown","message":"decode arguments: byte 8: the JSON ends too early"}`},
		"empty": {"POST", buyPath, json, ``, nil, 400, `{"code":"unknown","message":"decode arguments: byte 0: the JSON ends too early"}`},
		"two values": {"POST", buyPath, json, `{} {}`, nil, 400,
			`{"code":"unknown","message":"decode arguments: byte 4: there must be one JSON value"}`},
		"timeout": {"POST", buyPath, json, `{}`, http.Header{"Instrument-Timeout-Ms": {"soon"}}, 400,
			`{"code":"unknown","message":"parse header Instrument-Timeout-Ms: it must be a number of milliseconds, not \"soon\""}`},
		"endless timeout":      {"POST", buyPath, json, `{"item":"tea"}`, http.Header{"Instrument-Timeout-Ms": {"9223372036854775807"}}, 200, `{"result":"tea "}`},
		"tenant of a stranger": {"POST", buyPath, json, `{"item":"tea"}`, http.Header{"Instrument-Tenant": {"acme"}}, 200, `{"result":"tea "}`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.mediaType)
			for key, values := range c.header {
				r.Header[key] = values
			}
			answers(t, handler(nil), r, c.status, c.answer)
		})
	}
}

// answers checks what a handler answers.
func answers(t *testing.T, h http.Handler, r *http.Request, status int, want string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != status || w.Body.String() != want {
		t.Errorf("answer is %d %s\nwant      %d %s", w.Code, w.Body, status, want)
	}
	mediaType := map[bool]string{true: "application/json", false: "application/problem+json"}[status == 200]
	if got := w.Header().Get("Content-Type"); got != mediaType {
		t.Errorf("content type is %q", got)
	}
}

func buy(t *testing.T, header ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, buyPath, strings.NewReader(`{"item":"tea"}`))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// Whoever looks at statuses sees what went wrong.
func TestStatuses(t *testing.T) {
	for status, err := range map[int]error{404: bindings.NotFound, 409: bindings.AlreadyExists, 412: bindings.FailedPrecondition,
		403: bindings.PermissionDenied,
		429: bindings.ResourceExhausted, 503: bindings.Unavailable, 504: bindings.DeadlineExceeded, 499: bindings.Canceled, 501: bindings.Unimplemented,
		500: errors.New("x"), 422: errSoldOut} {
		w := httptest.NewRecorder()
		handler(err).ServeHTTP(w, buy(t))
		if w.Code != status {
			t.Errorf("status of %v is %d, want %d", err, w.Code, status)
		}
	}
	answers(t, handler(errSoldOut), buy(t), 422, `{"code":"unknown","message":"it is sold out","names":["ErrSoldOut"]}`)
}

// A body is refused when it says that it is too big, and when it turns out to be.
func TestBigBody(t *testing.T) {
	const refused = `{"code":"resource_exhausted","message":"arguments must have at most 20 bytes"}`
	h := handler(nil, service.MaxBody(20))
	r := buy(t)
	r.Body, r.ContentLength = io.NopCloser(iotest.ErrReader(errors.New("must not be read"))), 21
	answers(t, h, r, 413, refused)
	r = buy(t)
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(`{"item":"tea"}       `)), -1
	answers(t, h, r, 413, refused)
	r.Body = io.NopCloser(strings.NewReader(`{"item":"tea"}      `))
	answers(t, h, r, 200, `{"result":"tea "}`)
}

// An answer without end is not kept.
func TestEndlessAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			io.WriteString(w, strings.Repeat(" ", 1000))
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := service.Call[buyOut](ctx, open(t, server.URL+"?body=5000"), "Buy", &buyIn{"tea", 1})
	if bindings.Code(err) != bindings.ResourceExhausted {
		t.Errorf("error is %v", err)
	}
}

// A token that is missing, wrong or empty lets nobody in; while it is replaced both do.
func TestToken(t *testing.T) {
	const refused = `{"code":"permission_denied","message":"the call must have the service's token"}`
	h := handler(nil, service.Token(secret.New("old", "")), service.Token(secret.New("new", "")))
	for header, status := range map[string]int{"": 401, "Bearer old": 200, "bearer new": 200, "Bearer ": 401, "Basic old": 401, "Bearer older": 401} {
		want := refused
		if status == 200 {
			want = `{"result":"tea "}`
		}
		answers(t, h, buy(t, "Authorization", header), status, want)
	}
	answers(t, handler(nil, service.Token(secret.Secret{})), buy(t, "Authorization", "Bearer "), 401, refused)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, buy(t))
	if got := w.Header().Get("WWW-Authenticate"); got != "Bearer" {
		t.Errorf("WWW-Authenticate is %q", got)
	}
}

// What a check refuses is not read, and unknown methods are not told to strangers.
func TestAuthorize(t *testing.T) {
	check := func(err error) service.HandlerOption {
		return service.Authorize(func(ctx context.Context, _ *http.Request) (context.Context, error) { return ctx, err })
	}
	answers(t, handler(nil, check(nil), check(errors.New("not you"))), buy(t), 403, `{"code":"permission_denied","message":"not you"}`)
	answers(t, handler(nil, check(bindings.Errorf(bindings.Unavailable, "who knows"))), buy(t), 503, `{"code":"unavailable","message":"who knows"}`)
	r := buy(t)
	r.URL.Path += "Nothing"
	answers(t, handler(nil, check(errors.New("not you"))), r, 403, `{"code":"permission_denied","message":"not you"}`)
}

// A tenant is taken from those who may name one.
func TestTenants(t *testing.T) {
	answers(t, handler(nil, service.Tenants()), buy(t, "Instrument-Tenant", "a+b%2F"), 200, `{"result":"tea a b/"}`)
	answers(t, handler(nil, service.Tenants()), buy(t, "Instrument-Tenant", "%"), 400,
		`{"code":"unknown","message":"parse header Instrument-Tenant: invalid URL escape \"%\""}`)
}

// A method that cannot be told from another must not be overwritten.
func TestHandleTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second Buy must panic")
		}
	}()
	service.Handle(handler(nil), "Buy", func(context.Context, *service.None) (service.None, error) { return service.None{}, nil })
}

// Services of one process share a mux.
func TestPath(t *testing.T) {
	mux := http.NewServeMux()
	h := handler(nil)
	mux.Handle(h.Path(), h)
	answers(t, mux, buy(t), 200, `{"result":"tea "}`)
}

// A proxy, another service or a web page may answer where a service should be.
func TestStrangeServers(t *testing.T) {
	for name, c := range map[string]struct {
		status          int
		mediaType, body string
		code            bindings.ErrorCode
	}{
		"web page":      {200, "text/html", "<html>", bindings.Unimplemented},
		"not found":     {404, "text/plain", "404 page not found", bindings.Unimplemented},
		"gateway":       {502, "text/html", "bad gateway", bindings.Unavailable},
		"limit":         {429, "text/plain", "slow down", bindings.ResourceExhausted},
		"login":         {401, "text/plain", "who are you", bindings.PermissionDenied},
		"redirect":      {302, "text/plain", "", bindings.Unknown},
		"bad problem":   {503, "application/problem+json", `{"title":"x"}`, bindings.Unavailable},
		"other problem": {500, "application/problem+json", `{"code":"never_heard_of","message":"x"}`, bindings.Unknown},
		"bad results":   {200, "application/json", `{"result":`, bindings.Unknown},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", c.mediaType)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			client := open(t, server.URL)
			_, err := service.Call[buyOut](t.Context(), client, "Buy", &buyIn{"tea", 1})
			if bindings.Code(err) != c.code || !strings.HasPrefix(err.Error(), "call Buy of shop: ") {
				t.Errorf("error is %v, code %v", err, bindings.Code(err))
			}
		})
	}
}

// open returns a client of a server.
func open(t *testing.T, url string) *service.Client {
	t.Helper()
	p := platform(t, bindings.Binding{Name: "shop", URL: url})
	client, err := service.Open(t.Context(), p, "shop", shop, func(c *service.Client) *service.Client { return c },
		func(*service.Ref[*service.Client]) *service.Client { t.Fatal("the service is not local"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func platform(t *testing.T, all ...bindings.Binding) *bindings.Platform {
	t.Helper()
	p, err := bindings.Open(t.Context(), bindings.Environment{Namespace: "test", Bindings: all}, service.Provider)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Calls one after the other use one connection, also after errors.
func TestConnectionIsUsedAgain(t *testing.T) {
	var fresh atomic.Int64
	server := httptest.NewUnstartedServer(handler(errSoldOut))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			fresh.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := open(t, server.URL)
	for range 20 {
		if _, err := service.Call[buyOut](t.Context(), client, "Buy", &buyIn{"tea", 1}); !errors.Is(err, errSoldOut) {
			t.Fatal(err)
		}
	}
	if n := fresh.Load(); n != 1 {
		t.Errorf("20 calls made %d connections", n)
	}
}
