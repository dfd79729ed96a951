package fiberhooks

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/internal/recorded"
	"github.com/instrumentgo/instrument/runtimehooks"
	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// get has an app serve a request.
func get(t *testing.T, app *fiber.App, path string) *http.Response {
	t.Helper()
	resp, err := app.Test(recorded.Request(path))
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A request has one server span, whichever server serves the app, with fiber's route. What a limit
// refuses is answered by fiber's error handler.
func TestServes(t *testing.T) {
	site := entryhooks.ErrorSite[fiber.Ctx]{Site: runtimehooks.Site{Function: "limited", Name: "limited", Aspects: runtimehooks.Aspects{
		Trace: &runtimehooks.Trace{}, Limit: &runtimehooks.Limit{Rate: 1, Per: time.Hour, Burst: 1},
	}}, Entry: &Handler}
	app := New()
	app.Get("/limited/:id", func(c fiber.Ctx) (err error) {
		call := site.Call()
		c = call.Enter(c)
		defer call.Exit(&err)
		if !call.Limit(&err, call.Key()) {
			return
		}
		return c.SendString(c.Params("id"))
	})
	app.Get("/literal", func(c fiber.Ctx) error { return fiber.ErrTeapot })
	web := adaptor.FiberApp(app)
	for i, serve := range []func(string){
		func(path string) { get(t, app, path) },
		func(path string) { recorded.Get(web, path) },
	} {
		got := recorded.Spans(t, func() { serve("/limited/7") })
		if status := []string{"200", "429"}[i]; !slices.Equal(got, []string{"internal limited", "server GET /limited/:id " + status}) {
			t.Errorf("spans: %q", got)
		}
		got = recorded.Spans(t, func() { serve("/literal"); serve("/none") })
		if !slices.Equal(got, []string{"server GET /literal 418", "server GET 404"}) {
			t.Errorf("spans: %q", got)
		}
	}
	resp := get(t, app, "/limited/7")
	if text := body(t, resp); resp.StatusCode != http.StatusTooManyRequests || text != "Too Many Requests" || resp.Header.Get("Retry-After") != "3600" {
		t.Errorf("a request over the limit is answered with %d %q, %v", resp.StatusCode, text, resp.Header)
	}
}

// The program's error handler sees a *fiber.Error and the policy's own, and the span has the status
// that it sends.
func TestErrorHandler(t *testing.T) {
	app := New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		e, ok := errors.AsType[*fiber.Error](err)
		if !ok || e.Code != http.StatusServiceUnavailable || !errors.Is(err, runtimehooks.ErrOpen) || err.Error() != "Service Unavailable" {
			t.Errorf("the error handler is given %v", err)
		}
		return c.SendStatus(http.StatusInsufficientStorage)
	}})
	app.Get("/", func(c fiber.Ctx) error {
		return Handler.Refuse(c, entryhooks.Refusal{Err: &runtimehooks.OpenError{}, Status: http.StatusServiceUnavailable})
	})
	if got := recorded.Spans(t, func() { get(t, app, "/") }); !slices.Equal(got, []string{"server GET / 507"}) {
		t.Errorf("spans: %q", got)
	}
}

// A challenge that the handler has set stays.
func TestChallenge(t *testing.T) {
	app := New()
	refuse := func(c fiber.Ctx) error {
		return Handler.Refuse(c, entryhooks.Refusal{Err: runtimehooks.ErrUnauthenticated, Status: http.StatusUnauthorized, Challenge: "Bearer"})
	}
	app.Get("/none", refuse)
	app.Get("/own", func(c fiber.Ctx) error { c.Set("WWW-Authenticate", "Basic"); return refuse(c) })
	for path, want := range map[string]string{"/none": "Bearer", "/own": "Basic"} {
		if resp := get(t, app, path); resp.Header.Get("WWW-Authenticate") != want || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s is answered with %d, %v", path, resp.StatusCode, resp.Header)
		}
	}
}

// Middleware, a mounted app and a panic that middleware has recovered are below the server span,
// which has the route of the inner app.
func TestMounted(t *testing.T) {
	inner := New()
	inner.Get("/users/:name", func(c fiber.Ctx) error { panic("boom") })
	inner.Use("/ready", func(c fiber.Ctx) error { return c.SendStatus(http.StatusAccepted) })
	app := New()
	app.Use(recover.New())
	app.Use("/admin", inner)
	got := recorded.Spans(t, func() { get(t, app, "/admin/users/ann"); get(t, app, "/admin/ready") })
	if !slices.Equal(got, []string{"server GET /admin/users/:name 500", "server GET 202"}) {
		t.Errorf("spans: %q", got)
	}
}

// The span is found in the context, also where c itself is passed on as one, and is gone afterwards.
func TestContext(t *testing.T) {
	site := entryhooks.ErrorSite[fiber.Ctx]{Site: runtimehooks.Site{Function: "f", Name: "f", Aspects: runtimehooks.Aspects{Trace: &runtimehooks.Trace{}}}, Entry: &Handler}
	app := New()
	var inside, outside [2]trace.SpanID
	look := func(c fiber.Ctx) [2]trace.SpanID {
		return [2]trace.SpanID{trace.SpanContextFromContext(c).SpanID(), trace.SpanContextFromContext(c.Context()).SpanID()}
	}
	app.Use(func(c fiber.Ctx) (err error) {
		func() {
			call := site.Call()
			c = call.Enter(c)
			defer call.Exit(&err)
			inside = look(c)
		}()
		outside = look(c)
		return
	})
	spans, _ := recorded.Telemetry(t)
	get(t, app, "/")
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans, want 2", len(ended))
	}
	for i, want := range [][2]trace.SpanID{inside, outside} {
		if id := ended[i].SpanContext().SpanID(); want != [2]trace.SpanID{id, id} {
			t.Errorf("the spans in the contexts are %v, want %v", want, id)
		}
	}
}

// What a span says of a request stays when fiber uses the request's memory again.
func TestCopies(t *testing.T) {
	app := New()
	app.Get("/:id", func(c fiber.Ctx) error { return nil })
	spans, reader := recorded.Telemetry(t)
	client, stop := start(t, app)
	for _, path := range []string{"/first?a=1", "/other?b=2"} {
		req, _ := http.NewRequest(http.MethodGet, "http://shop.test:8080"+path, nil)
		req.Header.Set("User-Agent", strings.Repeat(path[1:2], 20))
		req.Header.Set("X-Forwarded-For", "10.0.0.1, 10.0.0.2")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	stop()
	first := recorded.Text(spans.Ended()[0].Attributes())
	for key, want := range map[string]string{
		"url.path": "/first", "url.query": "a=1", "user_agent.original": strings.Repeat("f", 20), "http.request.method": "GET", "url.scheme": "http",
		"client.address": "10.0.0.1", "server.address": "shop.test", "server.port": "8080", "network.protocol.version": "1.1", "http.route": "/:id",
		"http.response.status_code": "200", "network.peer.address": "127.0.0.1",
	} {
		if first[key] != want {
			t.Errorf("the first span's %s is %q, want %q", key, first[key], want)
		}
	}
	const point = "http.request.method=GET,http.response.status_code=200,http.route=/:id,network.protocol.version=1.1,url.scheme=http ×2"
	if points := recorded.Points(t, reader, "http.server.request.duration"); !slices.Equal(points, []string{point}) {
		t.Errorf("points: %q", points)
	}
}

// start serves an app, and returns a client of it with one connection.
func start(t *testing.T, app *fiber.App) (client *http.Client, stop func()) {
	t.Helper()
	l := httptest.NewUnstartedServer(nil).Listener
	done := make(chan error)
	go func() { done <- app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
	transport := &http.Transport{MaxConnsPerHost: 1, Proxy: nil, DialContext: dialer(l.Addr().String())}
	return &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		if err := app.ShutdownWithContext(context.Background()); err != nil {
			t.Error(err)
		}
		<-done
	}
}

func dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// Switched off, the pack leaves apps as they are.
func TestOff(t *testing.T) {
	t.Cleanup(process.SetOff(true))
	if handlers, want := New().HandlersCount(), fiber.New().HandlersCount(); handlers != want {
		t.Errorf("an app has %d handlers, want %d", handlers, want)
	}
}
