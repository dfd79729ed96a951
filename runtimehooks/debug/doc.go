// Package debug is a page about the woven functions of the process, in the manner of
// net/http/pprof:
//
//	mux.Handle("/debug/instrument/", debug.Handler())
//
// It shows every site with its aspects in order, their effective options and what overrides them;
// calls, errors and latencies since the process began; circuit breakers with their windows,
// limiters, bulkheads; and the latest errors with their trace ids, which it has sites keep from
// then on. It can be mounted anywhere, below any prefix, as long as the pattern ends in a slash. It
// reads well without scripts; with them it follows the process by itself.
//
// The same data is JSON for requests that accept application/json or have format=json, in the shape
// of [State]. The parameters q and sort of the URL filter and sort either form: q is words that
// must all occur, among others in function, aspects, names and error types, or one of
// "breaker:open", "breaker:half-open", "breaker:forced" and "overridden"; sort is function, calls,
// errors or latency. The page has thirty sites, and the parameter page leads to the others; JSON
// has all.
//
// # Security
//
// The page shows configuration: mount it where only operators come, as pprof. Who may come at all
// is for the program to decide, as with every handler. Keys, and the texts of errors, are masked
// unless there is [Reveal]: they are about people.
//
// It answers to localhost, to addresses, and to the names of [Host]. A page of another site could
// otherwise read it, by a name that leads to this machine.
//
// It changes nothing unless the handler was made with [Control]. Then POST requests can force
// breakers and switch aspects; those that a browser sends for another origin are refused.
//
// Read [Handler] first, then [Serve] and [State].
package debug
