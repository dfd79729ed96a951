package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file keep a backend in trouble from more calls: breaker and bulkhead. Each
// attempt of a retry asks them again.

var breakerAspect = &Definition{
	Name: option.Breaker, Rule: "Breaker", Type: "Breaker", Attempt: true,
	Title: "a circuit breaker",
	Doc: `Opens after failures consecutive failures or, if rate is given, when that share of a
window's calls failed; with slow, also when a share of slowrate took that long. A window is a number
of calls, judged when that many have ended, or a time such as 30s, judged when it holds at least min
calls. While the breaker is open, calls fail at once with runtimehooks.ErrOpen, which says when to
try again. After cooldown it lets through at most probes calls at a time; their success
closes it, and a failure opens it again. One that does not return is replaced after probe-timeout,
and its late result is ignored; until then a refused call is told how long that may take. A failure
that is the caller's doing counts as neither: the caller has cancelled the call, or its deadline has
passed and was closer than slow when the call began, or without slow, closer than what nine out of
ten successful calls have taken. Without on and if, an error
that says it is the caller's fault counts as success, such as a gRPC status of NotFound where the program has the pack grpchooks. Skipped
errors count as success, too; panics and runtime.Goexit count as
failures; a result that arrives after a state change is ignored. Functions that name the same breaker share its state. With key, each value
of an expression has a state of its own, for example each host. In a net/http handler, status 500
and above is a failure and the refusal is 503 with Retry-After. A result that a pack understands, such
as a response of net/http with httphooks, may be a failure without an error.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Breaker),
	Options: []Option{
		name(option.Breaker),
		{Spec: option.Must(option.Breaker, "failures"), Rule: "Failures", Field: "Failures", Doc: "consecutive failures that open it",
			Why: "a backend that fails one call in five fails five in a row once in 4000 calls; one that is down does so at once"},
		{Spec: option.Must(option.Breaker, "rate"), Rule: "Rate", Field: "Rate",
			Doc: "share of failures in the window that opens it, instead of failures",
			Why: "none: consecutive failures are simpler to reason about; begin with 0.5 if some of the calls always succeed"},
		{Spec: option.Must(option.Breaker, "window"), Rule: "Window", Field: "Window",
			Doc: "number of calls that rate and slow are judged on, such as 20, or the time, such as 30s",
			Why: "if a backend fails a quarter of its calls, half of 20 calls fail by chance in one window of 70, and half of 10 in " +
				"one of 13; and 20 calls are soon made"},
		{Spec: option.Must(option.Breaker, "min"), Rule: "MinCalls", Field: "Min",
			Doc: "number of calls below which a window of time is not judged",
			Why: "at night two failures out of three calls say nothing"},
		{Spec: option.Must(option.Breaker, "slow"), Rule: "SlowCall", Field: "Slow", Doc: "a call that takes at least this long is slow",
			Why: "none: what is slow depends on the function"},
		{Spec: option.Must(option.Breaker, "slowrate"), Rule: "SlowRate", Field: "SlowRate",
			Doc: "share of slow calls in the window that opens it",
			Why: "slow calls still answer: only when every one is slow is refusing them surely better"},
		{Spec: option.Must(option.Breaker, "cooldown"), Rule: "Cooldown", Field: "Cooldown", Doc: "how long it stays open",
			Why: "a restarted process is back in about that time, a person who reloads the page waits as long, and one probe every 5 s is no load"},
		{Spec: option.Must(option.Breaker, "probes"), Rule: "Probes", Field: "Probes",
			Doc: "number of calls let through at once while half-open, and of successes that close it",
			Why: "one call risks the least on a backend that may not be back"},
		{Spec: option.Must(option.Breaker, "probe-timeout"), Rule: "ProbeTimeout", Field: "ProbeTimeout",
			Doc: "time after which a call let through while half-open, which has not returned, makes room for another; by default the cooldown",
			Why: "none but cooldown: it is how long the breaker may say no without having asked again"},
		key(option.Breaker, "BreakerKey", "whose state it is, such as req.Host; given more than once, all of them together"),
		{Spec: option.Must(option.Breaker, "if"), Rule: "BreakerIf", Field: "If",
			Doc: "only errors for which it reports true, or results if it takes them, count as failures"},
		{Spec: option.Must(option.Breaker, "unless"), Rule: "BreakerUnless", Field: "Unless",
			Doc: "errors for which it reports true, or results if it takes them, count as success"},
		{Spec: option.Must(option.Breaker, "on"), Rule: "BreakerOn", Field: "On", Doc: "only these errors count as failures"},
		{Spec: option.Must(option.Breaker, "skip"), Rule: "BreakerSkip", Field: "Skip", Doc: "these errors count as success"},
		result(option.Breaker),
	},
}

var bulkheadAspect = &Definition{
	Name: option.Bulkhead, Rule: "Bulkhead", Type: "Bulkhead",
	Title: "a number of calls at the same time",
	Doc: `Limits how many calls run at the same time. A call that finds no free slot is refused
with runtimehooks.ErrFull, or waits its turn: at most wait, in a queue of at most queue callers, and
no longer than its context allows. A call holds its slot until the body ends, even after a deadline,
because the work goes on until then; a retry gives the slot back while it pauses. Functions that
name the same bulkhead share its slots. In a net/http handler the refusal is status 503.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Bulkhead),
	Options: []Option{
		name(option.Bulkhead),
		{Spec: option.Must(option.Bulkhead, "max"), Rule: "MaxConcurrent", Field: "Max", Doc: "number of calls at a time",
			Why: "it is the size of most connection pools, and the default of the standards; the right number is the rate of calls " +
				"times the time that one takes, doubled"},
		{Spec: option.Must(option.Bulkhead, "wait"), Rule: "BulkheadWait", Field: "Wait",
			Doc: "longest time that a call waits for a slot; with 0s and a queue, as long as its context allows",
			Why: "callers that wait hold memory and connections of their own, so an overload spreads. Refusing at once keeps it where it is"},
		{Spec: option.Must(option.Bulkhead, "queue"), Rule: "BulkheadQueue", Field: "Queue",
			Doc: "number of callers that may wait at a time; by default any number with wait, none without"},
	},
}
