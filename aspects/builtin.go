package aspects

// stream is the option that allows results whose work goes on after the function returned.
var stream = Option{
	Name: "stream", Rule: "Stream", Kind: String, OneOf: []string{"ok"},
	Doc: "the function may return a stream (a channel, iterator, reader or rows); what is measured then ends when the function returns, not when the stream does",
}

// result is the option that picks the result that tells success from failure.
var result = Option{
	Name: "err", Rule: "Err", Kind: Result,
	Doc: "the result that tells failure: its name, or its index from 0; by default the last result of type error",
}

// Builtin returns the built-in aspects in their default order, outermost first.
func Builtin() []*Definition { return builtin }

var builtin = []*Definition{
	{
		Name: "recover", Rule: "Recover", Type: "Recover",
		Title: "turns a panic into an error",
		Doc: `A panic that leaves the function becomes a *runtimehooks.PanicError with the value and the stack, returned as the function's error.
In a net/http handler it becomes a response with status 500, if nothing has been written; http.ErrAbortHandler passes through.
runtime.Goexit is left alone. Without this aspect a panic is recorded and goes on with the same value.`,
		Needs: Needs{Error: "the panic is returned as an error"},
		Options: []Option{
			{Name: "as", Rule: "As", Kind: Int, Field: "Status", Default: "500", Min: "400", Max: "599", Doc: "status of the response, in a net/http handler"},
		},
	},
	{
		Name: "trace", Rule: "Trace", Type: "Trace",
		Title: "a span around each call",
		Doc: `Starts an OpenTelemetry span that ends when the function returns, panics or calls runtime.Goexit. The span's context is the one that the body
sees. Errors and panics are recorded. A function without a context gets a root span, because there is nothing to find a parent in.
Nothing about arguments is recorded unless attr names it.`,
		Options: []Option{
			{Name: "name", Rule: "SpanName", Kind: String, Field: "Name", Value: true, Doc: "the span's name; by default Type.Method or package.Function"},
			{Name: "kind", Rule: "SpanKind", Kind: String, Field: "Kind", OneOf: []string{"internal", "server", "client", "producer", "consumer"}, Doc: "the span's kind; by default internal, server in a net/http handler"},
			{Name: "attr", Rule: "Attr", Kind: Path, Doc: "a parameter or field path to record, such as req.ID; a nil pointer on the way records nothing"},
			result,
			stream,
		},
	},
	{
		Name: "metrics", Rule: "Metrics", Type: "Metrics",
		Title: "a duration histogram per function",
		Doc: `Records each call's duration in seconds in the histogram function.call.duration, with code.function.name and, on failure, error.type.
In a net/http handler the histogram is http.server.request.duration, with the attributes of the HTTP conventions.`,
		Options: []Option{result, stream},
	},
	{
		Name: "log", Rule: "Log", Type: "Log",
		Title: "one log/slog record per call",
		Doc:   `Writes one record at the end of each call, with the function's name, duration and error. Failures are logged at level error.`,
		Options: []Option{
			{Name: "level", Rule: "LogLevel", Kind: Level, Field: "Level", Default: "info", Value: true, Doc: "level of a call that succeeded"},
			{Name: "slow", Rule: "Slow", Kind: Duration, Field: "Slow", Min: ">0s", Doc: "log successful calls only if they took at least this long"},
			result,
		},
	},
	{
		Name: "timeout", Rule: "Timeout", Type: "Timeout",
		Title: "a deadline for the whole call",
		Doc: `The body's context ends after the given time; with retry, it bounds all attempts and the pauses between them. A call that ends after its deadline
fails with runtimehooks.ErrTimeout, also when it succeeded late. The body stays on the caller's goroutine: it ends when it heeds its context.
Costs nothing when the caller's deadline is sooner. In a net/http handler the response is status 504, if nothing has been written.`,
		Needs: Needs{
			Context: "the deadline travels in it",
			Error:   "a missed deadline is returned as an error",
			Plain:   "the deadline's context ends at return, and would end the result with it",
		},
		Options: []Option{
			{Name: "after", Kind: Duration, Field: "After", Value: true, Need: true, Min: ">0s", Doc: "the time a call may take"},
			result,
		},
	},
	{
		Name: "retry", Rule: "Retry", Type: "Retry", Attempt: true,
		Title: "calls the body again when it failed",
		Doc: `Runs the body up to attempts times, with exponential pauses between. The caller's cancel, backoff.Permanent, an open breaker and a deadline that
would pass during the pause end it at once. An error with RetryAfter() time.Duration in its chain sets the pause. abort beats on, and unless beats if.
A panic is never retried. After more than one attempt the error is a *runtimehooks.RetryError, which wraps the last error and says how many attempts there were.`,
		Needs: Needs{
			Error:  "it says whether to call again",
			Plain:  "an attempt's result must be complete when it is judged",
			NoHTTP: "a response that has been written cannot be taken back",
		},
		Options: []Option{
			{Name: "attempts", Rule: "Attempts", Kind: Int, Field: "Attempts", Default: "3", Min: "1", Max: "100", Doc: "calls in all, the first included"},
			{Name: "initial", Rule: "Initial", Kind: Duration, Field: "Initial", Default: "100ms", Min: "0s", Doc: "the first pause"},
			{Name: "max", Rule: "Max", Kind: Duration, Field: "Max", Default: "5s", Min: "0s", Doc: "the longest pause"},
			{Name: "factor", Rule: "Factor", Kind: Float, Field: "Factor", Default: "2", Min: "1", Max: "100", Doc: "by which each pause is longer than the one before"},
			{Name: "jitter", Rule: "Jitter", Kind: Float, Field: "Jitter", Default: "0.5", Min: "0", Max: "1", Doc: "random part of each pause, as a fraction of it"},
			{Name: "elapsed", Rule: "Elapsed", Kind: Duration, Field: "Elapsed", Min: ">0s", Doc: "no further attempt starts after this time"},
			{Name: "if", Rule: "RetryIf", Kind: Func, Field: "If", Doc: "retry only errors for which it reports true"},
			{Name: "unless", Rule: "RetryUnless", Kind: Func, Field: "Unless", Doc: "never retry errors for which it reports true"},
			{Name: "on", Rule: "RetryOn", Kind: Sentinel, Field: "On", Doc: "retry only these errors"},
			{Name: "abort", Rule: "RetryAbort", Kind: Sentinel, Field: "Abort", Doc: "never retry these errors"},
			result,
		},
	},
	{
		Name: "breaker", Rule: "Breaker", Type: "Breaker", Attempt: true,
		Title: "a circuit breaker",
		Doc: `Opens after failures consecutive failures or, where rate is given, when that share of the last window calls failed. While open, calls fail at once with
runtimehooks.ErrOpen, which says when to try again. After cooldown, probes calls at a time are let through; their success closes it, a failure opens it again.
A caller's cancel counts as neither; skipped errors count as success; panics and runtime.Goexit count as failures; a result that arrives after a state
change is ignored. Functions that name the same breaker share its state. In a net/http handler, status 500 and above is a failure and the refusal is 503 with Retry-After.`,
		Needs: Needs{Error: "a refused call is returned as an error"},
		Options: []Option{
			{Name: "name", Kind: String, Field: "Name", Value: true, Doc: "calls under one name share one breaker; by default each function has its own"},
			{Name: "failures", Rule: "Failures", Kind: Int, Field: "Failures", Default: "5", Min: "1", Doc: "consecutive failures that open it"},
			{Name: "rate", Rule: "Rate", Kind: Float, Field: "Rate", Min: ">0", Max: "1", Doc: "share of failures in a full window that opens it, instead of failures"},
			{Name: "window", Rule: "Window", Kind: Int, Field: "Window", Default: "20", Min: "1", Max: "100000", Doc: "calls that rate is judged on"},
			{Name: "cooldown", Rule: "Cooldown", Kind: Duration, Field: "Cooldown", Default: "5s", Min: ">0s", Doc: "time it stays open"},
			{Name: "probes", Rule: "Probes", Kind: Int, Field: "Probes", Default: "1", Min: "1", Max: "1000", Doc: "calls let through at once while half-open, and successes that close it"},
			{Name: "on", Rule: "BreakerOn", Kind: Sentinel, Field: "On", Doc: "only these errors count as failures"},
			{Name: "skip", Rule: "BreakerSkip", Kind: Sentinel, Field: "Skip", Doc: "these errors count as success"},
			result,
		},
	},
}
