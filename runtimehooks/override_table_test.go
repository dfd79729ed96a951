package runtimehooks

import (
	"slices"
	"testing"

	"github.com/instrumentgo/instrument/aspects"
)

// plain are the kinds of options whose values are data, which an override can carry.
func plain(o aspects.Option) bool {
	switch o.Kind {
	case aspects.Func, aspects.Call, aspects.Sentinel, aspects.Path, aspects.Key, aspects.Expr, aspects.Result:
		return false
	case aspects.String:
		return len(o.OneOf) > 0
	}
	return true
}

// Every option that a directive sets must be one that can be overridden, in the same bounds, or one that says why not.
func TestOverridesCoverTheAspects(t *testing.T) {
	var order []string
	for _, d := range aspects.Builtin() {
		order = append(order, d.Name)
		r, ok := ruleOf(d.Name)
		if !ok {
			t.Errorf("aspect %s cannot be overridden", d.Name)
			continue
		}
		for _, o := range d.Options {
			have, ok := r.option(o.Name)
			switch {
			case ok && r.fixed[o.Name] != "":
				t.Errorf("option %s of %s is both overridable and not", o.Name, d.Name)
			case !ok && r.fixed[o.Name] == "":
				t.Errorf("option %s of %s is unknown to overrides", o.Name, d.Name)
			case !ok && plain(o) && o.Field != "":
				t.Errorf("option %s of %s must be overridable", o.Name, d.Name)
			case ok && (have.min != o.Min || have.max != o.Max || !slices.Equal(have.oneOf, o.OneOf)):
				if o.Kind == aspects.Level && o.OneOf == nil {
					break // the levels are the kind's own bounds
				}
				t.Errorf("option %s of %s must be %q to %q, %q, not %q to %q, %q", o.Name, d.Name, o.Min, o.Max, o.OneOf, have.min, have.max, have.oneOf)
			}
		}
		for _, o := range r.options {
			if _, ok := d.Option(o.name); !ok {
				t.Errorf("%s has no option %s that a directive could set", d.Name, o.name)
			}
		}
	}
	var rules []string
	for _, r := range aspectRules {
		if slices.Contains(order, r.name) {
			rules = append(rules, r.name)
		}
	}
	if !slices.Equal(rules, order) {
		t.Errorf("order is %v, want that of the aspects, %v", rules, order)
	}
}

// A rate must mean in a file what it means in a directive.
func TestOverrideRate(t *testing.T) {
	for _, text := range []string{"100/s", "5/m", "1/h", "20/10s", "7/1m30s", "3/500ms", "0/s", "-1/s", "1/0s", "1/-1s", "1", "1/", "/s", "x/s", "1/d", "1/s/s", "1.5/s"} {
		n, per, err := parseRate(text)
		wantN, wantPer, wantErr := aspects.ParsePerTime(text)
		if n != wantN || per != wantPer || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Errorf("%s is %d in %v, %v, want %d in %v, %v", text, n, per, err, wantN, wantPer, wantErr)
		}
		if again, _, _ := parseRate(formatRate(n, per)); err == nil && again != n {
			t.Errorf("%s is written %s", text, formatRate(n, per))
		}
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

// A value that is set must be the one that a page shows, for every option: otherwise an option sets another one's field.
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
			c := compile(Overrides{Stacks: map[string]AspectOverrides{"server": {a.Name: {o.Name: text}}}}, []*Site{site})
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
