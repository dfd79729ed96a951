package guard_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/bindings"
	"github.com/instrumentgo/instrument/bindings/internal/guard"
	"github.com/instrumentgo/instrument/bindings/provider/mem"
	"github.com/instrumentgo/instrument/runtimehooks"
)

// An environment's policies have the options, bounds and defaults that directives and the live policy file have. The core of
// bindings cannot import those, and has a table of its own.
func TestVocabulary(t *testing.T) {
	overridable := map[string]runtimehooks.OverridableAspect{}
	for _, a := range runtimehooks.Overridable() {
		overridable[a.Name] = a
	}
	for _, rule := range bindings.PolicyRules() {
		definition, known := aspects.Lookup(rule.Name)
		live, ok := overridable[rule.Name]
		if !known || !ok {
			t.Fatalf("%s is no aspect", rule.Name)
		}
		var names []string
		for _, o := range rule.Options {
			names = append(names, o.Name)
			i := slices.IndexFunc(live.Options, func(l runtimehooks.OverridableOption) bool { return l.Name == o.Name })
			d, known := definition.Option(o.Name)
			if i < 0 || !known {
				t.Errorf("%s has no option %s", rule.Name, o.Name)
				continue
			}
			if l := live.Options[i]; string(l.Kind) != o.Kind || l.Min != o.Min || l.Max != o.Max {
				t.Errorf("%s of %s is %s from %q to %q, in the live policy file %s from %q to %q", o.Name, rule.Name, o.Kind, o.Min, o.Max, l.Kind, l.Min, l.Max)
			}
			conditional := slices.Contains([]string{"window", "min", "slowrate"}, o.Name) // defaults that only a window has
			if d.Default != o.Default && !(conditional && o.Default == "") || d.Need != o.Required {
				t.Errorf("default of %s of %s is %q, as a directive %q", o.Name, rule.Name, o.Default, d.Default)
			}
		}
		for _, l := range live.Options {
			if !slices.Contains(names, l.Name) && l.Name != "spans" {
				t.Errorf("%s lacks the option %s", rule.Name, l.Name)
			}
		}
		if own := definition.Positional(); own != nil && own.Name != "name" && own.Name != rule.Own {
			t.Errorf("the own option of %s is %q, as a directive %s", rule.Name, rule.Own, own.Name)
		}
		if !slices.IsSorted(names) {
			t.Errorf("options of %s are %q, want them sorted", rule.Name, names)
		}
	}
}

// Open and the site agree about every value, so that what Open lets through does not fail later.
func TestVerdicts(t *testing.T) {
	texts := []string{"", "0", "1", "-1", "3", "20", "101", "100001", "1001", "0.5", "1.5", "NaN", "Inf", "1e3", "1s", "0s", "-1s", "50ms", "10s", "1h",
		"10/s", "0/s", "5/250ms", "5/x", "5/0s", "5", "x", "true"}
	for _, rule := range bindings.PolicyRules() {
		for _, o := range rule.Options {
			for _, text := range texts {
				agree(t, rule.Name, o.Name, text)
			}
		}
	}
	for _, options := range [][]string{
		{"breaker", "rate", "0.5", "window", "10"}, {"breaker", "rate", "0.5", "window", "10s", "min", "3"}, {"breaker", "rate", "0.5", "min", "3"},
		{"breaker", "slow", "1s", "slowrate", "0.5"}, {"breaker", "slow", "1s", "failures", "3"}, {"breaker", "rate", "0.5", "failures", "3"},
		{"breaker", "rate", "0.5", "window", "10", "min", "3"}, {"breaker", "slow", "1s", "window", "1m"},
		{"retry", "initial", "1s", "max", "1s"}, {"retry", "initial", "2s", "max", "1s"}, {"retry", "initial", "2s", "elapsed", "1s"},
		{"retry", "initial", "1s", "max", "2s", "elapsed", "1s"}, {"bulkhead", "wait", "1s", "queue", "5"}, {"limit", "burst", "5", "wait", "1s"},
	} {
		agree(t, options[0], options[1:]...)
	}
}

func agree(t *testing.T, name string, options ...string) {
	t.Helper()
	p := policy(name, options...)
	if _, given := p.Options["rate"]; name == "limit" && !given {
		p.Options["rate"] = bindings.PolicyOption{Text: "10/s"}
	}
	env := bindings.Environment{Namespace: "shop", Bindings: []bindings.Binding{{Name: "carts", URL: "mem:", Policy: []bindings.PolicyAspect{p}}}}
	told := bindings.Check(env, mem.Provider)
	_, made := guard.New("carts", []bindings.PolicyAspect{p})
	if (told == nil) != (made == nil) {
		t.Errorf("%s %q: check says %v, the site %v", name, options, told, made)
	}
}

// What is left out has the defaults, and a breaker judges in one way.
func TestEffective(t *testing.T) {
	for _, c := range []struct {
		policy bindings.PolicyAspect
		want   string
	}{
		{policy("timeout", "", "1s"), "map[after:1s]"},
		{policy("bulkhead"), "map[max:10 wait:0s]"},
		{policy("bulkhead", "", "64"), "map[max:64 wait:0s]"},
		{policy("breaker"), "map[cooldown:5s failures:5 probes:1]"},
		{policy("breaker", "rate", "0.5"), "map[cooldown:5s probes:1 rate:0.5]"},
		{policy("retry", "attempts", "5"), "map[attempts:5 budget:0.2 factor:2 initial:100ms jitter:0.5 max:5s]"},
	} {
		if got := fmt.Sprint(c.policy.Effective()); got != c.want {
			t.Errorf("%s is %s, want %s", c.policy.Name, got, c.want)
		}
	}
}
