package fiberhooks

import (
	"context"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// New is fiber.New, for an app that has a server span for each request.
func New(config ...fiber.Config) *fiber.App { return served(fiber.New(config...)) }

// NewWithCustomCtx is fiber.NewWithCustomCtx, likewise.
func NewWithCustomCtx(newCtxFunc func(app *fiber.App) fiber.CustomCtx, config ...fiber.Config) *fiber.App {
	return served(fiber.NewWithCustomCtx(newCtxFunc, config...))
}

const appName = "github.com/gofiber/fiber/v3.App"

var (
	outermost = entryhooks.NewServer(appName, &server)
	apps      = entryhooks.NewErrorServer(appName, &Handler)
)

// served puts the server span around the handler of the app's server, and a middleware before those
// that the program adds.
func served(app *fiber.App) *fiber.App {
	if process.Off() {
		return app
	}
	by := &others{app: app}
	app.Use(func(c fiber.Ctx) error { return serve(c, by) })
	next := app.Server().Handler
	app.Server().Handler = func(c *fasthttp.RequestCtx) {
		if by.record(c) {
			next(c)
			return
		}
		outermost.Serve(c, next)
	}
	return app
}

// serve is the middleware. Below the server's span it gives fiber the context with it, and tells the
// route; elsewhere it makes the span.
func serve(c fiber.Ctx, by *others) error {
	if traced, _ := httphooks.Within(c.Context()); traced { // an app that is mounted in another one
		return apps.Serve(c, fiber.Ctx.Next)
	}
	if ctx, ok := c.RequestCtx().UserValue(contextKey{}).(context.Context); ok {
		return apps.Serve(withContext(c, ctx), fiber.Ctx.Next)
	}
	if by.record(c.RequestCtx()) {
		return c.Next()
	}
	defer forget(c.RequestCtx()) // fiber's adaptor does not, and uses it again
	return apps.Serve(c, fiber.Ctx.Next)
}

// server describes the handler of a fasthttp server.
var server = entryhooks.Entry[*fasthttp.RequestCtx]{
	Context: serverContext,
	WithContext: func(c *fasthttp.RequestCtx, ctx context.Context) *fasthttp.RequestCtx {
		c.SetUserValue(contextKey{}, ctx)
		return c
	},
	Request: request,
	Status:  func(c *fasthttp.RequestCtx) int { return c.Response.StatusCode() },
	Refuse:  func(c *fasthttp.RequestCtx, r entryhooks.Refusal) { c.Error(http.StatusText(r.Status), r.Status) },
}

// contextKey is the key of the context with the server span, which fiber's own is set to.
type contextKey struct{}

func serverContext(c *fasthttp.RequestCtx) context.Context {
	if ctx, ok := c.UserValue(contextKey{}).(context.Context); ok {
		return ctx
	}
	return context.Background()
}
