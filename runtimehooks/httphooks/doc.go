// Package httphooks is package runtimehooks for net/http handlers: functions and methods with the
// parameters (http.ResponseWriter, *http.Request) and no results.
//
//	func (s *Server) order(w http.ResponseWriter, r *http.Request) {
//		call := instrumentServerOrder.Call()
//		w, r = call.Enter(w, r)
//		defer call.Exit()
//		…
//	}
//
// # Telemetry
//
// The span is a server span named "{method} {route}", with the http.* attributes of the semantic
// conventions. The route is r.Pattern without its method and host; where one router passes requests
// on to another, it is what the inner one has matched, below what the outer one has stripped. The
// parent comes from the request's headers, through the installed propagator, unless the request's
// context already holds a local span, such as that of an outer woven handler.
//
// The histogram is http.server.request.duration in seconds. Of the values in a query, those of keys
// that name credentials are redacted: access_token, api_key, apikey, AWSAccessKeyId, client_secret,
// code, id_token, key, passwd, password, refresh_token, secret, sig, Signature, token and
// X-Goog-Signature.
//
// A request that passes several woven handlers is one server span and one measurement, at the
// outermost. The others have internal spans below it, and tell it the route.
//
// # The edges of a program
//
// [Rules] put the functions here in place of those of net/http that serve and send requests, so
// that whatever answers a request is below its server span, and each request that is sent has a
// client span and carries the trace. A server's handler that otelhttp.NewHandler has made, and a
// client's transport of otelhttp, are left alone.
//
// A response with status 500 or above is a failure, and its error.type is the status: "503".
// Failures that this package knows more about say so: "breaker_open", "timeout", "panic", "goexit".
// A handler that is late under http.TimeoutHandler has the failure "timeout" and the status 503,
// which is what the client got, where the writer shows it. A panic with http.ErrAbortHandler is no
// failure: that is how a handler ends its connection.
//
// # Policies on requests that are sent
//
// [Responses] is what policies know of functions that return a response. [Rules] declare it, so that
// rules of the user's may give calls of http.Client a retry, a breaker, a hedge or a timeout, and
// [Policies] gives them the first two.
//
// # Policies on handlers
//
// A policy that refuses or ends a call answers the request, if nothing has been written yet: an
// open breaker with 503 and Retry-After, a missed deadline with 504, a recovered panic with
// Recover.Status, a caller who has not said who it is with 401 and WWW-Authenticate. Such a
// response has the headers that the handler got, so that those of outer middleware go out, and what
// the body has set for a response of its own does not.
//
// To the breaker, a status of 500 or above, a missed deadline and a panic are failures, unless the
// client has gone away. Its options If, Unless, On and Skip are about errors, and a handler returns
// none: they have no effect here. The same goes for retry and custom advice.
//
// http.ErrAbortHandler passes through the recover aspect, and the breaker counts it. A panic after
// the response has begun aborts the connection with http.ErrAbortHandler, as net/http itself would,
// so that no client takes the part it got for the whole. A recovered panic is logged with its stack
// to slog.Default, also without the log aspect.
//
// The body gets the server's writer itself where it is one of net/http. The writer of somebody else
// is wrapped, by one that has the same optional interfaces: http.Flusher, http.Hijacker,
// http.Pusher, io.ReaderFrom and what http.ResponseController looks for. A parsed form and a
// pattern that the body leaves in its request reach the one the server gave, so that uploaded files
// are removed.
package httphooks
