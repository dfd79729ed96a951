package aspects

// The aspects of this file keep a backend in trouble from more calls: breaker and bulkhead. Each attempt of a retry asks
// them anew.

var breakerAspect = &Definition{
	Name: "breaker", Rule: "Breaker", Type: "Breaker", Attempt: true,
	Title: "a circuit breaker",
	Doc: `Opens after failures consecutive failures or, where rate is given, when that share of a window's calls failed; with slow, also when slowrate of
them took so long. The window is the last calls, judged once there are so many, or a time such as 30s, judged once it holds min calls. While open, calls fail at
once with runtimehooks.ErrOpen, which says when to try again. After cooldown, probes calls at a time are let through; their success closes it, a failure opens it again.
A caller's cancel counts as neither; skipped errors count as success; panics and runtime.Goexit count as failures; a result that arrives after a state
change is ignored. Functions that name the same breaker share its state. With key, each value of an expression has a state of its own, such as each host.
In a net/http handler, status 500 and above is a failure and the refusal is 503 with Retry-After.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example("breaker"),
	Options: []Option{
		name("breaker"),
		{Name: "failures", Rule: "Failures", Kind: Int, Field: "Failures", Default: "5", Min: "1", Doc: "consecutive failures that open it",
			Why: "a backend that fails one call in five gives five in a row once in 4000 calls; one that is down gives them at once"},
		{Name: "rate", Rule: "Rate", Kind: Float, Field: "Rate", Min: ">0", Max: "1", Doc: "share of failures in the window that opens it, instead of failures",
			Why: "none: consecutive failures are simpler to reason about; 0.5 is what to begin with where a part of the calls always succeeds"},
		{Name: "window", Rule: "Window", Kind: Size, Field: "Window", Default: "20", Min: "1", Max: "100000", Doc: "calls that rate and slow are judged on, such as 20, or the time, such as 30s",
			Why: "a backend that fails a quarter of its calls reaches half of 20 by chance in one window of 70, of 10 in one of 13; and 20 calls are soon made"},
		{Name: "min", Rule: "MinCalls", Kind: Int, Field: "Min", Default: "20", Min: "1", Doc: "calls without which a window of time is not judged",
			Why: "at night two failures out of three calls say nothing"},
		{Name: "slow", Rule: "SlowCall", Kind: Duration, Field: "Slow", Min: ">0s", Doc: "time from which on a call is slow",
			Why: "none: what is slow is the function's business"},
		{Name: "slowrate", Rule: "SlowRate", Kind: Float, Field: "SlowRate", Default: "1", Min: ">0", Max: "1", Doc: "share of slow calls in the window that opens it",
			Why: "slow calls still answer: only when every one is slow is refusing them surely better"},
		{Name: "cooldown", Rule: "Cooldown", Kind: Duration, Field: "Cooldown", Default: "5s", Min: ">0s", Doc: "time it stays open",
			Why: "a restarted process is back in about that time, a person who reloads the page waits as long, and one probe every 5 s is no load"},
		{Name: "probes", Rule: "Probes", Kind: Int, Field: "Probes", Default: "1", Min: "1", Max: "1000", Doc: "calls let through at once while half-open, and successes that close it",
			Why: "one call risks the least on a backend that may not be back"},
		key("BreakerKey", "whose state it is, such as req.Host; given more than once, all of them together"),
		{Name: "on", Rule: "BreakerOn", Kind: Sentinel, Field: "On", Doc: "only these errors count as failures"},
		{Name: "skip", Rule: "BreakerSkip", Kind: Sentinel, Field: "Skip", Doc: "these errors count as success"},
		result,
	},
}

var bulkheadAspect = &Definition{
	Name: "bulkhead", Rule: "Bulkhead", Type: "Bulkhead",
	Title: "so many calls at a time",
	Doc: `Lets so many calls run at a time. One that finds no free slot is refused with runtimehooks.ErrFull, or waits in turn: at most wait, in a queue of at
most queue callers, and no longer than its context lets it. A slot is held until the body ends, also after a deadline, because the work goes on until then; a retry gives it back while
it pauses. Functions that name the same bulkhead share its slots. In a net/http handler the refusal is status 503.`,
	Needs:   Needs{Error: "a refused call is returned as an error"},
	Example: example("bulkhead"),
	Options: []Option{
		name("bulkhead"),
		{Name: "max", Rule: "MaxConcurrent", Kind: Int, Field: "Max", Default: "10", Min: "1", Doc: "calls at a time",
			Why: "the size of most connection pools, and the default of the standards; the right one is the rate of calls times the time that one takes, doubled"},
		{Name: "wait", Rule: "BulkheadWait", Kind: Duration, Field: "Wait", Default: "0s", Min: "0s", Doc: "longest time that a call waits for a slot; 0s with a queue waits as long as the context lets it",
			Why: "callers that wait hold memory and connections of their own: an overload spreads. Refusing at once keeps it where it is"},
		{Name: "queue", Rule: "BulkheadQueue", Kind: Int, Field: "Queue", Min: "0", Doc: "callers that may wait at a time; by default any number with wait, none without"},
	},
}
