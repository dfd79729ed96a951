package ask

import (
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/aspects"
)

// One value may be written in several ways, and the plan's hash must not tell them apart.
func TestParseValueCanonical(t *testing.T) {
	for _, c := range []struct {
		kind       aspects.Kind
		text, want string
	}{
		{aspects.Duration, "2s", "2s"},
		{aspects.Duration, "2000ms", "2s"},
		{aspects.Duration, "60s", "1m"},
		{aspects.Duration, "3600s", "1h"},
		{aspects.Duration, "90m", "1h30m"},
		{aspects.Duration, "10m", "10m"},
		{aspects.Duration, "1h0m5s", "1h0m5s"},
		{aspects.Duration, "0", "0s"},
		{aspects.Duration, "1.5s", "1.5s"},
		{aspects.Duration, ".5ms", "500µs"},
		{aspects.Int, "+3", "3"},
		{aspects.Int, "003", "3"},
		{aspects.Float, "0.50", "0.5"},
		{aspects.Float, "2", "2"},
		{aspects.Float, "1e-1", "0.1"},
		{aspects.Bool, "true", "true"},
		{aspects.Level, "WARN", "warn"},
		{aspects.Level, "Info+2", "info+2"},
		{aspects.PerTime, "100/s", "100/s"},
		{aspects.PerTime, "100/1s", "100/s"},
		{aspects.PerTime, "+5/60s", "5/m"},
		{aspects.PerTime, "10/250ms", "10/250ms"},
		{aspects.PerTime, "1/24h", "1/24h"},
		{aspects.Size, "020", "20"},
		{aspects.Size, "60s", "1m"},
		{aspects.String, "place order", "place order"},
	} {
		got, err := parseValue(&aspects.Option{Kind: c.kind}, c.text)
		if err != nil || got != c.want {
			t.Errorf("%s %q must be %q, and is %q, %v", c.kind, c.text, c.want, got, err)
		}
		if again, err := parseValue(&aspects.Option{Kind: c.kind}, got); err != nil || again != got {
			t.Errorf("%s %q must stay, and becomes %q, %v", c.kind, got, again, err)
		}
	}
}

func TestParseValueRefuses(t *testing.T) {
	for _, c := range []struct {
		option aspects.Option
		text   string
		says   string
	}{
		{aspects.Option{Kind: aspects.Duration}, "5", "must be a duration"},
		{aspects.Option{Kind: aspects.Duration}, "", "must be a duration"},
		{aspects.Option{Kind: aspects.Duration, Min: ">0s"}, "0s", "must be more than 0s, not 0s"},
		{aspects.Option{Kind: aspects.Duration, Min: "0s"}, "-1ns", "must be at least 0s, not -1ns"},
		{aspects.Option{Kind: aspects.Int}, "1.0", "must be a whole number"},
		{aspects.Option{Kind: aspects.Int}, "99999999999999999999", "must be a whole number"},
		{aspects.Option{Kind: aspects.Int, Min: "1", Max: "3"}, "0", "must be at least 1 and at most 3, not 0"},
		{aspects.Option{Kind: aspects.Int, Min: "1", Max: "3"}, "4", "must be at least 1 and at most 3, not 4"},
		{aspects.Option{Kind: aspects.Int, Max: "3"}, "4", "must be at most 3, not 4"},
		{aspects.Option{Kind: aspects.Float}, "NaN", "must be a number"},
		{aspects.Option{Kind: aspects.Float, Min: ">0", Max: "1"}, "0", "must be more than 0 and at most 1, not 0"},
		{aspects.Option{Kind: aspects.Float, Max: "1"}, "Inf", "must be at most 1, not +Inf"},
		{aspects.Option{Kind: aspects.Float}, "1e999", "must be a number"},
		{aspects.Option{Kind: aspects.PerTime}, "100", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.PerTime}, "0/s", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.PerTime}, "-1/s", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.PerTime}, "1.5/s", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.PerTime}, "1/0s", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.PerTime}, "1/d", "must be a number from 1 per time"},
		{aspects.Option{Kind: aspects.Size, Min: "1"}, "0", "must be at least 1, not 0"},
		{aspects.Option{Kind: aspects.Size, Min: "1"}, "0s", "must be more than 0s, not 0s"},
		{aspects.Option{Kind: aspects.Size, Min: "1"}, "many", "must be a number of calls such as 20, or a time such as 30s"},
		{aspects.Option{Kind: aspects.Bool}, "1", "must be true or false"},
		{aspects.Option{Kind: aspects.Level}, "loud", "must be debug, info, warn or error"},
		{aspects.Option{Kind: aspects.String}, "", "must not be empty"},
		{aspects.Option{Kind: aspects.String, OneOf: []string{"a", "b", "c"}}, "d", `must be a, b or c, not "d"`},
		{aspects.Option{Kind: aspects.String, OneOf: []string{"ok"}}, "", `must be ok, not ""`},
	} {
		if text, err := parseValue(&c.option, c.text); err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s %q %s, and is %q, %v", c.option.Kind, c.text, c.says, text, err)
		}
	}
}

// The bounds themselves are allowed, unless they are open; so is every default.
func TestParseValueBuiltin(t *testing.T) {
	for _, def := range aspects.Builtin() {
		for _, o := range def.Options {
			for _, text := range []string{o.Default, o.Min, o.Max} {
				if text == "" || strings.HasPrefix(text, ">") {
					continue
				}
				if got, err := parseValue(&o, text); err != nil || got != text {
					t.Errorf("%s %s: %q must be allowed as it is, and is %q, %v", def.Name, o.Name, text, got, err)
				}
			}
		}
	}
}

// Options that exclude each other may come from a rule and from a directive.
func TestConflicts(t *testing.T) {
	for _, c := range []struct {
		aspect, options string
		whole           bool
		says            string
	}{
		{"breaker", "rate=0.5 failures=3", false, "a breaker must have rate or failures, not both"},
		{"breaker", "rate=0.5 window=10", true, ""},
		{"breaker", "window=10", true, "a breaker's window must come with rate or slow, which are judged on it"},
		{"breaker", "slow=2s window=30s min=5 slowrate=0.5", true, ""},
		{"breaker", "slow=2s failures=3", true, ""}, // it opens by whichever comes first
		{"breaker", "rate=0.5 window=30s min=5", true, ""},
		{"breaker", "rate=0.5 window=30 min=5", true, "a breaker's min must come with a window of time: one of calls is judged when it is full"},
		{"breaker", "rate=0.5 min=5", true, "a breaker's min must come with a window of time: one of calls is judged when it is full"},
		{"breaker", "min=5", false, ""}, // a rule may give the window
		{"breaker", "rate=0.5 slowrate=0.5", true, "a breaker's slowrate must come with slow, which says what slow is"},
		{"retry", "elapsed=50ms", true, "retry's elapsed must be at least its initial pause of 100ms, not 50ms: no second attempt would start"},
		{"retry", "elapsed=50ms initial=10ms", true, ""},
		{"retry", "elapsed=50ms", false, ""}, // a rule may give the pause
		{"idempotent", "ttl=30s", true, "idempotent's lease must be at most its ttl of 30s, not 1m: a claim must not outlive the results"},
		{"idempotent", "ttl=30s lease=30s", true, ""},
		{"breaker", "window=10", false, ""}, // a rule may give the rate
		{"retry", "initial=2s max=1s", false, "retry's max must be at least its initial pause of 2s, not 1s"},
		{"retry", "initial=1s max=1s", true, ""},
		{"retry", "initial=10s", true, "retry's max must be at least its initial pause of 10s, not 5s"},
		{"retry", "initial=10s", false, ""}, // a rule may give the maximum
		{"retry", "max=1ms", true, ""},      // it caps the default
	} {
		p := &source.Program{Findings: &finding.List{}}
		w := &Want{Name: c.aspect}
		def, _ := aspects.Lookup(c.aspect)
		for _, f := range strings.Fields(c.options) {
			name, text, _ := strings.Cut(f, "=")
			o, _ := def.Option(name)
			if err := w.set(o, Value{Text: text}); err != nil {
				t.Fatal(err)
			}
		}
		Conflicts(p, w, c.whole)
		var got string
		for _, d := range p.Findings.Sorted() {
			got += d.Message
		}
		if got != c.says {
			t.Errorf("%s %s (whole: %v) must say %q, and says %q", c.aspect, c.options, c.whole, c.says, got)
		}
	}
}
