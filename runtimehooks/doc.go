// Package runtimehooks is what woven code calls: one [Site] per woven function, and the telemetry
// and policies behind it.
//
// Nobody writes calls to this package by hand. The instrument command declares a site variable per
// woven function and puts a few statements before the body, which stay valid Go that a person can
// read:
//
//	func (s *Service) Place(ctx context.Context, req *Req) (r0 *Receipt, err error) {
//		call := instrumentCall{Site: &instrumentServicePlace}
//		ctx = call.Enter(ctx)
//		defer call.Exit(&err)
//		…
//	}
//
// The body stays on the caller's goroutine, always. A call's state lives on the caller's stack;
// everything that is the same for every call of a site is computed at its first call and kept.
//
// # Order
//
// From the outside in: recover, trace, metrics, log, limit, authz, validate, idempotent, cache,
// fallback, timeout, hedge, retry, breaker, each attempt's deadline, bulkhead, custom advice, body.
//
// limit, authz, validate, idempotent and cache are gates: statements before the body that may
// answer in its place. The timeout begins after them. What stands inside retry is asked again for
// each attempt, and given back between attempts.
//
// # Telemetry
//
// Spans and metrics go to the providers that the program installed with [go.opentelemetry.io/otel],
// under the instrumentation scope [Scope]; a provider installed later is picked up by the next
// call.
//
//   - Span: named by [Trace] or the site, with the attribute code.function.name. A failure sets the span's status to
//     error and the attribute error.type. An error is recorded as an event "exception", a panic as an event "exception"
//     with exception.stacktrace. Leaving by runtime.Goexit is the failure "goexit".
//   - Event "retry" per further attempt: retry.attempt (the number of the attempt that begins, from 2), retry.delay
//     (seconds slept before it) and error.type (of the attempt before, or of the policy that refused it). Events "hedge",
//     "fallback" and "budget exhausted" say what their names say. Event "breaker" is a change of a breaker's state that
//     the call caused: breaker.name, breaker.from, breaker.to.
//   - Histogram function.call.duration in seconds, with code.function.name and, on failure, error.type.
//   - The ft.* metrics of a site with metrics and policies, in the shapes of MicroProfile Fault Tolerance, with
//     code.function.name in the place of method. Counters are read when the provider collects, and count from the begin of
//     the process.
//
// The values of error.type are those of the errors of this package ("breaker_open", "limited",
// "full", "denied", "invalid", "in_progress", "timeout", "panic"), "goexit", the result of an
// ErrorType() string method in the error's chain, or else the error's Go type.
//
// # Policies at run time
//
// [Policies] shows what every site is and has done, and overrides options without a rebuild.
// Package live does so from a file, package debug shows it on a page. A call goes on under the
// options that it began with.
//
// # Switching off
//
// With INSTRUMENT=off in the environment every site is a pass-through: no telemetry, no policies,
// no custom advice. What calls mean stays: authz, validate and idempotent are asked all the same.
// The variable is read once, at the first call of any site.
package runtimehooks
