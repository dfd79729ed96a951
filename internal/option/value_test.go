package option

import (
	"strings"
	"testing"
)

// One value may be written in several ways, and the plan's hash must not tell them apart.
func TestParseCanonical(t *testing.T) {
	for _, c := range []struct {
		kind       Kind
		text, want string
	}{
		{Duration, "2s", "2s"},
		{Duration, "2000ms", "2s"},
		{Duration, "60s", "1m"},
		{Duration, "3600s", "1h"},
		{Duration, "90m", "1h30m"},
		{Duration, "10m", "10m"},
		{Duration, "1h0m5s", "1h0m5s"},
		{Duration, "0", "0s"},
		{Duration, "1.5s", "1.5s"},
		{Duration, ".5ms", "500µs"},
		{Int, "+3", "3"},
		{Int, "003", "3"},
		{Float, "0.50", "0.5"},
		{Float, "2", "2"},
		{Float, "1e-1", "0.1"},
		{Bool, "true", "true"},
		{Level, "WARN", "warn"},
		{Level, "Info+2", "info+2"},
		{Challenge, "Bearer", "Bearer"},
		{Challenge, `Basic realm="shop", charset="UTF-8"`, `Basic realm="shop", charset="UTF-8"`},
		{Rate, "100/s", "100/s"},
		{Rate, "100/1s", "100/s"},
		{Rate, "+5/60s", "5/m"},
		{Rate, "10/250ms", "10/250ms"},
		{Rate, "1/24h", "1/24h"},
		{Window, "020", "20"},
		{Window, "60s", "1m"},
		{String, "place order", "place order"},
	} {
		got, err := parse(Spec{Kind: c.kind}, c.text)
		if err != nil || got != c.want {
			t.Errorf("%s %q must be %q, and is %q, %v", c.kind, c.text, c.want, got, err)
		}
		if again, err := parse(Spec{Kind: c.kind}, got); err != nil || again != got {
			t.Errorf("%s %q must stay, and becomes %q, %v", c.kind, got, again, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		text string
		says string
	}{
		{Spec{Kind: Duration}, "5", "must be a duration"},
		{Spec{Kind: Duration}, "", "must be a duration"},
		{Spec{Kind: Duration, Min: ">0s"}, "0s", "must be more than 0s, not 0s"},
		{Spec{Kind: Duration, Min: "0s"}, "-1ns", "must be at least 0s, not -1ns"},
		{Spec{Kind: Int}, "1.0", "must be a whole number"},
		{Spec{Kind: Int}, "99999999999999999999", "must be a whole number"},
		{Spec{Kind: Int, Min: "1", Max: "3"}, "0", "must be at least 1 and at most 3, not 0"},
		{Spec{Kind: Int, Min: "1", Max: "3"}, "4", "must be at least 1 and at most 3, not 4"},
		{Spec{Kind: Int, Max: "3"}, "4", "must be at most 3, not 4"},
		{Spec{Kind: Float}, "NaN", "must be a number"},
		{Spec{Kind: Float, Min: ">0", Max: "1"}, "0", "must be more than 0 and at most 1, not 0"},
		{Spec{Kind: Float, Max: "1"}, "Inf", "must be at most 1, not +Inf"},
		{Spec{Kind: Float}, "1e999", "must be a number"},
		{Spec{Kind: Challenge}, "", "must be an authentication scheme"},
		{Spec{Kind: Challenge}, `realm="shop"`, "must be an authentication scheme"},
		{Spec{Kind: Challenge}, "Bearer ", "must be an authentication scheme"},
		{Spec{Kind: Challenge}, "Bearer\r\nSet-Cookie: a=b", "must be an authentication scheme"},
		{Spec{Kind: Challenge}, `Basic realm="Bücher"`, "must be an authentication scheme"},
		{Spec{Kind: Rate}, "100", "must be a number from 1 per time"},
		{Spec{Kind: Rate}, "0/s", "must be a number from 1 per time"},
		{Spec{Kind: Rate}, "-1/s", "must be a number from 1 per time"},
		{Spec{Kind: Rate}, "1.5/s", "must be a number from 1 per time"},
		{Spec{Kind: Rate}, "1/0s", "must be a number from 1 per time"},
		{Spec{Kind: Rate}, "1/d", "must be a number from 1 per time"},
		{Spec{Kind: Window, Min: "1"}, "0", "must be at least 1, not 0"},
		{Spec{Kind: Window, Min: "1"}, "0s", "must be more than 0s, not 0s"},
		{Spec{Kind: Window, Min: "1"}, "many", "must be a number of calls such as 20, or a time such as 30s"},
		{Spec{Kind: Bool}, "1", "must be true or false"},
		{Spec{Kind: Level}, "loud", "must be debug, info, warn or error"},
		{Spec{Kind: String}, "", "must not be empty"},
		{Spec{Kind: String, OneOf: []string{"a", "b", "c"}}, "d", `must be a, b or c, not "d"`},
		{Spec{Kind: String, OneOf: []string{"ok"}}, "", `must be ok, not ""`},
	} {
		if text, err := parse(c.spec, c.text); err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s %q %s, and is %q, %v", c.spec.Kind, c.text, c.says, text, err)
		}
	}
}

// The bounds themselves are allowed, unless they are open; so is every default.
func TestTable(t *testing.T) {
	for _, aspect := range Aspects() {
		for _, o := range Of(aspect) {
			for _, text := range []string{o.Default, o.Min, o.Max} {
				if text == "" || strings.HasPrefix(text, ">") {
					continue
				}
				if got, err := parse(o, text); err != nil || got != text {
					t.Errorf("%s %s: %q must be allowed as it is, and is %q, %v", aspect, o.Name, text, got, err)
				}
			}
		}
	}
}

// parse is Parse, and the value's canonical form.
func parse(s Spec, text string) (string, error) {
	v, err := Parse(s, text)
	return Format(v), err
}
