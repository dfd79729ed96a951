package aspects

import (
	"log/slog"
	"time"
)

// The constructors of the aspects, in their default order, each with the functions that set its
// options. What an option means, its bounds and its default are in its [Definition].

// The options of the aspects. Each type holds the options of one aspect, so that a misplaced one
// does not compile.
type (
	RecoverOption    interface{ recoverOption() }
	TraceOption      interface{ traceOption() }
	MetricsOption    interface{ metricsOption() }
	LogOption        interface{ logOption() }
	LimitOption      interface{ limitOption() }
	AuthzOption      interface{ authzOption() }
	IdempotentOption interface{ idempotentOption() }
	CacheOption      interface{ cacheOption() }
	FallbackOption   interface{ fallbackOption() }
	TimeoutOption    interface{ timeoutOption() }
	HedgeOption      interface{ hedgeOption() }
	RetryOption      interface{ retryOption() }
	BreakerOption    interface{ breakerOption() }
	BulkheadOption   interface{ bulkheadOption() }
)

// ResultOption picks the result that says whether the call failed. Every aspect that looks at it
// takes it.
type ResultOption interface {
	TraceOption
	MetricsOption
	LogOption
	FallbackOption
	TimeoutOption
	RetryOption
	BreakerOption
}

// StreamOption allows a stream as a result.
type StreamOption interface {
	TraceOption
	MetricsOption
}

type setting struct{}

func (setting) recoverOption()    {}
func (setting) traceOption()      {}
func (setting) metricsOption()    {}
func (setting) logOption()        {}
func (setting) limitOption()      {}
func (setting) authzOption()      {}
func (setting) idempotentOption() {}
func (setting) cacheOption()      {}
func (setting) fallbackOption()   {}
func (setting) timeoutOption()    {}
func (setting) hedgeOption()      {}
func (setting) retryOption()      {}
func (setting) breakerOption()    {}
func (setting) bulkheadOption()   {}

// Recover turns a panic into an error.
func Recover(options ...RecoverOption) Aspect { return Aspect{} }

// As sets the status of the response to a panic in a net/http handler.
func As(status int) RecoverOption { return setting{} }

// Trace puts a span around each call.
func Trace(options ...TraceOption) Aspect { return Aspect{} }

// SpanName sets the span's name.
func SpanName(name string) TraceOption { return setting{} }

// SpanKind sets the span's kind: internal, server, client, producer or consumer.
func SpanKind(kind string) TraceOption { return setting{} }

// Attr records a parameter or a field path that starts at one.
func Attr(path string) TraceOption { return setting{} }

// Metrics records each call's duration.
func Metrics(options ...MetricsOption) Aspect { return Aspect{} }

// Stream allows a result whose work continues after the return; its argument must be "ok".
func Stream(ok string) StreamOption { return setting{} }

// Err picks the result that says whether the call failed, by name or by index from 0.
func Err(result string) ResultOption { return setting{} }

// Log writes one record per call.
func Log(options ...LogOption) Aspect { return Aspect{} }

// LogLevel sets the level of calls that succeed.
func LogLevel(level slog.Level) LogOption { return setting{} }

// Slow logs successful calls only if they took at least this long.
func Slow(least time.Duration) LogOption { return setting{} }

// Limit limits how many calls may begin per time, shared by every function that names it. With the
// name "" the function has its own.
func Limit(name string, options ...LimitOption) Aspect { return Aspect{} }

// LimitRate sets how many calls may begin per time: LimitRate(100, time.Second).
func LimitRate(calls int, per time.Duration) LimitOption { return setting{} }

// LimitBurst sets how many calls may begin at once after a pause.
func LimitBurst(calls int) LimitOption { return setting{} }

// LimitKey gives each value of expressions over the parameters a limit of its own.
func LimitKey(expressions ...string) LimitOption { return setting{} }

// LimitWait sets the longest time that a call waits for its turn.
func LimitWait(most time.Duration) LimitOption { return setting{} }

// Authz asks a function before the body whether the caller may call: a declared function, or a
// method expression such as (*Service).Authorize for a method of the receiver or of a parameter. It
// takes some of the parameters, and returns an error.
func Authz(function any, options ...AuthzOption) Aspect { return Aspect{} }

// Challenge sets what WWW-Authenticate of a response with status 401 asks for, in a net/http
// handler: a scheme with its parameters, such as Basic realm="shop".
func Challenge(scheme string) AuthzOption { return setting{} }

// Validate asks a function before the body whether the arguments are valid: a declared function, or
// a method expression such as (*Request).Validate for a method of the receiver or of a parameter.
// It takes some of the parameters, and returns an error.
func Validate(function any) Aspect { return Aspect{} }

// Idempotent runs the body at most once with success for each value of an expression over the
// parameters.
func Idempotent(key string, options ...IdempotentOption) Aspect { return Aspect{} }

// IdempotencyKey adds expressions to the key.
func IdempotencyKey(expressions ...string) IdempotentOption { return setting{} }

// IdempotencyText says with "faithful" that the text of keys which have a MarshalText method
// differs for all values that differ.
func IdempotencyText(form string) IdempotentOption { return setting{} }

// Same names what calls with one key must have in common: expressions over the parameters.
func Same(expressions ...string) IdempotentOption { return setting{} }

// Store names the runtimehooks.IdempotencyStore: a field of the receiver or a parameter, or a
// variable of the function's package.
func Store(expression string) IdempotentOption { return setting{} }

// IdempotencyTTL sets how long results are kept.
func IdempotencyTTL(keep time.Duration) IdempotentOption { return setting{} }

// Lease sets how long a call keeps others out if its process dies.
func Lease(hold time.Duration) IdempotentOption { return setting{} }

// IdempotencyWait sets the longest time that a call waits for another one with its key.
func IdempotencyWait(most time.Duration) IdempotentOption { return setting{} }

// Cache keeps results by the value of an expression over the parameters.
func Cache(key string, options ...CacheOption) Aspect { return Aspect{} }

// CacheKey adds expressions to the key.
func CacheKey(expressions ...string) CacheOption { return setting{} }

// CacheTTL sets how long a result is kept.
func CacheTTL(keep time.Duration) CacheOption { return setting{} }

// CacheSize sets the number of entries.
func CacheSize(entries int) CacheOption { return setting{} }

// CacheNegative says whether errors are kept too.
func CacheNegative(keep bool) CacheOption { return setting{} }

// Fallback lets another function answer when everything else failed: a declared function, or a
// method expression such as (*Service).Cached for a method of the receiver. It takes some of the
// parameters, and optionally the error at the end.
func Fallback(function any, options ...FallbackOption) Aspect { return Aspect{} }

// FallbackOn answers only after these errors, matched with errors.Is.
func FallbackOn(sentinels ...error) FallbackOption { return setting{} }

// FallbackSkip never answers after these errors, matched with errors.Is.
func FallbackSkip(sentinels ...error) FallbackOption { return setting{} }

// Timeout gives each call a deadline.
func Timeout(after time.Duration, options ...TimeoutOption) Aspect { return Aspect{} }

// Hedge runs the body once more if it takes longer than delay.
func Hedge(delay time.Duration, options ...HedgeOption) Aspect { return Aspect{} }

// HedgeMax sets how many bodies run at once, the first included.
func HedgeMax(bodies int) HedgeOption { return setting{} }

// HedgeBudget sets the share of recent calls that may be hedged.
func HedgeBudget(share float64) HedgeOption { return setting{} }

// HedgeIf has another body try to do better only after errors for which the function reports true: a
// declared func(error) bool. One with more parameters takes all results in their order, as a
// func(*http.Response, error) bool does, and is asked about each call, whether its error is nil or
// not. It is declared any because its parameters depend on the woven function; they are checked when
// the rule file is read. The same goes for HedgeUnless and for the like of retry and breaker.
func HedgeIf(transient any) HedgeOption { return setting{} }

// HedgeUnless ends the call with errors for which the function reports true. See [HedgeIf].
func HedgeUnless(final any) HedgeOption { return setting{} }

// HedgeOn has another body try to do better only after these errors, matched with errors.Is.
func HedgeOn(sentinels ...error) HedgeOption { return setting{} }

// HedgeSkip ends the call with these errors, matched with errors.Is.
func HedgeSkip(sentinels ...error) HedgeOption { return setting{} }

// HedgeClose has the function give back the results of type T of bodies that have lost.
func HedgeClose[T any](drop func(T)) HedgeOption { return setting{} }

// Retry calls the body again if it failed.
func Retry(options ...RetryOption) Aspect { return Aspect{} }

// Attempts sets the number of calls in all.
func Attempts(n int) RetryOption { return setting{} }

// Initial sets the first pause.
func Initial(pause time.Duration) RetryOption { return setting{} }

// Max sets the longest pause.
func Max(pause time.Duration) RetryOption { return setting{} }

// Factor sets by how much each pause is longer than the one before.
func Factor(factor float64) RetryOption { return setting{} }

// Jitter sets the random part of each pause, 0 to 1.
func Jitter(fraction float64) RetryOption { return setting{} }

// Elapsed sets the time after which no further attempt starts.
func Elapsed(limit time.Duration) RetryOption { return setting{} }

// RetryEach gives each attempt a deadline.
func RetryEach(after time.Duration) RetryOption { return setting{} }

// RetryBudget sets the share of recent calls that may be retried; 0 is no budget.
func RetryBudget(share float64) RetryOption { return setting{} }

// RetrySpans sets what a span is for: "attempt" for a child span per attempt.
func RetrySpans(each string) RetryOption { return setting{} }

// RetryIf retries only errors for which the function reports true, or with a function that takes the
// results, calls that have ended so. See [HedgeIf].
func RetryIf(retryable any) RetryOption { return setting{} }

// RetryUnless never retries errors for which the function reports true. See [HedgeIf].
func RetryUnless(final any) RetryOption { return setting{} }

// RetryOn retries only these errors, matched with errors.Is.
func RetryOn(sentinels ...error) RetryOption { return setting{} }

// RetryAbort never retries these errors, matched with errors.Is.
func RetryAbort(sentinels ...error) RetryOption { return setting{} }

// Breaker is a circuit breaker, shared by every function that names it. With the name "" the
// function has its own.
func Breaker(name string, options ...BreakerOption) Aspect { return Aspect{} }

// Failures sets how many consecutive failures open the breaker.
func Failures(n int) BreakerOption { return setting{} }

// Rate sets the share of failures in a full window that opens the breaker.
func Rate(rate float64) BreakerOption { return setting{} }

// Window sets the calls or the time that Rate and SlowCall are judged on: Window(20),
// Window(30*time.Second).
func Window[T int | time.Duration](size T) BreakerOption { return setting{} }

// MinCalls sets how many calls a window of time must hold to be judged.
func MinCalls(n int) BreakerOption { return setting{} }

// SlowCall sets how long a call takes at least to be slow.
func SlowCall(least time.Duration) BreakerOption { return setting{} }

// SlowRate sets the share of slow calls in the window that opens the breaker.
func SlowRate(rate float64) BreakerOption { return setting{} }

// Cooldown sets how long the breaker stays open.
func Cooldown(pause time.Duration) BreakerOption { return setting{} }

// Probes sets how many calls are let through at once while half-open.
func Probes(n int) BreakerOption { return setting{} }

// ProbeTimeout sets after which time a call that was let through while half-open makes room for
// another, by default the cooldown.
func ProbeTimeout(after time.Duration) BreakerOption { return setting{} }

// BreakerKey gives each value of expressions over the parameters a state of its own.
func BreakerKey(expressions ...string) BreakerOption { return setting{} }

// BreakerIf counts only errors for which the function reports true as failures, or with a function
// that takes the results, calls that have ended so. See [HedgeIf].
func BreakerIf(failure any) BreakerOption { return setting{} }

// BreakerUnless counts errors for which the function reports true as success. See [HedgeIf].
func BreakerUnless(success any) BreakerOption { return setting{} }

// BreakerOn counts only these errors as failures, matched with errors.Is.
func BreakerOn(sentinels ...error) BreakerOption { return setting{} }

// BreakerSkip counts these errors as success, matched with errors.Is.
func BreakerSkip(sentinels ...error) BreakerOption { return setting{} }

// Bulkhead limits how many calls run at the same time, shared by every function that names it. With
// the name "" the function has its own.
func Bulkhead(name string, options ...BulkheadOption) Aspect { return Aspect{} }

// MaxConcurrent sets how many calls run at a time.
func MaxConcurrent(calls int) BulkheadOption { return setting{} }

// BulkheadWait sets the longest time that a call waits for a slot.
func BulkheadWait(most time.Duration) BulkheadOption { return setting{} }

// BulkheadQueue sets how many callers may wait at a time.
func BulkheadQueue(callers int) BulkheadOption { return setting{} }
