package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// kitClass is a class of the compatibility kit of MicroProfile Fault Tolerance 4.1, or several that
// belong together.
type kitClass struct {
	class string // as the kit names it
	tests int    // in the kit
	ours  []string
	left  []leftOut
	other string // how ours differs on purpose
}

// leftOut is tests of the kit that have no counterpart, with the reason.
type leftOut struct {
	tests int
	why   string
}

const (
	embedding   = "Go has no inheritance: a method that a type gets by embedding another stays the other's, with its policies and its state, and one that hides it has what is said of it and of its own type"
	throughTest = "illegal"
)

// kit is all classes of the kit, 470 tests, with the tests of ours: "retry.TestRetry" is in the
// module testdata/conformance, "illegal.illegalConfig" are sources of TestIllegalConfiguration.
var kit = []kitClass{
	{class: "RetryTest", tests: 8, ours: []string{"retry.TestRetry"},
		other: "attempts counts all calls. Jitter is a fraction of the pause, so that a pause of 0 has none. The final error wraps the last one and says how many attempts there were"},
	{class: "RetryConditionTest", tests: 19, ours: []string{"retry.TestRetryCondition", "illegal.RetryCondition"},
		other: "errors.Is stands for subclasses. What the kit has fail on another thread fails on another goroutine, of a hedged function or of the body's own; a result that may fail after the return is a finding"},
	{class: "RetryExceptionHierarchyTest", tests: 27, ours: []string{"retry.TestRetryExceptionHierarchy"},
		other: "an error that wraps another is one of its kind"},
	{class: "RetryTimeoutTest", tests: 4, ours: []string{"retry.TestRetryTimeout"},
		other: "the time of one attempt is the retry's option each; the aspect timeout bounds all attempts together"},
	{class: "ZeroRetryJitterTest", tests: 1, ours: []string{"retry.TestZeroRetryJitter"}},

	{class: "CircuitBreakerTest", tests: 9, ours: []string{"breaker.TestCircuitBreaker"}},
	{class: "CircuitBreakerInitialSuccessTest", tests: 1, ours: []string{"breaker.TestCircuitBreakerInitialSuccess"}},
	{class: "CircuitBreakerLateSuccessTest", tests: 1, ours: []string{"breaker.TestCircuitBreakerLateSuccess"}},
	{class: "CircuitBreakerTimeoutTest", tests: 2, ours: []string{"breaker.TestCircuitBreakerTimeout"}},
	{class: "CircuitBreakerRetryTest", tests: 12, ours: []string{"breaker.TestCircuitBreakerRetry"},
		other: "an open breaker ends retrying, unless on names ErrOpen. The error holds both the refusal and what the last attempt returned"},
	{class: "CircuitBreakerBulkheadTest", tests: 3, ours: []string{"breaker.TestCircuitBreakerBulkhead"}},
	{class: "CircuitBreakerExceptionHierarchyTest", tests: 27, ours: []string{"breaker.TestCircuitBreakerExceptionHierarchy"},
		other: "an error that wraps another is one of its kind"},
	{class: "circuitbreaker/Config*", tests: 2, ours: []string{"breaker.TestCircuitBreakerConfig"}},
	{class: "circuitbreaker/lifecycle", tests: 20, ours: []string{"breaker.TestCircuitBreakerLifecycle"}, other: embedding},

	{class: "TimeoutTest", tests: 16, ours: []string{"timeout.TestTimeout"},
		other: "there is no default: the directive must say the time"},
	{class: "TimeoutGlobalConfigTest, TimeoutMethodConfigTest", tests: 2, ours: []string{"timeout.TestTimeoutConfig"}},
	{class: "TimeoutUninterruptableTest", tests: 7, ours: []string{"timeout.TestTimeoutUninterruptable"},
		other: "the body stays on the caller's goroutine unless it is hedged, so that the rows about asynchronous methods are about hedged functions; the next attempt that begins while the old one runs is the next branch"},

	{class: "FallbackTest", tests: 9, ours: []string{"fallback.TestFallback"},
		other: "the fallback takes those parameters that it wants, and the error: that is its context. It is not asked after a caller's cancel"},
	{class: "FallbackExceptionHierarchyTest", tests: 27, ours: []string{"fallback.TestFallbackExceptionHierarchy"},
		other: "an error that wraps another is one of its kind"},
	{class: "fallbackmethod/*", tests: 20, ours: []string{"fallback.TestFallbackMethod", "illegal.fallbackmethod"},
		other: "a function, a method of the receiver, of a field or of a parameter; what cannot be named there is a finding. Types must be identical"},

	{class: "illegalConfig/*", tests: 4, ours: []string{"illegal.illegalConfig"}, other: "findings at the directive, before anything is built"},
	{class: "invalidParameters/*", tests: 16, ours: []string{"illegal.invalidParameters"},
		other: "findings at the directive, before anything is built. A directive on a type is for the methods that it fits: the others are skips, which the plan shows"},

	{class: "bulkhead/BulkheadSynchTest", tests: 6, ours: []string{"bulkhead.TestBulkheadSynch"}},
	{class: "bulkhead/BulkheadSynchConfigTest", tests: 1, ours: []string{"bulkhead.TestBulkheadSynchConfig"}},
	{class: "bulkhead/BulkheadPressureTest", tests: 2, ours: []string{"bulkhead.TestBulkheadPressure"}},
	{class: "bulkhead/BulkheadSynchRetryTest", tests: 5, ours: []string{"bulkhead.TestBulkheadSynchRetry"}},
	{class: "bulkhead/BulkheadAsynch*", tests: 9, ours: []string{"bulkhead.TestBulkheadAsynch"},
		other: "a queue is an option of any bulkhead, and a caller that is in it waits"},
	{class: "bulkhead/BulkheadAsynchRetryTest", tests: 8, ours: []string{"bulkhead.TestBulkheadAsynchRetry"}},
	{class: "bulkhead/BulkheadFutureTest", tests: 4, left: []leftOut{{4, "about the methods of java.util.concurrent.Future; a call of a Go function returns its results"}}},
	{class: "bulkhead/lifecycle", tests: 3, ours: []string{"bulkhead.TestBulkheadLifecycle"}},

	{class: "config/*", tests: 27, ours: []string{"config.TestConfig", "config.TestConfigProperty"},
		other: "overrides are given to the running program; a site beats a name, that a stack, that all sites. Errors and functions are part of the code: to override them is refused"},
	{class: "ConfigTest", tests: 5, ours: []string{"config.TestConfigTest"},
		other: "a stack stands for a class. What is overridden for it beats what a method was built with"},
	{class: "disableEnv/*", tests: 63, ours: []string{"disable.TestDisable"},
		other: "hedge stands for asynchronous, a stack for a class. What authz, validate and idempotent guard is never switched off"},

	{class: "metrics/*", tests: 24, ours: []string{"metrics.TestMetricsDisabled"},
		left: []leftOut{{23, "the cases of telemetryMetrics/* by another API; here is one API for metrics, that of OpenTelemetry"}}},
	{class: "telemetryMetrics/*", tests: 28, ours: []string{
		"metrics.TestAllAnnotationTelemetry", "metrics.TestBulkheadTelemetry", "metrics.TestCircuitBreakerTelemetry", "metrics.TestClashingNameTelemetry",
		"metrics.TestClassLevelTelemetry", "metrics.TestFallbackTelemetry", "metrics.TestFaultToleranceDisabledTelemetry", "metrics.TestRetryTelemetry", "metrics.TestTimeoutTelemetry"},
		other: "durations are in seconds, and counts have units in OpenTelemetry's form"},

	{class: "AsynchronousTest", tests: 5, ours: []string{"async.TestAsynchronous"},
		other: "a hedged function's work is on another goroutine; its call returns when that has ended"},
	{class: "AsynchronousCSTest", tests: 8, ours: []string{"async.TestAsynchronousCS"}, left: []leftOut{
		{4, "the cases of AsynchronousTest for a second type of future"}, {2, "about callbacks of a CompletionStage and the request context of CDI"}}},
	{class: "AsyncCancellationTest", tests: 5, ours: []string{"async.TestAsyncCancellation"},
		other: "a caller cancels by its context. Work that ignores it goes on, and keeps its slot"},
	{class: "AsyncTimeoutTest", tests: 3, ours: []string{"async.TestAsyncTimeout"}},
	{class: "AsyncFallbackTest", tests: 6, ours: []string{"async.TestAsyncFallback"},
		other: "what the two types of future are to the kit, the branches of a hedged call are here"},

	{class: "interceptor/*", tests: 4, ours: []string{"interceptor.TestInterceptor"},
		left:  []leftOut{{2, "the same two cases with another priority of CDI's interceptors; there is one order of policies and custom advice"}},
		other: "policies stand outside all custom advice, so that each attempt runs all of it. The order of advice is declared in a rule file"},
	{class: "visibility/retry", tests: 17, ours: []string{"visibility.TestRetryVisibility"}, other: embedding},
}

// beyondKit is the tests that are about more than the kit.
var beyondKit = []struct{ title, text string }{
	{"beyond", "Panics, runtime.Goexit, herds, late results, budgets, results of all kinds."},
	{"peers", "Defects that have been seen in other libraries."},
	{"cache", "Caches."},
	{"gates", "Limits, authorization, validation, idempotency."},
	{"shapes", "Signatures and names of all kinds, keys that are nil, conditions."},
	{"web", "Handlers of net/http, whose refusals are responses."},
	{"async.TestHedge", "Hedging itself."},
	{"metrics.TestFurtherTelemetry", "Metrics of policies that the kit does not know."},
	{"illegal.beyond", "Findings about what the kit does not know."},
	{"config.TestState", "What sites tell of themselves while the program runs."},
	{"disable.TestDisableGates", "What cannot be switched off."},
}

func (k *kitClass) leftOut() (n int) {
	for _, l := range k.left {
		n += l.tests
	}
	return n
}

// writeConformance writes docs/conformance.md. It checks that each class has as many cases as the
// table says, and that no test is in no class.
func writeConformance(t *testing.T, w io.Writer, root *conformanceCase) {
	t.Helper()
	fmt.Fprint(w, conformanceHead)
	total, ported, cases := 0, 0, 0
	mentioned := map[string]bool{}
	var lists strings.Builder
	for _, k := range kit {
		names := k.cases(t, root, mentioned)
		ours := k.tests - k.leftOut()
		if len(names) < ours {
			t.Errorf("%s: %d of the kit's %d tests must be ported, and there are %d cases", k.class, ours, k.tests, len(names))
		}
		total, ported, cases = total+k.tests, ported+ours, cases+len(names)
		fmt.Fprintf(w, "| %s | %d | %d | %d | %s |\n", k.class, k.tests, ours, len(names), k.remarks())
		k.list(&lists, names)
	}
	fmt.Fprintf(w, "| **all** | **%d** | **%d** | **%d** | |\n", total, ported, cases)
	if total != 470 {
		t.Errorf("the kit has 470 tests, not %d", total)
	}
	fmt.Fprintf(w, "\n## The kit's cases\n%s\n## Beyond the kit\n\n", lists.String())
	fmt.Fprint(w, "What the kit does not know, and what other libraries have been seen to do wrong.\n")
	for _, b := range beyondKit {
		pkg, test, one := strings.Cut(b.title, ".")
		if pkg == throughTest {
			fmt.Fprintf(w, "\n### %s\n\n%s\n\n", "TestIllegalConfiguration/"+test, b.text)
			writeNames(w, illegalNames(test))
			continue
		}
		c := root.find(pkg)
		if one {
			c = root.find(pkg, test)
		}
		if c == nil {
			t.Errorf("there must be tests of %s", b.title)
			continue
		}
		mentioned[b.title] = true
		fmt.Fprintf(w, "\n### %s\n\n%s\n\n", b.title, b.text)
		writeNames(w, c.leaves())
	}
	for _, pkg := range root.cases {
		for _, test := range pkg.cases {
			if !mentioned[pkg.name] && !mentioned[pkg.name+"."+test.name] {
				t.Errorf("%s.%s must belong to a class of the kit, or beyond it", pkg.name, test.name)
			}
		}
	}
}

// cases returns the names of ours.
func (k *kitClass) cases(t *testing.T, root *conformanceCase, mentioned map[string]bool) []string {
	t.Helper()
	var names []string
	for _, name := range k.ours {
		pkg, test, _ := strings.Cut(name, ".")
		if pkg == throughTest {
			names = append(names, illegalNames(test)...)
			continue
		}
		mentioned[name] = true
		c := root.find(pkg, test)
		if c == nil {
			t.Errorf("%s: there must be a test %s", k.class, name)
			continue
		}
		names = append(names, c.leaves()...)
	}
	return names
}

// remarks says what is left out, and what differs.
func (k *kitClass) remarks() string {
	var list []string
	for _, l := range k.left {
		list = append(list, fmt.Sprintf("Left out: %d, %s.", l.tests, l.why))
	}
	if k.other != "" {
		list = append(list, "Ours: "+k.other+".")
	}
	return strings.Join(list, " ")
}

func (k *kitClass) list(w io.Writer, names []string) {
	if len(names) == 0 {
		return
	}
	var ours []string
	for _, name := range k.ours {
		if test, ok := strings.CutPrefix(name, throughTest+"."); ok {
			name = "TestIllegalConfiguration/" + test
		}
		ours = append(ours, "`"+name+"`")
	}
	fmt.Fprintf(w, "\n### %s\n\n%s\n\n", k.class, strings.Join(ours, ", "))
	writeNames(w, names)
}

func writeNames(w io.Writer, names []string) {
	for _, name := range slices.Compact(names) {
		fmt.Fprintf(w, "- %s\n", strings.NewReplacer("*", `\*`, "<", "&lt;").Replace(name))
	}
}

const conformanceHead = `# Conformance

<!-- Made by go test ./cmd/instrument -run Conformance -update from the names of the tests; do not edit. -->

The policies mean what MicroProfile Fault Tolerance 4.1 says, as far as that says anything about Go. Its compatibility kit
has 470 tests in 118 classes. Those that apply are ported: as tests of functions that are woven and called, in the module
[testdata/conformance](../testdata/conformance), with a fake clock, so that times are exact; and what the kit's
implementations refuse when they start, as findings of the command
([conformance_findings_test.go](../cmd/instrument/conformance_findings_test.go)).

    go test ./cmd/instrument -run Conformance -v
    instrument go -C testdata/conformance test -race -count=100 ./...

A case of ours asserts what the kit's does, unless the table says what differs.

## The kit's classes

| class | tests | ported | cases here | |
|---|--:|--:|--:|---|
`
