// Package echo5hooks is the pack for echo 5, github.com/labstack/echo/v5 from v5.3.1 on. A rule file
// takes it by
//
//	aspects.Include(echo5hooks.Rules)
//
// It has the functions and methods that begin func(c *echo.Context, …) error woven as echo's
// handlers: aspects.HTTPHandlers() selects them. Their spans are below the server's, to which they
// give the route that echo has matched. A policy refuses a request by returning an *echo.HTTPError,
// which the program's error handler answers as it does others; it wraps the policy's error. Where a
// handler returns an error, the status is that of the first in its chain that has one, and 500 for
// others.
//
// Its rules make the server span where the program serves by net/http, as httphooks.Rules do, and
// in (*echo.Echo).Start and echo.StartConfig. The latter are in the code of echo, which "instrument
// go" weaves and the other drivers do not reach: there, the router's first middleware has the
// server span.
//
// Functions that get an *echo.Context and return something else are no handlers: their spans are
// below that of the context in it. Nor are function literals.
package echo5hooks
