// Package connecthooks is the pack for Connect, connectrpc.com/connect: what a service's handlers
// and clients do becomes spans and histograms, with the trace carried by headers, and refusals of
// woven methods leave with codes. A rule file includes it:
//
//	//go:build instrument
//
//	package main
//
//	var _ = aspects.Module(aspects.Include(connecthooks.Rules))
//
// Then the module's calls of functions that take connect.HandlerOption or connect.ClientOption, such
// as NewOrderServiceHandler and NewOrderServiceClient that are generated, have interceptors of this
// package among their options. Calls in generated files are not selected.
//
// # Telemetry
//
// Each call is a SERVER span where it is served and a CLIENT span where it is made, named
// "package.Service/Method", and a point of the histogram rpc.server.call.duration or
// rpc.client.call.duration in seconds, with the rpc.* attributes of the semantic conventions:
// rpc.system.name is "connectrpc", or "grpc" for calls in the protocols of gRPC and gRPC-Web, whose
// codes are in capitals, with OK for success. The parent is the span of the HTTP server that serves
// the handler, to which the call gives its procedure as the route; without one it comes from the
// headers, through the installed propagator. A handler's span is outside all of its interceptors.
// It does not see messages that cannot be read, and procedures that do not exist: these are the HTTP
// server's. A client's span is inside its interceptors, so that each attempt has one. That of a
// stream lasts until its end has been received, or its response is closed, or its context is over.
//
// A handler's call has failed with the codes unknown, deadline_exceeded, unimplemented, internal,
// unavailable and data_loss, a client's with each code.
//
// A handler or client that is given an interceptor of OpenTelemetry's otelconnect keeps that and gets
// no second span.
//
// # Codes
//
// A refusal of a woven method or interceptor, and a timeout or panic that one has turned into an
// error, has a code, which [Error] lists. So has an error that wraps one. A *connect.Error of the
// method's own stays as it is. A panic that nobody recovers goes on, as it does without this package.
//
// # Whose fault it is
//
// To policies around a client's calls, an error of a code that says what the caller did wrong is no
// failure of the callee: see [runtimehooks.TeachFault].
package connecthooks
