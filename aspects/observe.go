package aspects

import "github.com/instrumentgo/instrument/internal/option"

// The aspects of this file report what a call did: recover, trace, metrics and log. They stand
// outermost, so that they see the outcome that the caller sees.

// stream returns the option that allows results whose work goes on after the function returned.
func stream(aspect string) Option {
	return Option{Spec: option.Must(aspect, "stream"), Rule: "Stream",
		Doc: "the function may return a stream (a channel, iterator, reader or rows); what is measured then ends when the function " +
			"returns, not when the stream ends"}
}

// result returns the option that picks the result that says whether the call failed.
func result(aspect string) Option {
	return Option{Spec: option.Must(aspect, "err"), Rule: "Err",
		Doc: "the result that says whether the call failed: its name, or its index from 0; by default the last result of type error"}
}

var recoverAspect = &Definition{
	Name: option.Recover, Rule: "Recover", Type: "Recover",
	Title: "turns a panic into an error",
	Doc: `A panic that leaves the function becomes a *runtimehooks.PanicError with the value and
the stack, which is returned as the function's error. In a net/http handler it becomes a response
with status 500, if nothing has been written; http.ErrAbortHandler passes through. runtime.Goexit is
left alone. What a go statement starts ends with the panic, which is logged at level error with the
statement and the stack, and needs no result. Without this aspect a panic is recorded and continues
with the same value.`,
	Needs:   Needs{Error: "the panic is returned as an error"},
	Example: example(option.Recover),
	Options: []Option{
		{Spec: option.Must(option.Recover, "as"), Rule: "As", Field: "Status", Doc: "status of the response, in a net/http handler",
			Why: "500 says that the fault is the server's, and that the same request may work later"},
	},
}

var traceAspect = &Definition{
	Name: option.Trace, Rule: "Trace", Type: "Trace",
	Title: "a span around each call",
	Doc: `Starts an OpenTelemetry span that ends when the function returns, panics or calls
runtime.Goexit. The body sees the span's context. Errors and panics are recorded. A function without
a context gets a root span, because there is nothing to find a parent in. What a go statement starts
has a link to the span of the statement. No arguments are recorded
unless attr names them.`,
	Example: example(option.Trace),
	Options: []Option{
		{Spec: option.Must(option.Trace, "name"), Rule: "SpanName", Field: "Name",
			Doc: "the span's name; by default Type.Method or package.Function"},
		{Spec: option.Must(option.Trace, "kind"), Rule: "SpanKind", Field: "Kind",
			Doc: "the span's kind; by default internal, server in a net/http handler"},
		{Spec: option.Must(option.Trace, "attr"), Rule: "Attr",
			Doc: "a parameter or field path to record, such as req.ID; if a pointer in it is nil, nothing is recorded",
			Why: "none: arguments may hold passwords and addresses, and what a backend has stored is hard to take back"},
		result(option.Trace),
		stream(option.Trace),
	},
}

var metricsAspect = &Definition{
	Name: option.Metrics, Rule: "Metrics", Type: "Metrics",
	Title: "a duration histogram per function",
	Doc: `Records each call's duration in seconds in the histogram function.call.duration, with
code.function.name and, on failure, error.type. In a net/http handler the histogram is
http.server.request.duration, with the attributes of the HTTP conventions. A function with policies
also has the metrics of MicroProfile Fault Tolerance: ft.invocations.total and those of its
policies, such as ft.retry.calls.total, ft.timeout.executionDuration and
ft.bulkhead.runningDuration. A view of the meter provider that drops ft.* saves most of their cost.
What a go statement starts also has goroutine.running, which says how many run.`,
	Example: example(option.Metrics),
	Options: []Option{result(option.Metrics), stream(option.Metrics)},
}

var logAspect = &Definition{
	Name: option.Log, Rule: "Log", Type: "Log",
	Title:   "one log/slog record per call",
	Doc:     `Writes one record at the end of each call, with the function's name, duration and error. Failures are logged at level error.`,
	Example: example(option.Log),
	Options: []Option{
		{Spec: option.Must(option.Log, "level"), Rule: "LogLevel", Field: "Level", Doc: "level for a call that succeeded",
			Why: "a logger shows info unless it is configured otherwise; for a function that is called often, use debug"},
		{Spec: option.Must(option.Log, "slow"), Rule: "Slow", Field: "Slow",
			Doc: "log successful calls only if they took at least this long"},
		result(option.Log),
	},
}
