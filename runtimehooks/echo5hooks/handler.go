package echo5hooks

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

// Handler describes echo's handlers.
var Handler = entryhooks.ErrorEntry[*echo.Context]{
	Context:     requestContext,
	WithContext: withContext,
	Request:     func(c *echo.Context) *http.Request { return c.Request() },
	Route:       func(c *echo.Context) string { return c.Path() },
	Status:      status,
	Begun:       begun,
	Refuse:      refuse,
}

// A test may have no request, and a nil context.

func requestContext(c *echo.Context) context.Context {
	if c == nil || c.Request() == nil {
		return context.Background()
	}
	return c.Request().Context()
}

func withContext(c *echo.Context, ctx context.Context) *echo.Context {
	if c != nil && c.Request() != nil {
		c.SetRequest(c.Request().WithContext(ctx))
	}
	return c
}

// status returns the status that has been sent, or the one that echo's error handler will send.
func status(c *echo.Context, err error) int {
	_, status := echo.ResolveResponseStatus(c.Response(), err)
	return status
}

// begun reports whether the status has been sent. It is unknown where a middleware has set a writer
// that hides echo's.
func begun(c *echo.Context) bool {
	response, err := echo.UnwrapResponse(c.Response())
	return err == nil && response.Committed
}

func refuse(c *echo.Context, r entryhooks.Refusal) error {
	if !begun(c) {
		r.SetHeader(c.Response().Header())
	}
	return echo.NewHTTPError(r.Status, "").Wrap(r.Err)
}
