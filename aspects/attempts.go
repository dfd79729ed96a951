package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file say how often and how long the body runs: timeout, hedge and retry.

var timeoutAspect = &Definition{
	Name: option.Timeout, Rule: "Timeout", Type: "Timeout",
	Title: "a deadline for the whole call",
	Doc: `The body's context ends after the given time; with retry, that bounds all attempts and
the pauses between them. A call that ends after its deadline fails with runtimehooks.ErrTimeout,
even if it succeeded late. A call that succeeds disarms its deadline: what it hands on, such as a
transaction or a goroutine, ends with the caller's context alone. The body stays on the caller's
goroutine, so it ends only when it heeds its context. The aspect costs nothing if the caller's
deadline is sooner. In a net/http handler the response is status 504, if nothing has been written.`,
	Needs: Needs{
		Context: "the deadline travels in it",
		Error:   "a missed deadline is returned as an error",
		Plain:   "the deadline ends with the call, and nothing would bound the work that the result still does",
	},
	Example: example(option.Timeout),
	Options: []Option{
		{Spec: option.Must(option.Timeout, "after"), Own: true, Field: "After", Doc: "the time a call may take",
			Why: "none: it should be as long as callers still wait, a little less than their own deadline"},
		result(option.Timeout),
	},
}

var hedgeAspect = &Definition{
	Name: option.Hedge, Rule: "Hedge", Type: "Hedge", Attempt: true,
	Title: "runs the body once more when the first takes long",
	Doc: `Runs the body a second time, next to the first, if the first has not ended after delay;
each runs in a goroutine of its own. The first success wins and the contexts of the others end; the
call fails when all bodies that were begun have failed, with the errors of all. With retry, each
retries on its own. It is for reads that are safe to do twice: it makes one slow backend out of many
cost little. A panic of a body reaches the caller, and the call does not wait for the bodies that
lost. What they return all the same is given back, unless the caller has got the same: a *sql.Conn
is closed, a *sql.Tx rolled back, and what close takes is given to it. What the winner has begun ends
with the caller's context. An error that no other body would do better with is the call's at once: one
that if and on leave out, that unless and skip name or, without on and if, that says it is the
caller's fault, as a gRPC status of NotFound does where the program has the pack grpchooks. A result that
a pack understands, such as a response of net/http with httphooks, may be one to wait longer for; a
request that must not be sent twice has no second body.`,
	Needs: Needs{
		Context:    "it is how the bodies that lost learn to stop",
		Own:        "the bodies run at the same time, and would share the request",
		Error:      "it says which one has won",
		Plain:      "a body that loses would leave one behind that nobody reads or ends",
		Unowned:    "a body that loses returns one as well, which nobody gets",
		NoResponse: "two bodies cannot write one response",
	},
	Example: example(option.Hedge),
	Options: []Option{
		{Spec: option.Must(option.Hedge, "delay"), Own: true, Field: "Delay", Doc: "time after which another body begins",
			Why: "none: it should be the function's own 95th percentile, so that one call in twenty is hedged"},
		{Spec: option.Must(option.Hedge, "max"), Rule: "HedgeMax", Field: "Max", Doc: "bodies at once, the first included",
			Why: "the second one brings nearly all there is to gain; each further one is load that helps nobody"},
		{Spec: option.Must(option.Hedge, "budget"), Rule: "HedgeBudget", Field: "Budget",
			Doc: "share of recent calls that may be hedged; by default all",
			Why: "none, because delay bounds it while the backend is healthy; give 0.1 if a slow backend must not get double the load"},
		{Spec: option.Must(option.Hedge, "close"), Rule: "HedgeClose", Field: "Close",
			Doc: "a declared function, func(T), that gives back a result of type T of a body that has lost",
			Why: "none: whether a result belongs to whoever called, or is shared with others, is known to the user alone"},
		{Spec: option.Must(option.Hedge, "if"), Rule: "HedgeIf", Field: "If",
			Doc: "only after errors for which it reports true, or results if it takes them, may another body succeed"},
		{Spec: option.Must(option.Hedge, "unless"), Rule: "HedgeUnless", Field: "Unless",
			Doc: "errors for which it reports true, or results if it takes them, end the call at once"},
		{Spec: option.Must(option.Hedge, "on"), Rule: "HedgeOn", Field: "On", Doc: "only after these errors may another body succeed"},
		{Spec: option.Must(option.Hedge, "skip"), Rule: "HedgeSkip", Field: "Skip", Doc: "these errors end the call at once"},
	},
}

var retryAspect = &Definition{
	Name: option.Retry, Rule: "Retry", Type: "Retry", Attempt: true,
	Title: "calls the body again when it failed",
	Doc: `Runs the body up to attempts times, with exponential pauses between attempts. It gives
up at once when the caller cancels, on backoff.Permanent, on an error in whose chain Permanent()
bool returns true or, without on and if, that says it is the caller's fault, on an open breaker, and if the deadline would pass during the pause. An error
with RetryAfter() time.Duration in its chain, or a backoff.RetryAfter, sets the pause; one that asks
for more than max ends the call. The caller gets the error inside a backoff.Permanent, or all that
wraps the two. abort beats on, and unless beats if. A panic is never retried. Each attempt asks the
breaker and the bulkhead again, and the call holds no slot while it pauses. After more than one
attempt the error is a *runtimehooks.RetryError, which wraps the last error and says how many
attempts there were.`,
	Needs: Needs{
		Error:      "it says whether to call again",
		Plain:      "an attempt's result must be complete when it is judged",
		NoResponse: "a response that has been written cannot be taken back",
	},
	Example: example(option.Retry),
	Options: []Option{
		{Spec: option.Must(option.Retry, "attempts"), Rule: "Attempts", Field: "Attempts", Doc: "calls in all, the first included",
			Why: "transient faults, such as a lost connection or a restarted server, are gone by the second or third call; what three " +
				"calls do not solve, a fourth rarely does, and it adds load to a backend in trouble"},
		{Spec: option.Must(option.Retry, "initial"), Rule: "Initial", Field: "Initial", Doc: "the first pause",
			Why: "longer than a network's hiccup, shorter than a person's patience"},
		{Spec: option.Must(option.Retry, "max"), Rule: "Max", Field: "Max", Doc: "the longest pause; an error that asks for a longer one ends the call",
			Why: "a caller who has waited longer for nothing is usually gone"},
		{Spec: option.Must(option.Retry, "factor"), Rule: "Factor", Field: "Factor",
			Doc: "by how much each pause is longer than the one before",
			Why: "doubling reaches the length of any outage within a few calls"},
		{Spec: option.Must(option.Retry, "jitter"), Rule: "Jitter", Field: "Jitter", Doc: "random part of each pause, as a fraction of it",
			Why: "callers that failed together would come back together; half of the pause spreads them over a time as long as the " +
				"pause itself, and keeps every pause at least half as long as asked for"},
		{Spec: option.Must(option.Retry, "elapsed"), Rule: "Elapsed", Field: "Elapsed", Doc: "no further attempt starts after this time"},
		{Spec: option.Must(option.Retry, "each"), Rule: "RetryEach", Field: "Each",
			Doc: "deadline of each attempt, disarmed when it succeeds; needs a parameter of type context.Context",
			Why: "none: timeout bounds the call; give one where a second attempt is better than a long first one"},
		{Spec: option.Must(option.Retry, "budget"), Rule: "RetryBudget", Field: "Budget",
			Doc: "share of recent calls that may be retried, beyond 10; 0 for all",
			Why: "when a backend fails altogether, three attempts triple its load at the worst moment; a fifth more is what it can " +
				"take, and is plenty for the few faults of a good day. The 10 let a function that is seldom called retry at all"},
		{Spec: option.Must(option.Retry, "spans"), Rule: "RetrySpans", Field: "Spans",
			Doc: "attempt gives each attempt a child span; otherwise the span has an event per failed attempt",
			Why: "none: an event says the same and costs less"},
		{Spec: option.Must(option.Retry, "if"), Rule: "RetryIf", Field: "If",
			Doc: "retry only errors for which it reports true, or results if it takes them, as in func(*http.Response, error) bool"},
		{Spec: option.Must(option.Retry, "unless"), Rule: "RetryUnless", Field: "Unless",
			Doc: "never retry errors for which it reports true, or results if it takes them"},
		{Spec: option.Must(option.Retry, "on"), Rule: "RetryOn", Field: "On", Doc: "retry only these errors"},
		{Spec: option.Must(option.Retry, "abort"), Rule: "RetryAbort", Field: "Abort", Doc: "never retry these errors"},
		result(option.Retry),
	},
}
