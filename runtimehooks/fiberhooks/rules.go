//go:build instrument

package fiberhooks

import (
	"github.com/gofiber/fiber/v3"

	"github.com/instrumentgo/instrument/aspects"
)

// Rules say what fiber's handlers are, and have apps make the server span.
var Rules = aspects.Module(
	aspects.Yields("github.com/gofiber/contrib/v3/otel"),
	aspects.Entry("a fiber handler", Handler),
	aspects.Rule("New", aspects.Calls(fiber.New), aspects.Replace(New)),
	aspects.Rule("NewWithCustomCtx", aspects.Calls(fiber.NewWithCustomCtx), aspects.Replace(NewWithCustomCtx)),
)
