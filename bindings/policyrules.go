package bindings

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PolicyRule is what a policy of an environment may say: an aspect of package runtimehooks, by the names and bounds that the
// live policy file has for it.
type PolicyRule struct {
	Name    string
	Text    string // what it does
	Own     string // the option that its value sets where it is no mapping; "" for none
	Options []PolicyOptionRule
}

// PolicyOptionRule is one option of a policy.
type PolicyOptionRule struct {
	Name     string
	Kind     string // duration, int, float, rate or window
	Min, Max string // bounds, "" for none; an open one begins with ">"
	Default  string // "" for unset
	Required bool
	Like     string // an example of one that is required
	Text     string
}

// PolicyRules returns the policies that an environment may put around the operations of a binding, sorted by name.
func PolicyRules() []PolicyRule {
	return []PolicyRule{
		{"breaker", "a circuit breaker, which the operations of the binding share: while it is open they fail at once with Unavailable", "", []PolicyOptionRule{
			{Name: "cooldown", Kind: "duration", Min: ">0s", Default: "5s", Text: "time it stays open"},
			{Name: "failures", Kind: "int", Min: "1", Default: "5", Text: "consecutive failures that open it"},
			{Name: "min", Kind: "int", Min: "1", Text: "operations without which a window of time is not judged; by default 20"},
			{Name: "probes", Kind: "int", Min: "1", Max: "1000", Default: "1", Text: "operations let through at once while half-open, and successes that close it"},
			{Name: "rate", Kind: "float", Min: ">0", Max: "1", Text: "share of failures in the window that opens it, instead of failures"},
			{Name: "slow", Kind: "duration", Min: ">0s", Text: "time from which on an operation is slow"},
			{Name: "slowrate", Kind: "float", Min: ">0", Max: "1", Text: "share of slow operations in the window that opens it; by default 1"},
			{Name: "window", Kind: "window", Min: "1", Max: "100000", Text: "operations that rate and slow are judged on, or the time, such as 30s; by default 20"},
		}},
		{"bulkhead", "how many operations of the binding run at a time; others wait, or fail with ResourceExhausted", "max", []PolicyOptionRule{
			{Name: "max", Kind: "int", Min: "1", Default: "10", Text: "operations at a time"},
			{Name: "queue", Kind: "int", Min: "0", Text: "operations that may wait at a time; by default any number with wait, none without"},
			{Name: "wait", Kind: "duration", Min: "0s", Default: "0s", Text: "longest time that an operation waits; 0s with a queue waits as long as the context lets it"},
		}},
		{"limit", "how many operations of the binding begin in a time; others wait, or fail with ResourceExhausted", "rate", []PolicyOptionRule{
			{Name: "burst", Kind: "int", Min: "1", Text: "operations that may begin at once after a pause; by default the number of the rate"},
			{Name: "rate", Kind: "rate", Required: true, Like: "100/s", Text: "operations that may begin in a time: 100/s, 20/m, 5/h, 10/250ms"},
			{Name: "wait", Kind: "duration", Min: "0s", Default: "0s", Text: "longest time that an operation waits for its turn"},
		}},
		{"retry", "does an operation again that failed with a code which is retryable, if doing it twice is doing it once", "", []PolicyOptionRule{
			{Name: "attempts", Kind: "int", Min: "1", Max: "100", Default: "3", Text: "attempts in all, the first included"},
			{Name: "budget", Kind: "float", Min: "0", Max: "1", Default: "0.2", Text: "share of recent operations that may be retried, beyond 10; 0 for all"},
			{Name: "each", Kind: "duration", Min: ">0s", Text: "deadline of each attempt"},
			{Name: "elapsed", Kind: "duration", Min: ">0s", Text: "no further attempt starts after this time"},
			{Name: "factor", Kind: "float", Min: "1", Max: "100", Default: "2", Text: "by which each pause is longer than the one before"},
			{Name: "initial", Kind: "duration", Min: "0s", Default: "100ms", Text: "the first pause"},
			{Name: "jitter", Kind: "float", Min: "0", Max: "1", Default: "0.5", Text: "random part of each pause, as a fraction of it"},
			{Name: "max", Kind: "duration", Min: "0s", Default: "5s", Text: "the longest pause"},
		}},
		{"timeout", "the time an operation may take, its attempts and pauses included; then it fails with DeadlineExceeded", "after", []PolicyOptionRule{
			{Name: "after", Kind: "duration", Min: ">0s", Required: true, Like: "1s", Text: "the time"},
		}},
	}
}

func policyRule(name string) (*PolicyRule, bool) {
	rules := PolicyRules()
	i := slices.IndexFunc(rules, func(r PolicyRule) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	return &rules[i], true
}

func policyNames() (names []string) {
	for _, r := range PolicyRules() {
		names = append(names, r.Name)
	}
	return names
}

func (r *PolicyRule) option(name string) (*PolicyOptionRule, bool) {
	i := slices.IndexFunc(r.Options, func(o PolicyOptionRule) bool { return o.Name == name })
	if i < 0 {
		return nil, false
	}
	return &r.Options[i], true
}

// like is an example of the policy's options.
func (r *PolicyRule) like() string {
	for _, o := range r.Options {
		if o.Default != "" {
			return o.Name + ": " + o.Default
		}
	}
	return ""
}

// instead says what to do about an option that the policy does not have.
func (r *PolicyRule) instead(name string) string {
	switch {
	case name == "enabled":
		return ": leave out " + r.Name + " instead"
	case r.Name == "retry" && name == "spans":
		return ": each further attempt is an event of the operation's span"
	}
	var names []string
	for _, o := range r.Options {
		names = append(names, o.Name)
	}
	return didYouMean(name, names)
}

// check says what a value must be that is wrong.
func (o *PolicyOptionRule) check(text string) error {
	switch o.Kind {
	case "duration":
		return within(o, text, "a duration such as 50ms or 2s", time.ParseDuration)
	case "int":
		return within(o, text, "a whole number", strconv.Atoi)
	case "float":
		return within(o, text, "a number", number)
	case "window":
		if d, err := time.ParseDuration(text); err == nil && text != "0" {
			if d <= 0 {
				return fmt.Errorf("must be more than 0s, not %v", d)
			}
			return nil
		}
		return within(o, text, "a whole number of calls or a duration such as 30s", strconv.Atoi)
	}
	return checkRate(text)
}

// number parses a number that is one.
func number(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && f != f {
		err = strconv.ErrRange
	}
	return f, err
}

// within checks a value against the bounds of its option.
func within[V cmp.Ordered](o *PolicyOptionRule, text, want string, parse func(string) (V, error)) error {
	v, err := parse(text)
	if err != nil {
		return fmt.Errorf("must be %s, not %q", want, text)
	}
	var allowed []string
	fine := true
	low, open := strings.CutPrefix(o.Min, ">")
	if least, err := parse(low); err == nil {
		fine = v > least || v == least && !open
		allowed = append(allowed, map[bool]string{true: "more than ", false: "at least "}[open]+low)
	}
	if most, err := parse(o.Max); err == nil {
		fine = fine && v <= most
		allowed = append(allowed, "at most "+o.Max)
	}
	if !fine {
		return fmt.Errorf("must be %s, not %v", strings.Join(allowed, " and "), v)
	}
	return nil
}

// checkRate checks a number of operations in a time.
func checkRate(text string) error {
	count, unit, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(count)
	per := time.Second
	if err == nil && unit != "s" && unit != "m" && unit != "h" {
		per, err = time.ParseDuration(unit)
	}
	if err != nil || n < 1 || per <= 0 {
		return fmt.Errorf("must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not %q", text)
	}
	return nil
}
