// Package grpchooks is the pack for gRPC: what a service's servers and connections do becomes spans
// and histograms, with the trace carried by the calls' metadata, and refusals of woven methods
// leave as gRPC statuses. A rule file includes it:
//
//	//go:build instrument
//
//	package main
//
//	var _ = aspects.Module(aspects.Include(grpchooks.Rules))
//
// Then the module's calls of grpc.NewServer, grpc.NewClient, grpc.Dial and grpc.DialContext are
// calls of this package's functions of these names, which append options to those of the program.
//
// # Telemetry
//
// Each call is a SERVER span where it is served and a CLIENT span where it is made, named
// "package.Service/Method", and a point of the histogram rpc.server.call.duration or
// rpc.client.call.duration in seconds, with the rpc.* attributes of the semantic conventions. The
// parent comes from the metadata, through the installed propagator. A server's span covers the
// whole call: interceptors, calls that they refuse, and methods that the server does not have,
// which are all named "_OTHER". A connection's span is below all of its interceptors. The span of a
// stream lasts until its status is known, or its context or its connection ends. Where net/http
// serves, by (*grpc.Server).ServeHTTP, a span of the HTTP server is the parent.
//
// A server's call has failed with UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE
// and DATA_LOSS, a client's with each code but OK.
//
// A server or connection whose options have a handler or, in a chain, an interceptor of
// OpenTelemetry's otelgrpc keeps that and gets no second one. An interceptor that
// grpc.UnaryInterceptor or grpc.StreamInterceptor is given beside a chain cannot be seen.
//
// # Statuses
//
// A refusal of a woven method or interceptor, and a timeout or panic that one has turned into an
// error, has a status, which [Status] lists. So has an error that wraps one. A status of the
// method's own stays as it is. A panic that nobody recovers ends the process, as it does without
// this package.
//
// # Whose fault it is
//
// To policies around a client's calls, an error of a code that says what the caller did wrong is no
// failure of the callee: see [runtimehooks.TeachFault].
package grpchooks
