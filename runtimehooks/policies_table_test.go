package runtimehooks

import (
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks/internal/override"
)

// An option whose value is data must be one that can be overridden, unless it only steers the
// weaving.
func TestOverridable(t *testing.T) {
	var names []string
	for _, a := range Overridable() {
		names = append(names, a.Name)
		for _, s := range option.Of(a.Name) {
			known := slices.ContainsFunc(a.Options, func(o OverridableOption) bool { return o.Name == s.Name })
			if known != (s.Plain() && s.Name != "stream" && s.Name != "text") {
				t.Errorf("%s of %s can be overridden: %t", s.Name, a.Name, known)
			}
		}
	}
	if !slices.Equal(names, option.Aspects()) {
		t.Errorf("order is %v, want that of the aspects, %v", names, option.Aspects())
	}
}

// everything is a site with every aspect.
func everything() *Site {
	return &Site{
		Function: "example.com/shop.Everything", Stacks: []string{"server"},
		Aspects: Aspects{
			Recover: &Recover{}, Trace: &Trace{}, Metrics: &Metrics{}, Log: &Log{}, Limit: &Limit{}, Authz: &Authz{}, Validate: &Validate{},
			Idempotent: &Idempotent{}, Cache: &Cache{}, Fallback: &Fallback{}, Timeout: &Timeout{}, Hedge: &Hedge{}, Retry: &Retry{},
			Breaker: &Breaker{}, Bulkhead: &Bulkhead{},
		},
	}
}

// A value that is set must be the one that a page shows, for every option: otherwise an option sets
// another one's field.
func TestOverrideSetsItsField(t *testing.T) {
	values := map[OptionKind]string{
		KindDuration: "1m30s", KindInt: "7", KindFloat: "0.25", KindBool: "true", KindLevel: "warn", KindRate: "20/10s", KindWindow: "30s",
	}
	for _, a := range Overridable() {
		for _, o := range a.Options {
			text := values[o.Kind]
			switch {
			case o.Kind == KindString:
				text = o.OneOf[0]
			case a.Name == "recover":
				text = "503"
			case o.Name == "factor":
				text = "2.5"
			}
			site := everything()
			layer := override.Layer{Stacks: map[string]AspectOverrides{"server": {a.Name: {o.Name: text}}}}
			c := overridable.Compile(layer, []override.Subject[Aspects]{site.subject()})
			got := map[string]string{}
			for _, state := range site.aspectStates(c) {
				for _, option := range state.Options {
					if option.From == "stack server" {
						got[state.Name+" "+option.Name] = option.Value
					}
				}
			}
			if got[a.Name+" "+o.Name] != text {
				t.Errorf("%s of %s is %v after %s", o.Name, a.Name, got, text)
			}
			follow := map[string]int{"limit rate": 2, "breaker window": 2, "breaker slow": 3}[a.Name+" "+o.Name]
			if a.Name+" "+o.Name == "breaker rate" {
				follow = 2
			}
			if len(got) != max(follow, 1) {
				t.Errorf("%s of %s changes %v", o.Name, a.Name, got)
			}
		}
	}
}
