package environment_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/environment"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
)

// Policies as the documentation shows them, each value with its place.
func TestPolicy(t *testing.T) {
	env, err := environment.Parse("prod.yaml", []byte(`carts: {url: mem:, policy: {timeout: 1s, retry: {attempts: 3, initial: 20ms}, bulkhead: 64, limit: 100/s}}
jobs:
  url: mem:
  policy:
    breaker:
    retry: {}
`))
	if err != nil {
		t.Fatal(err)
	}
	option := func(text, position string) bindings.PolicyOption {
		return bindings.PolicyOption{Text: text, Position: "prod.yaml:" + position}
	}
	none := map[string]bindings.PolicyOption{}
	want := [][]bindings.PolicyAspect{{
		{Name: "timeout", Position: "prod.yaml:1:29", Options: map[string]bindings.PolicyOption{"": option("1s", "1:38")}},
		{Name: "retry", Position: "prod.yaml:1:42", Options: map[string]bindings.PolicyOption{"attempts": option("3", "1:60"), "initial": option("20ms", "1:72")}},
		{Name: "bulkhead", Position: "prod.yaml:1:79", Options: map[string]bindings.PolicyOption{"": option("64", "1:89")}},
		{Name: "limit", Position: "prod.yaml:1:93", Options: map[string]bindings.PolicyOption{"": option("100/s", "1:100")}},
	}, {
		{Name: "breaker", Position: "prod.yaml:5:5", Options: none},
		{Name: "retry", Position: "prod.yaml:6:5", Options: none},
	}}
	if diff := cmp.Diff(want, [][]bindings.PolicyAspect{env.Bindings[0].Policy, env.Bindings[1].Policy}); diff != "" {
		t.Error(diff)
	}
	env.Namespace = "shop"
	if err := bindings.Check(env, mem.Provider); err != nil {
		t.Errorf("check is %v", err)
	}
}

// A policy that cannot be is reported where it stands, with what it must be, and none hides
// another; so does Open.
func TestPolicyFindings(t *testing.T) {
	for _, c := range []struct {
		policy string // from column 24
		want   []string
	}{
		{"5", []string{"1:24: policy must be a mapping of policies, such as {timeout: 1s}"}},
		{"{retry: [1]}", []string{"1:32: retry must be a value or a mapping of options"}},
		{"{retry: {attempts: {secret: x}}}", []string{"1:43: attempts of retry must be a text, a number, true or false"}},
		{"{timeuot: 1s}", []string{`1:25: open a: policy must be one of breaker, bulkhead, limit, retry, timeout, not "timeuot" (did you mean "timeout"?)`}},
		{"{hedge: 1s}", []string{`1:25: open a: policy must be one of breaker, bulkhead, limit, retry, timeout, not "hedge": put hedge on the function that uses the binding`}},
		{"{timeout: 1s, retry: {atempts: 3}}", []string{`1:55: open a: retry has no option "atempts" (did you mean "attempts"?)`}},
		{"{retry: {spans: attempt}}", []string{`1:40: open a: retry has no option "spans": each further attempt is an event of the operation's span`}},
		{"{retry: {enabled: false}}", []string{`1:42: open a: retry has no option "enabled": leave out retry instead`}},
		{"{retry: {attempts: many, jitter: 2}}", []string{
			`1:43: open a: attempts of retry must be a whole number, not "many"`,
			`1:57: open a: jitter of retry must be at least 0 and at most 1, not 2`,
		}},
		{"{retry: 3}", []string{"1:32: open a: retry must be a mapping of options, such as {attempts: 3}"}},
		{"{retry: {initial: 10s}}", []string{"1:42: open a: initial of retry must be at most its max of 5s, not 10s: it is the longest pause (change one)"}},
		{"{retry: {elapsed: 50ms}}", []string{"1:42: open a: initial of retry must be at most its elapsed of 50ms, not 100ms: no second attempt would start (change one)"}},
		{"{timeout: }", []string{"1:25: open a: timeout must have after, such as after: 2s"}},
		{"{timeout: 0s}", []string{"1:34: open a: after of timeout must be more than 0s, not 0s"}},
		{"{timeout: 1}", []string{`1:34: open a: after of timeout must be a duration such as 50ms or 2s, not "1"`}},
		{"{limit: 100}", []string{`1:32: open a: rate of limit must be a number from 1 per time, such as 100/s, 20/m, 5/h or 10/250ms, not "100"`}},
		{"{bulkhead: 0, limit: {burst: 3}}", []string{"1:35: open a: max of bulkhead must be at least 1, not 0", "1:38: open a: limit must have rate, such as rate: 100/s"}},
		{"{breaker: {rate: 0.5, failures: 3}}", []string{"1:56: open a: breaker must have rate or failures, not both (remove one)"}},
		{"{breaker: {window: 20}}", []string{"1:43: open a: window of breaker must come with rate or slow, which are judged on it (add rate, such as 0.5, or slow, such as 2s)"}},
		{"{breaker: {rate: 0.5, window: -1s}}", []string{"1:54: open a: window of breaker must be more than 0s, not -1s"}},
		{"{breaker: {rate: 0.5, min: 5}}", []string{"1:51: open a: min of breaker must come with a window of time: one of calls is judged when it is full (give window a time, such as 30s, or remove min)"}},
		{"{breaker: {rate: 0.5, slowrate: 1}}", []string{"1:56: open a: slowrate of breaker must come with slow, which says what slow is (add slow, such as 2s)"}},
	} {
		text := "a: {url: mem:, policy: " + c.policy + "}\n"
		env, err := environment.Parse("dev.yaml", []byte(text))
		if err == nil {
			env.Namespace = "shop"
			err = bindings.Check(env, mem.Provider)
			_, opened := bindings.Open(t.Context(), env, mem.Provider)
			if opened == nil || err == nil || opened.Error() != err.Error() {
				t.Errorf("%s: open is %v, check %v", c.policy, opened, err)
			}
		}
		var want []string
		for _, line := range c.want {
			want = append(want, "dev.yaml:"+line)
		}
		if err == nil || err.Error() != strings.Join(want, "\n") {
			t.Errorf("%s: findings are\n%v\nwant\n%s", c.policy, err, strings.Join(want, "\n"))
		}
	}
}
