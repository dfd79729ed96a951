// Package entryhooks is package runtimehooks for the handlers of frameworks and libraries. What a
// handler is given, an [Entry] describes: a variable that a pack declares, made of functions.
//
//	// Handler describes gin's handlers.
//	var Handler = entryhooks.Entry[*gin.Context]{
//		Context:     func(c *gin.Context) context.Context { return c.Request.Context() },
//		WithContext: func(c *gin.Context, ctx context.Context) *gin.Context { … },
//		Refuse:      func(c *gin.Context, r entryhooks.Refusal) { c.AbortWithStatus(r.Status) },
//	}
//
// The pack's rule file names it, by aspects.Entry("a gin handler", Handler) among the arguments of
// aspects.Module. Where that pack is included, every function whose first parameter is a
// *gin.Context, and which has no results, is such a handler:
//
//	func (s *Server) order(c *gin.Context) {
//		call := instrumentServerOrder.Call()
//		c = call.Enter(c)
//		defer call.Exit()
//		…
//	}
//
// An [ErrorEntry] describes functions that return an error, which is how they are refused.
//
// # Telemetry
//
// The outermost handler of a request has a server span, whose parent the request's headers name.
// Handlers below it, or below a server of package httphooks, have internal spans, and give their
// route to the server's. Where the request is one of net/http, span and histogram are those of
// package httphooks; where it is not, the histogram is function.call.duration.
//
// A status of 500 or above is a failure, and so is an error for which the entry has such a status;
// one below is the client's doing.
//
// # Policies
//
// A policy that refuses or ends a call has the entry answer, with an error, the HTTP status that
// says the same, and what belongs in headers. A panic after a response of net/http has begun aborts
// the connection with http.ErrAbortHandler. The aspects that a net/http handler cannot have, these
// handlers cannot have either.
package entryhooks
