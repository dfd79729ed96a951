// Package survey looks at modules in which nothing is woven yet, and notes what init decides by:
// programs and whether they set up OpenTelemetry, handlers, functions with a context, clients of
// other services. It type-checks bodies, because a client shows in what it calls.
package survey
