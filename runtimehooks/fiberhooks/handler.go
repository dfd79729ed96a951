package fiberhooks

import (
	"context"
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel/trace"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

// Handler describes fiber's handlers.
var Handler = entryhooks.ErrorEntry[fiber.Ctx]{
	Context:     handlerContext,
	WithContext: withContext,
	Request:     func(c fiber.Ctx) *http.Request { return request(c.RequestCtx()) },
	Route:       route,
	Status:      status,
	Refuse:      func(c fiber.Ctx, r entryhooks.Refusal) error { return refuse(c, r) },
}

func handlerContext(c fiber.Ctx) context.Context {
	if c == nil || c.RequestCtx() == nil { // a test's, or one that is no longer in use
		return context.Background()
	}
	return c.Context()
}

// withContext sets the context, and its span for what is given c itself as a context.
func withContext(c fiber.Ctx, ctx context.Context) fiber.Ctx {
	c.SetContext(ctx)
	if spanKey != nil {
		c.RequestCtx().SetUserValue(spanKey, trace.SpanFromContext(ctx))
	}
	return c
}

// spanKey is the key of a context's span, which package trace does not export.
var spanKey = func() any {
	var asked asking
	trace.SpanFromContext(&asked)
	return asked.key
}()

// asking is a context that knows for which key it was asked.
type asking struct {
	context.Context
	key any
}

// Value implements context.Context.
func (a *asking) Value(key any) any {
	a.key = key
	return nil
}

// route returns the pattern of the route, "" where only middleware has matched.
func route(c fiber.Ctx) string {
	if !c.Matched() {
		return ""
	}
	return c.FullPath()
}

// status returns the status of the response, or the one that fiber's error handler will send.
func status(c fiber.Ctx, err error) int {
	if err == nil {
		return c.Response().StatusCode()
	}
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		return e.Code
	}
	return http.StatusInternalServerError
}

func refuse(c fiber.Ctx, r entryhooks.Refusal) error {
	headers := http.Header{}
	if challenge := c.GetRespHeader(fiber.HeaderWWWAuthenticate); challenge != "" {
		headers.Set(fiber.HeaderWWWAuthenticate, challenge)
	}
	r.SetHeader(headers)
	for name := range headers {
		c.Set(name, headers.Get(name))
	}
	return &refusal{fiber.NewError(r.Status), r.Err}
}

// refusal is the error that fiber's error handler answers for a policy. Its text is that of the
// status: the default error handler sends it.
type refusal struct {
	status *fiber.Error
	err    error
}

func (r *refusal) Error() string { return r.status.Error() }

func (r *refusal) Unwrap() []error { return []error{r.status, r.err} }
