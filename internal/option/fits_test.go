package option

import (
	"fmt"
	"strings"
	"testing"
)

// given reads "rate=0.5 window=10".
func given(text string) map[string]string {
	m := map[string]string{}
	for _, f := range strings.Fields(text) {
		name, value, _ := strings.Cut(f, "=")
		m[name] = value
	}
	return m
}

// Options that exclude each other may come from several places, each of which is judged by what it
// has.
func TestFits(t *testing.T) {
	for _, c := range []struct {
		aspect, options string
		whole           bool
		says            string
	}{
		{"breaker", "rate=0.5 failures=3", false, "breaker must have rate or failures, not both"},
		{"breaker", "rate=0.5 window=10", true, ""},
		{"breaker", "window=10", true, "window of breaker must come with rate or slow, which are judged on it"},
		{"breaker", "slow=2s window=30s min=5 slowrate=0.5", true, ""},
		{"breaker", "slow=2s failures=3", true, ""}, // it opens by whichever comes first
		{"breaker", "rate=0.5 window=30s min=5", true, ""},
		{"breaker", "rate=0.5 window=30 min=5", true, "min of breaker must come with a window of time: one of calls is judged when it is full"},
		{"breaker", "rate=0.5 min=5", true, "min of breaker must come with a window of time: one of calls is judged when it is full"},
		{"breaker", "min=5", false, ""}, // a rule may give the window
		{"breaker", "rate=0.5 slowrate=0.5", true, "slowrate of breaker must come with slow, which says what slow is"},
		{"retry", "elapsed=50ms", true, "initial of retry must be at most its elapsed of 50ms, not 100ms: no second attempt would start"},
		{"retry", "elapsed=50ms initial=10ms", true, ""},
		{"retry", "elapsed=50ms", false, ""}, // a rule may give the pause
		{"idempotent", "ttl=30s", true, "lease of idempotent must be at most its ttl of 30s, not 1m: a claim must not outlive the results"},
		{"idempotent", "ttl=30s lease=30s", true, ""},
		{"breaker", "window=10", false, ""}, // a rule may give the rate
		{"retry", "initial=2s max=1s", false, "initial of retry must be at most its max of 1s, not 2s: it is the longest pause"},
		{"retry", "initial=1s max=1s", true, ""},
		{"retry", "initial=10s", true, "initial of retry must be at most its max of 5s, not 10s: it is the longest pause"},
		{"retry", "initial=10s", false, ""}, // a rule may give the maximum
		{"retry", "max=1ms", true, ""},      // it caps the default
	} {
		var got []string
		for _, m := range Fits(c.aspect, given(c.options), nil, c.whole) {
			got = append(got, m.Message)
			if m.Hint == "" || given(c.options)[m.Option] == "" {
				t.Errorf("%s %s: %+v must be about an option that was given, with a hint", c.aspect, c.options, m)
			}
		}
		if got := strings.Join(got, "\n"); got != c.says {
			t.Errorf("%s %s (whole: %v) must say %q, and says %q", c.aspect, c.options, c.whole, c.says, got)
		}
	}
}

// What is given must fit what is in force, which may be another place's doing.
func TestFitsInForce(t *testing.T) {
	for _, c := range []struct{ aspect, given, inForce, want string }{
		{Retry, "max=1ms", "max=1ms initial=100ms", "[max initial]"},
		{Retry, "initial=10s", "initial=10s max=1m", "[]"},
		{Retry, "initial=10s", "initial=1s max=5s", "[]"}, // overruled
		{Retry, "attempts=5", "initial=10s max=5s", "[]"}, // not its fault
		{Idempotent, "ttl=1s", "ttl=1s", "[ttl lease]"},
		{Idempotent, "ttl=1s", "ttl=1s lease=", "[]"},
		{Breaker, "window=30s", "window=30s slow=1s", "[]"},
		{Breaker, "window=5 min=3 slowrate=1", "window=5 min=3 slowrate=1", "[window  min  slowrate ]"},
	} {
		var got []string
		for _, m := range Fits(c.aspect, given(c.given), given(c.inForce), true) {
			got = append(got, m.Option+" "+m.Other)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s %s, with %s in force, must be %s, and is %s", c.aspect, c.given, c.inForce, c.want, got)
		}
	}
}

// A breaker judges in one way, and a burst follows its rate.
func TestDefault(t *testing.T) {
	for _, c := range []struct{ aspect, given, want string }{
		{Breaker, "", "failures=5 cooldown=5s probes=1"},
		{Breaker, "rate=0.5", "window=20 cooldown=5s probes=1"},
		{Breaker, "rate=0.5 window=30s", "min=20 cooldown=5s probes=1"},
		{Breaker, "slow=1s", "window=20 slowrate=1 cooldown=5s probes=1"},
		{Limit, "rate=7/m", "burst=7 wait=0s"},
		{Timeout, "after=1s", ""},
	} {
		var got []string
		for _, s := range Of(c.aspect) {
			if _, ok := given(c.given)[s.Name]; ok {
				continue
			}
			if text := Default(s, given(c.given)); text != "" {
				got = append(got, s.Name+"="+text)
			}
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s %s has the defaults %s, want %s", c.aspect, c.given, got, c.want)
		}
	}
}
