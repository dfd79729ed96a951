// Package bench compares woven code with other ways to give one function the same concerns. It is a module of its own, so
// that the peers it needs never enter the tool's go.mod.
//
// The function is [Stock.Reserve]. Each contender wraps it twice: with trace and metrics, and with recover, trace,
// metrics, timeout, retry and breaker. All report to the same providers under the same names, and their policies have the
// same limits; the tests hold every contender to the same observable behaviour before the benchmarks compare costs.
//
// What still differs, and is not measured: the text and types of errors, what a panic leaves on the span, and a body that
// ignores its context and succeeds after the deadline, which is a failure to woven code and failsafe-go only.
package bench
