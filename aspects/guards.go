package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file keep a backend in trouble from more calls: breaker and bulkhead. Each
// attempt of a retry asks them again.

var breakerAspect = &Definition{
	Name: option.Breaker, Rule: "Breaker", Type: "Breaker", Attempt: true,
	Title: "a circuit breaker",
	Doc: `Opens after failures consecutive failures or, where rate is given, when that share of a window's calls failed; with slow, also when slowrate of
them took so long. The window is the last calls, judged once there are so many, or a time such as 30s, judged once it holds min calls. While open, calls fail at
once with runtimehooks.ErrOpen, which says when to try again. After cooldown, probes calls at a time are let through; their success closes it, a failure opens it again.
A caller's cancel counts as neither; skipped errors count as success; panics and runtime.Goexit count as failures; a result that arrives after a state
change is ignored. Functions that name the same breaker share its state. With key, each value of an expression has a state of its own, such as each host.
In a net/http handler, status 500 and above is a failure and the refusal is 503 with Retry-After.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Breaker),
	Options: []Option{
		name(option.Breaker),
		{Spec: option.Must(option.Breaker, "failures"), Rule: "Failures", Field: "Failures", Doc: "consecutive failures that open it",
			Why: "a backend that fails one call in five gives five in a row once in 4000 calls; one that is down gives them at once"},
		{Spec: option.Must(option.Breaker, "rate"), Rule: "Rate", Field: "Rate",
			Doc: "share of failures in the window that opens it, instead of failures",
			Why: "none: consecutive failures are simpler to reason about; 0.5 is what to begin with where a part of the calls always succeeds"},
		{Spec: option.Must(option.Breaker, "window"), Rule: "Window", Field: "Window",
			Doc: "calls that rate and slow are judged on, such as 20, or the time, such as 30s",
			Why: "a backend that fails a quarter of its calls reaches half of 20 by chance in one window of 70, of 10 in one of 13; and 20 calls are soon made"},
		{Spec: option.Must(option.Breaker, "min"), Rule: "MinCalls", Field: "Min",
			Doc: "calls without which a window of time is not judged",
			Why: "at night two failures out of three calls say nothing"},
		{Spec: option.Must(option.Breaker, "slow"), Rule: "SlowCall", Field: "Slow", Doc: "time from which on a call is slow",
			Why: "none: what is slow is the function's business"},
		{Spec: option.Must(option.Breaker, "slowrate"), Rule: "SlowRate", Field: "SlowRate",
			Doc: "share of slow calls in the window that opens it",
			Why: "slow calls still answer: only when every one is slow is refusing them surely better"},
		{Spec: option.Must(option.Breaker, "cooldown"), Rule: "Cooldown", Field: "Cooldown", Doc: "time it stays open",
			Why: "a restarted process is back in about that time, a person who reloads the page waits as long, and one probe every 5 s is no load"},
		{Spec: option.Must(option.Breaker, "probes"), Rule: "Probes", Field: "Probes",
			Doc: "calls let through at once while half-open, and successes that close it",
			Why: "one call risks the least on a backend that may not be back"},
		key(option.Breaker, "BreakerKey", "whose state it is, such as req.Host; given more than once, all of them together"),
		{Spec: option.Must(option.Breaker, "on"), Rule: "BreakerOn", Field: "On", Doc: "only these errors count as failures"},
		{Spec: option.Must(option.Breaker, "skip"), Rule: "BreakerSkip", Field: "Skip", Doc: "these errors count as success"},
		result(option.Breaker),
	},
}

var bulkheadAspect = &Definition{
	Name: option.Bulkhead, Rule: "Bulkhead", Type: "Bulkhead",
	Title: "so many calls at a time",
	Doc: `Lets so many calls run at a time. One that finds no free slot is refused with runtimehooks.ErrFull, or waits in turn: at most wait, in a queue of at
most queue callers, and no longer than its context lets it. A slot is held until the body ends, also after a deadline, because the work goes on until then; a retry gives it back while
it pauses. Functions that name the same bulkhead share its slots. In a net/http handler the refusal is status 503.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example(option.Bulkhead),
	Options: []Option{
		name(option.Bulkhead),
		{Spec: option.Must(option.Bulkhead, "max"), Rule: "MaxConcurrent", Field: "Max", Doc: "calls at a time",
			Why: "the size of most connection pools, and the default of the standards; the right one is the rate of calls times the time that one takes, doubled"},
		{Spec: option.Must(option.Bulkhead, "wait"), Rule: "BulkheadWait", Field: "Wait",
			Doc: "longest time that a call waits for a slot; 0s with a queue waits as long as the context lets it",
			Why: "callers that wait hold memory and connections of their own: an overload spreads. Refusing at once keeps it where it is"},
		{Spec: option.Must(option.Bulkhead, "queue"), Rule: "BulkheadQueue", Field: "Queue",
			Doc: "callers that may wait at a time; by default any number with wait, none without"},
	},
}
