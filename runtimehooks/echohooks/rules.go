//go:build instrument

package echohooks

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/runtimehooks/httphooks"
)

const library = "github.com/labstack/echo/v4"

// Rules say what echo's handlers are, and make the server span where they are served: by the
// program, or by echo's own Start and its like.
var Rules = aspects.Module(
	aspects.Yields("go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho"),
	aspects.Entry("an echo handler", Handler),
	aspects.Rule("New", aspects.Calls(echo.New), aspects.Replace(New)),

	aspects.Rule("ListenAndServe", aspects.Calls(http.ListenAndServe).Dependencies(library), aspects.Replace(httphooks.ListenAndServe)),
	aspects.Rule("ListenAndServeTLS", aspects.Calls(http.ListenAndServeTLS).Dependencies(library), aspects.Replace(httphooks.ListenAndServeTLS)),
	aspects.Rule("Serve", aspects.Calls(http.Serve).Dependencies(library), aspects.Replace(httphooks.Serve)),
	aspects.Rule("Server.ListenAndServe", aspects.Calls((*http.Server).ListenAndServe).Dependencies(library),
		aspects.Replace(httphooks.ServerListenAndServe)),
	aspects.Rule("Server.ListenAndServeTLS", aspects.Calls((*http.Server).ListenAndServeTLS).Dependencies(library),
		aspects.Replace(httphooks.ServerListenAndServeTLS)),
	aspects.Rule("Server.Serve", aspects.Calls((*http.Server).Serve).Dependencies(library), aspects.Replace(httphooks.ServerServe)),
)
