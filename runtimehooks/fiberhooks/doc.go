// Package fiberhooks is the pack for fiber 3, github.com/gofiber/fiber/v3. A rule file takes it by
//
//	aspects.Include(fiberhooks.Rules)
//
// It has the functions and methods that begin func(c fiber.Ctx, …) error woven as fiber's handlers:
// aspects.HTTPHandlers() selects them. A policy refuses a request by returning an error that has a
// *fiber.Error, which the program's error handler answers as it does others, and the policy's error
// in its chain.
//
// # Telemetry
//
// Fiber serves without net/http, and so its rules have fiber.New and fiber.NewWithCustomCtx give
// each app a server span and a point of http.server.request.duration for each request, with the
// attributes of package httphooks: around the handler of the app's fasthttp server, so that
// middleware, function literals, 404s and the error handler are covered. An app that is served
// otherwise, by (*fiber.App).Handler or an adaptor, has them in a first middleware, which also tells
// the route. There, the status of an error is that of the *fiber.Error in it, and 500 for others.
//
// Spans and metrics keep copies of what they say of a request: fiber uses the memory of its strings
// again for the next one.
//
// The span is in c.Context(), and where c itself is passed on as a context it is found, too. The
// deadline of a timeout is in c.Context() alone: a fiber.Ctx never ends.
//
// A request for which a handler of OpenTelemetry's middleware for fiber is registered keeps that
// one's span.
//
// Functions that get a fiber.Ctx and return something else, or nothing, are no handlers: their spans
// are below that of the context in it. Nor are function literals.
package fiberhooks
