//go:build instrument

package echo5hooks

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

// Rules say what echo's handlers are, and make the server span where they are served: by the
// program, or by echo's own Start.
var Rules = aspects.Module(
	aspects.Yields("github.com/labstack/echo-opentelemetry"),
	aspects.Entry("an echo 5 handler", Handler),
	aspects.Rule("New", aspects.Calls(echo.New), aspects.Replace(New)),
	aspects.Rule("NewWithConfig", aspects.Calls(echo.NewWithConfig), aspects.Replace(NewWithConfig)),
	aspects.Rule("Server.Serve", aspects.Calls((*http.Server).Serve).Dependencies("github.com/labstack/echo/v5"),
		aspects.Replace(httphooks.ServerServe)),
)
