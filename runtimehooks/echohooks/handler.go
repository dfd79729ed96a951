package echohooks

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

// Handler describes echo's handlers.
var Handler = entryhooks.ErrorEntry[echo.Context]{
	Context:     requestContext,
	WithContext: withContext,
	Request:     func(c echo.Context) *http.Request { return c.Request() },
	Route:       func(c echo.Context) string { return c.Path() },
	Status:      status,
	Begun:       func(c echo.Context) bool { return c.Response().Committed },
	Refuse:      refuse,
}

// A test may have no request, and a nil context.

func requestContext(c echo.Context) context.Context {
	if c == nil || c.Request() == nil {
		return context.Background()
	}
	return c.Request().Context()
}

func withContext(c echo.Context, ctx context.Context) echo.Context {
	if c != nil && c.Request() != nil {
		c.SetRequest(c.Request().WithContext(ctx))
	}
	return c
}

// status returns the status that has been sent, or the one that echo's error handler will send.
func status(c echo.Context, err error) int {
	if err == nil || c.Response().Committed {
		return c.Response().Status
	}
	if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		return he.Code
	}
	return http.StatusInternalServerError
}

func refuse(c echo.Context, r entryhooks.Refusal) error {
	if !c.Response().Committed {
		r.SetHeader(c.Response().Header())
	}
	return echo.NewHTTPError(r.Status).SetInternal(r.Err)
}
