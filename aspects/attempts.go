package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file say how often and how long the body runs: timeout, hedge and retry.

var timeoutAspect = &Definition{
	Name: option.Timeout, Rule: "Timeout", Type: "Timeout",
	Title: "a deadline for the whole call",
	Doc: `The body's context ends after the given time; with retry, it bounds all attempts and the pauses between them. A call that ends after its deadline
fails with runtimehooks.ErrTimeout, also when it succeeded late. The body stays on the caller's goroutine: it ends when it heeds its context.
Costs nothing when the caller's deadline is sooner. In a net/http handler the response is status 504, if nothing has been written.`,
	Needs: Needs{
		Context: "the deadline travels in it",
		Error:   "a missed deadline is returned as an error",
		Plain:   "the deadline's context ends at return, and would end the result with it",
	},
	Example: example(option.Timeout),
	Options: []Option{
		{Spec: option.Must(option.Timeout, "after"), Own: true, Field: "After", Doc: "the time a call may take",
			Why: "none: it is what the callers still wait for, a little less than their own deadline"},
		result(option.Timeout),
	},
}

var hedgeAspect = &Definition{
	Name: option.Hedge, Rule: "Hedge", Type: "Hedge", Attempt: true,
	Title: "runs the body once more when the first takes long",
	Doc: `Runs the body a second time next to the first when that has not ended after delay, each time in a goroutine of its own. The first success wins and
the contexts of the others end; the call fails when all that were begun have failed. With retry, each retries on its own. It is for reads that are
safe to do twice: it turns one slow backend out of many into a small cost. A panic of a body reaches the caller, and the call does not wait for those that lost.`,
	Needs: Needs{
		Context:    "it is how the bodies that lost learn to stop",
		Own:        "the bodies run at the same time, and would share the request",
		Error:      "it says which one has won",
		Plain:      "the losers' contexts end at return, and would end the result with them",
		NoResponse: "two bodies cannot write one response",
	},
	Example: example(option.Hedge),
	Options: []Option{
		{Spec: option.Must(option.Hedge, "delay"), Own: true, Field: "Delay", Doc: "time after which another one begins",
			Why: "none: it is the function's own 95th percentile, so that one call in twenty is hedged"},
		{Spec: option.Must(option.Hedge, "max"), Rule: "HedgeMax", Field: "Max", Doc: "bodies at once, the first included",
			Why: "the second one takes nearly all there is to gain; each further one is load that helps nobody"},
		{Spec: option.Must(option.Hedge, "budget"), Rule: "HedgeBudget", Field: "Budget",
			Doc: "share of recent calls that may be hedged; by default all",
			Why: "none, because delay bounds it while the backend is well; give 0.1 where a slow backend must not get double the load"},
	},
}

var retryAspect = &Definition{
	Name: option.Retry, Rule: "Retry", Type: "Retry", Attempt: true,
	Title: "calls the body again when it failed",
	Doc: `Runs the body up to attempts times, with exponential pauses between. The caller's cancel, backoff.Permanent, an error with Permanent() bool in its chain that is true, an open
breaker and a deadline that would pass during the pause end it at once. An error with RetryAfter() time.Duration in its chain sets the pause. abort beats on, and unless beats if.
A panic is never retried. Each attempt asks the breaker and the bulkhead again, and holds no slot while it pauses.
After more than one attempt the error is a *runtimehooks.RetryError, which wraps the last error and says how many attempts there were.`,
	Needs: Needs{
		Error:      "it says whether to call again",
		Plain:      "an attempt's result must be complete when it is judged",
		NoResponse: "a response that has been written cannot be taken back",
	},
	Example: example(option.Retry),
	Options: []Option{
		{Spec: option.Must(option.Retry, "attempts"), Rule: "Attempts", Field: "Attempts", Doc: "calls in all, the first included",
			Why: "faults that pass, such as a lost connection or a restarted server, are gone by the second or third call; what three calls do not mend, a fourth rarely does, and it adds load to a backend in trouble"},
		{Spec: option.Must(option.Retry, "initial"), Rule: "Initial", Field: "Initial", Doc: "the first pause",
			Why: "longer than a network's hiccup, shorter than a person's patience"},
		{Spec: option.Must(option.Retry, "max"), Rule: "Max", Field: "Max", Doc: "the longest pause",
			Why: "a caller who waits longer for nothing has usually gone"},
		{Spec: option.Must(option.Retry, "factor"), Rule: "Factor", Field: "Factor",
			Doc: "by which each pause is longer than the one before",
			Why: "doubling reaches the length of any outage in few calls"},
		{Spec: option.Must(option.Retry, "jitter"), Rule: "Jitter", Field: "Jitter", Doc: "random part of each pause, as a fraction of it",
			Why: "callers that failed together would come back together; half of the pause spreads them over a time as long as the pause itself, and keeps every pause at least half as long as asked for"},
		{Spec: option.Must(option.Retry, "elapsed"), Rule: "Elapsed", Field: "Elapsed", Doc: "no further attempt starts after this time"},
		{Spec: option.Must(option.Retry, "each"), Rule: "RetryEach", Field: "Each",
			Doc: "deadline of each attempt, which ends its context; needs a parameter of type context.Context",
			Why: "none: timeout bounds the call; give one where a second attempt is better than a long first one"},
		{Spec: option.Must(option.Retry, "budget"), Rule: "RetryBudget", Field: "Budget",
			Doc: "share of recent calls that may be retried, beyond 10; 0 for all",
			Why: "when a backend fails altogether, three attempts are three times the load just then; a fifth more is what it can take, and it is plenty for the few faults of a good day. The 10 keep a function that is seldom called from being refused its retries"},
		{Spec: option.Must(option.Retry, "spans"), Rule: "RetrySpans", Field: "Spans",
			Doc: "attempt gives each attempt a child span; otherwise the span has an event per failed attempt",
			Why: "none: an event says the same and costs less"},
		{Spec: option.Must(option.Retry, "if"), Rule: "RetryIf", Field: "If", Doc: "retry only errors for which it reports true"},
		{Spec: option.Must(option.Retry, "unless"), Rule: "RetryUnless", Field: "Unless",
			Doc: "never retry errors for which it reports true"},
		{Spec: option.Must(option.Retry, "on"), Rule: "RetryOn", Field: "On", Doc: "retry only these errors"},
		{Spec: option.Must(option.Retry, "abort"), Rule: "RetryAbort", Field: "Abort", Doc: "never retry these errors"},
		result(option.Retry),
	},
}
