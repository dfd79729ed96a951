// Package bench compares woven code with other ways to give one function the same concerns. It is a
// module of its own, so that the peers it needs never enter the tool's go.mod.
//
// The function is [Stock.Reserve]. A contender wraps it in up to three ways: with trace and
// metrics; with recover, trace, metrics, timeout, retry and breaker; and with limit and bulkhead
// besides. All report to the same providers under the same names, and their policies have the same
// limits; the tests hold every contender to the same observable behaviour before the benchmarks
// compare costs. The command soak calls woven functions until something is lost.
//
// What still differs, and is not measured: the text and types of errors, what a panic leaves on the
// span, and a body that ignores its context and succeeds after the deadline, which is a failure to
// woven code and failsafe-go only. What differs and is measured: decorators have no recover, limit
// and bulkhead, and only woven code has metrics of its policies.
package bench
