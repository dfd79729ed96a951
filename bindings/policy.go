package bindings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/internal/kind"
)

// PolicyAspect is one policy around the operations of a binding, such as a retry, as an environment gives it. What the policies
// are is told by [PolicyRules]; the packages of the kinds put them around their operations.
type PolicyAspect struct {
	Name     string
	Options  map[string]PolicyOption // by name; "" is the aspect's own option, as in timeout: 1s
	Position string                  // where it is written, as file:line:column; "" if nowhere
}

// PolicyOption is the value of an option of a policy, in the form of a directive: "3", "1s", "100/s".
type PolicyOption struct {
	Text     string
	Position string
}

// given returns the options by their names.
func (a PolicyAspect) given(rule *PolicyRule) map[string]PolicyOption {
	all := maps.Clone(a.Options)
	if own, ok := all[""]; ok {
		delete(all, "")
		all[rule.Own] = own
	}
	return all
}

// Effective returns the options of a policy that [Open] has found right, with those that have a default and are not given.
func (a PolicyAspect) Effective() map[string]string {
	rule, ok := policyRule(a.Name)
	if !ok {
		return nil
	}
	given, all := a.given(rule), map[string]string{}
	for _, o := range rule.Options {
		if value, ok := given[o.Name]; ok {
			all[o.Name] = value.Text
		} else if o.Default != "" && !(a.Name == "breaker" && o.Name == "failures" && judgesByWindow(given)) {
			all[o.Name] = o.Default
		}
	}
	return all
}

// judgesByWindow reports whether a breaker judges by a window, and not by consecutive failures.
func judgesByWindow(given map[string]PolicyOption) bool {
	_, rate := given["rate"]
	_, slow := given["slow"]
	return rate || slow
}

// hasPolicies reports whether the package of a kind puts policies around its operations. They are refused for the others, where
// they would do nothing.
func hasPolicies(k Kind) bool {
	known := kind.Named(string(k))
	return known != nil && known.Policies
}

// noPolicies is the error of a policy for a kind that cannot have one.
func noPolicies(kind Kind) error {
	return fmt.Errorf("policy is not for %s: put policies on the functions that use it", kind)
}

// checkPolicy reports what is wrong with the policies of a binding, each at its place.
func (o *opening) checkPolicy(b Binding) {
	at := func(position, format string, args ...any) {
		there := b
		if position != "" {
			there.Position = position
		}
		o.problem(there, fmt.Errorf(format, args...))
	}
	seen := map[string]bool{}
	for _, aspect := range b.Policy {
		rule, ok := policyRule(aspect.Name)
		switch {
		case !ok:
			at(aspect.Position, "%w", noPolicy(aspect.Name))
		case seen[aspect.Name]:
			at(aspect.Position, "policy %s must be given once", aspect.Name)
		default:
			aspect.check(rule, at)
		}
		seen[aspect.Name] = true
	}
}

// noPolicy says that there is no policy of that name, or why there is none.
func noPolicy(name string) error {
	names := policyNames()
	why := didYouMean(name, names)
	switch name {
	case "authz", "cache", "fallback", "hedge", "idempotent", "validate":
		why = ": put " + name + " on the function that uses the binding"
	}
	return fmt.Errorf("policy must be one of %s, not %q%s", strings.Join(names, ", "), name, why)
}

// check reports what is wrong with a policy.
func (a PolicyAspect) check(rule *PolicyRule, at func(position, format string, args ...any)) {
	if own, ok := a.Options[""]; ok {
		_, twice := a.Options[rule.Own]
		switch {
		case rule.Own == "":
			at(own.Position, "%s must be a mapping of options, such as {%s}", a.Name, rule.like())
			return
		case twice:
			at(own.Position, "%s of %s must be given once", rule.Own, a.Name)
			return
		}
	}
	given, bad := a.given(rule), false
	for _, name := range slices.Sorted(maps.Keys(given)) {
		option, ok := rule.option(name)
		if !ok {
			at(given[name].Position, "%s has no option %q%s", a.Name, name, rule.instead(name))
			bad = true
		} else if err := option.check(given[name].Text); err != nil {
			at(given[name].Position, "%s of %s %w", name, a.Name, err)
			bad = true
		}
	}
	for _, o := range rule.Options {
		if _, ok := given[o.Name]; !ok && o.Required {
			at(a.Position, "%s must have %s, such as %s: %s", a.Name, o.Name, o.Name, o.Like)
			bad = true
		}
	}
	if !bad {
		a.fits(given, at)
	}
}

// fits reports options that do not fit together.
func (a PolicyAspect) fits(given map[string]PolicyOption, at func(position, format string, args ...any)) {
	has := func(option string) bool { _, ok := given[option]; return ok }
	switch a.Name {
	case "retry":
		a.notLonger(given, "initial", "max", "it is the longest pause", at)
		a.notLonger(given, "initial", "elapsed", "no second attempt would start", at)
	case "breaker":
		_, err := time.ParseDuration(given["window"].Text)
		timed := has("window") && err == nil
		switch {
		case has("rate") && has("failures"):
			at(given["failures"].Position, "breaker must have rate or failures, not both")
		case has("window") && !judgesByWindow(given):
			at(given["window"].Position, "window of breaker must come with rate or slow, which are judged on it")
		case has("min") && !timed:
			at(given["min"].Position, "min of breaker must come with a window of time, such as window: 30s")
		case has("slowrate") && !has("slow"):
			at(given["slowrate"].Position, "slowrate of breaker must come with slow, which says what slow is")
		}
	}
}

// notLonger reports an option that is longer than another, where one of them is given.
func (a PolicyAspect) notLonger(given map[string]PolicyOption, shorter, longer, why string, at func(position, format string, args ...any)) {
	place, ok := given[longer]
	if first, given := given[shorter]; given {
		place, ok = first, true
	}
	all := a.Effective()
	short, err1 := time.ParseDuration(all[shorter])
	long, err2 := time.ParseDuration(all[longer])
	if ok && err1 == nil && err2 == nil && short > long {
		at(place.Position, "%s of %s must be at most its %s of %v, not %v: %s", shorter, a.Name, longer, long, short, why)
	}
}
