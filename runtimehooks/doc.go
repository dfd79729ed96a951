// Package runtimehooks is what woven code calls: one [Site] per woven function, and the telemetry and policies behind it.
//
// Nobody writes calls to this package by hand. The instrument command declares a site variable per woven function and
// puts a few statements before the body, which stay valid Go that a person can read:
//
//	func (s *Service) Place(ctx context.Context, req *Req) (r0 *Receipt, err error) {
//		call := instrumentServicePlace.Call()
//		ctx = call.Enter(ctx)
//		defer call.Exit(&err)
//		…
//	}
//
// The body stays on the caller's goroutine, always. A call's state lives on the caller's stack; everything that is the
// same for every call of a site is computed at its first call and kept.
//
// # Order
//
// From the outside in: recover, trace, metrics, log, timeout, retry, breaker, custom advice, body.
//
// # Telemetry
//
// Spans and metrics go to the providers that the program installed with [go.opentelemetry.io/otel], under the
// instrumentation scope [Scope]; a provider installed later is picked up by the next call.
//
//   - Span: named by [Trace] or the site, with the attribute code.function.name. A failure sets the span's status to
//     error and the attribute error.type. An error is recorded as an event "exception", a panic as an event "exception"
//     with exception.stacktrace. Leaving by runtime.Goexit is the failure "goexit".
//   - Event "retry" per further attempt: retry.attempt (the number of the attempt that begins, from 2), retry.delay
//     (seconds slept before it) and error.type (of the attempt before).
//   - Histogram function.call.duration in seconds, with code.function.name and, on failure, error.type.
//
// The values of error.type are those of the errors of this package ("breaker_open", "timeout", "panic"), "goexit", the
// result of an ErrorType() string method in the error's chain, or else the error's Go type.
//
// # Switching off
//
// With INSTRUMENT=off in the environment every site is a pass-through: no telemetry, no policies, no custom advice. The
// variable is read once, at the first call of any site.
package runtimehooks
