package echo5hooks

import (
	"github.com/labstack/echo/v5"

	"github.com/instrumentgo/instrument/runtimehooks/entryhooks"
)

var servers = entryhooks.NewErrorServer("github.com/labstack/echo/v5.Echo", &Handler)

// New is echo.New, for a router that has a server span for each request, or gives the route of
// requests to the one that there is.
func New() *echo.Echo { return served(echo.New()) }

// NewWithConfig is echo.NewWithConfig, likewise.
func NewWithConfig(config echo.Config) *echo.Echo { return served(echo.NewWithConfig(config)) }

func served(e *echo.Echo) *echo.Echo {
	e.Use(serve)
	return e
}

func serve(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error { return servers.Serve(c, next) }
}
