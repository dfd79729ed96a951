package aspects

import (
	"log/slog"
	"time"
)

// Rules is what [Module] returns. A rule file declares it as "var _".
type Rules struct{}

// Decl is an argument of [Module]: a stack, a rule, an exclusion or an order.
type Decl interface{ decl() }

// Part is an argument of [Rule] after the selector: an aspect, [Use] or [Optional].
type Part interface{ part() }

// Selector selects functions. It is built by [Funcs], [Methods], [Implementing], [HTTPHandlers] or [All], narrowed by its
// methods, and combined by [Any], [Both] and [Not].
type Selector struct{ _ byte }

// Aspect is one aspect with its options, as an element of a stack or a rule.
type Aspect struct{ _ byte }

type (
	declaration struct{}
	use         struct{}
)

func (declaration) decl() {}
func (use) part()         {}
func (Aspect) part()      {}

// Module holds the declarations of a rule file. A module may have several rule files; their declarations add up.
func Module(decls ...Decl) Rules { return Rules{} }

// Stack names a list of aspects, to be used by rules with [Use] and by functions with the directive "//instrument:use name".
func Stack(name string, aspects ...Aspect) Decl { return declaration{} }

// Rule gives the selected functions some aspects. The name is shown wherever the rule had an effect. A rule that selects
// nothing is an error, unless one of its parts is [Optional].
func Rule(name string, selector Selector, parts ...Part) Decl { return declaration{} }

// Exclude takes the selected functions out of every rule. The reason is shown by "instrument plan".
func Exclude(reason string, selector Selector) Decl { return declaration{} }

// Order declares the order of aspects, outermost first, by name. It may move trace, metrics and log among each other, and
// must list custom advice that meets on one function; the other built-in aspects keep their default order.
func Order(names ...string) Decl { return declaration{} }

// Use applies a stack.
func Use(stack string) Part { return use{} }

// Optional allows a rule to select nothing.
func Optional() Part { return use{} }

// Funcs selects functions and methods by value: Funcs(orders.Health, (*store.Store).Put).
func Funcs(values ...any) Selector { return Selector{} }

// Methods selects the methods declared for the type that its argument points to: Methods((*orders.Service)(nil)).
func Methods(typedNil any) Selector { return Selector{} }

// Implementing selects, in the types of the main module that implement an interface, the methods that implement it:
// Implementing((*store.Store)(nil)).
func Implementing(typedNilInterface any) Selector { return Selector{} }

// HTTPHandlers selects the functions and methods with the signature of [net/http.HandlerFunc].
func HTTPHandlers() Selector { return Selector{} }

// All selects every function and method of the main module.
func All() Selector { return Selector{} }

// In keeps functions in packages that match one of the patterns: "./web/..." relative to the rule file's folder, or an import path pattern.
func (s Selector) In(patterns ...string) Selector { return s }

// Named keeps functions whose name matches a glob, as path.Match reads it.
func (s Selector) Named(glob string) Selector { return s }

// Exported keeps exported functions, and exported methods of exported types.
func (s Selector) Exported() Selector { return s }

// WithContext keeps functions with a parameter of type context.Context.
func (s Selector) WithContext() Selector { return s }

// ReturningError keeps functions whose last result has type error.
func (s Selector) ReturningError() Selector { return s }

// Any selects what at least one selector selects.
func Any(selectors ...Selector) Selector { return Selector{} }

// Both selects what every selector selects.
func Both(selectors ...Selector) Selector { return Selector{} }

// Not selects, of the main module, what a selector does not select.
func Not(selector Selector) Selector { return Selector{} }

// Around is custom advice: an ordinary function
//
//	func(ctx context.Context, site *runtimehooks.Site, next func(context.Context) error) error
//
// that calls next for the body. It is declared any because this package does not import runtimehooks; its type is checked
// when the rule file is read.
func Around(name string, advice any) Aspect { return Aspect{} }

// The options of the aspects. Each type holds the options of one aspect, so that a misplaced one does not compile.
type (
	RecoverOption interface{ recoverOption() }
	TraceOption   interface{ traceOption() }
	MetricsOption interface{ metricsOption() }
	LogOption     interface{ logOption() }
	TimeoutOption interface{ timeoutOption() }
	RetryOption   interface{ retryOption() }
	BreakerOption interface{ breakerOption() }
)

// ResultOption picks the result that tells failure. Every aspect that looks at it takes it.
type ResultOption interface {
	TraceOption
	MetricsOption
	LogOption
	TimeoutOption
	RetryOption
	BreakerOption
}

// StreamOption allows a stream as a result.
type StreamOption interface {
	TraceOption
	MetricsOption
}

type option struct{}

func (option) recoverOption() {}
func (option) traceOption()   {}
func (option) metricsOption() {}
func (option) logOption()     {}
func (option) timeoutOption() {}
func (option) retryOption()   {}
func (option) breakerOption() {}

// Recover turns a panic into an error.
func Recover(options ...RecoverOption) Aspect { return Aspect{} }

// Trace puts a span around each call.
func Trace(options ...TraceOption) Aspect { return Aspect{} }

// Metrics records each call's duration.
func Metrics(options ...MetricsOption) Aspect { return Aspect{} }

// Log writes one record per call.
func Log(options ...LogOption) Aspect { return Aspect{} }

// Timeout gives each call a deadline.
func Timeout(after time.Duration, options ...TimeoutOption) Aspect { return Aspect{} }

// Retry calls the body again when it failed.
func Retry(options ...RetryOption) Aspect { return Aspect{} }

// Breaker is a circuit breaker, shared by every function that names it. With the name "" the function has its own.
func Breaker(name string, options ...BreakerOption) Aspect { return Aspect{} }

// As sets the status of the response to a panic in a net/http handler.
func As(status int) RecoverOption { return option{} }

// SpanName sets the span's name.
func SpanName(name string) TraceOption { return option{} }

// SpanKind sets the span's kind: internal, server, client, producer or consumer.
func SpanKind(kind string) TraceOption { return option{} }

// Attr records a parameter or a field path that starts at one.
func Attr(path string) TraceOption { return option{} }

// Stream allows a result whose work goes on after the return; its argument is "ok".
func Stream(ok string) StreamOption { return option{} }

// Err picks the result that tells failure, by name or by index from 0.
func Err(result string) ResultOption { return option{} }

// LogLevel sets the level of calls that succeed.
func LogLevel(level slog.Level) LogOption { return option{} }

// Slow logs successful calls only if they took at least this long.
func Slow(least time.Duration) LogOption { return option{} }

// Attempts sets the number of calls in all.
func Attempts(n int) RetryOption { return option{} }

// Initial sets the first pause.
func Initial(pause time.Duration) RetryOption { return option{} }

// Max sets the longest pause.
func Max(pause time.Duration) RetryOption { return option{} }

// Factor sets by how much each pause is longer than the one before.
func Factor(factor float64) RetryOption { return option{} }

// Jitter sets the random part of each pause, 0 to 1.
func Jitter(fraction float64) RetryOption { return option{} }

// Elapsed sets the time after which no further attempt starts.
func Elapsed(limit time.Duration) RetryOption { return option{} }

// RetryIf retries only errors for which the function reports true.
func RetryIf(retryable func(error) bool) RetryOption { return option{} }

// RetryUnless never retries errors for which the function reports true.
func RetryUnless(final func(error) bool) RetryOption { return option{} }

// RetryOn retries only these errors, matched with errors.Is.
func RetryOn(sentinels ...error) RetryOption { return option{} }

// RetryAbort never retries these errors, matched with errors.Is.
func RetryAbort(sentinels ...error) RetryOption { return option{} }

// Failures sets how many consecutive failures open the breaker.
func Failures(n int) BreakerOption { return option{} }

// Rate sets the share of failures in a full window that opens the breaker.
func Rate(rate float64) BreakerOption { return option{} }

// Window sets how many calls Rate is judged on.
func Window(calls int) BreakerOption { return option{} }

// Cooldown sets how long the breaker stays open.
func Cooldown(pause time.Duration) BreakerOption { return option{} }

// Probes sets how many calls are let through at once while half-open.
func Probes(n int) BreakerOption { return option{} }

// BreakerOn counts only these errors as failures, matched with errors.Is.
func BreakerOn(sentinels ...error) BreakerOption { return option{} }

// BreakerSkip counts these errors as success, matched with errors.Is.
func BreakerSkip(sentinels ...error) BreakerOption { return option{} }
