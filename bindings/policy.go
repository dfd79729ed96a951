package bindings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/internal/option"
)

// PolicyAspect is one policy around the operations of a binding, such as a retry, as an environment
// gives it: breaker, bulkhead, limit, retry or timeout, with options of the names and bounds that
// directives and live policy files have for them. The packages of the kinds put them around their
// operations.
type PolicyAspect struct {
	Name     string
	Options  map[string]PolicyOption // by name; "" is the aspect's own option, as in timeout: 1s
	Position string                  // where it is written, as file:line:column; "" if it is not in a file
}

// PolicyOption is the value of an option of a policy, in the form of a directive: "3", "1s",
// "100/s".
type PolicyOption struct {
	Text     string
	Position string
}

// policy returns what the aspect's policy is.
func (a PolicyAspect) policy() (option.Policy, bool) {
	policies := option.Policies()
	i := slices.IndexFunc(policies, func(p option.Policy) bool { return p.Aspect == a.Name })
	if i < 0 {
		return option.Policy{}, false
	}
	return policies[i], true
}

// given returns the options by their names.
func (a PolicyAspect) given(policy option.Policy) map[string]PolicyOption {
	all := maps.Clone(a.Options)
	if own, ok := all[""]; ok {
		delete(all, "")
		all[policy.Own] = own
	}
	return all
}

// Effective returns the options of a policy that [Open] has accepted, with the defaults of those
// that are not given.
func (a PolicyAspect) Effective() map[string]string {
	policy, ok := a.policy()
	if !ok {
		return nil
	}
	given := map[string]string{}
	for name, o := range a.given(policy) {
		given[name] = o.Text
	}
	all := maps.Clone(given)
	for _, o := range policy.Options() {
		if _, ok := given[o.Name]; ok {
			continue
		}
		if text := option.Default(o, given); text != "" {
			all[o.Name] = text
		}
	}
	return all
}

// hasPolicies reports whether the package of a kind puts policies around its operations. They are
// refused for the others, where they would do nothing.
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
		policy, ok := aspect.policy()
		switch {
		case !ok:
			at(aspect.Position, "%w", noPolicy(aspect.Name))
		case seen[aspect.Name]:
			at(aspect.Position, "policy %s must be given once", aspect.Name)
		default:
			aspect.check(policy, at)
		}
		seen[aspect.Name] = true
	}
}

// noPolicy says that there is no policy of that name, or why there is none.
func noPolicy(name string) error {
	names := policyNames()
	why := didYouMean(name, names)
	switch name {
	case option.Authz, option.Cache, option.Fallback, option.Hedge, option.Idempotent, option.Validate:
		why = ": put " + name + " on the function that uses the binding"
	}
	return fmt.Errorf("policy must be one of %s, not %q%s", strings.Join(names, ", "), name, why)
}

func policyNames() (names []string) {
	for _, p := range option.Policies() {
		names = append(names, p.Aspect)
	}
	return names
}

// check reports what is wrong with a policy.
func (a PolicyAspect) check(policy option.Policy, at func(position, format string, args ...any)) {
	if own, ok := a.Options[""]; ok {
		_, twice := a.Options[policy.Own]
		switch {
		case policy.Own == "":
			at(own.Position, "%s must be a mapping of options, such as {%s}", a.Name, exampleOf(policy))
			return
		case twice:
			at(own.Position, "%s of %s must be given once", policy.Own, a.Name)
			return
		}
	}
	given, specs, bad := a.given(policy), policy.Options(), false
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(specs, func(s option.Spec) bool { return s.Name == name })
		if i < 0 {
			at(given[name].Position, "%s has no option %q%s", a.Name, name, instead(policy, name))
			bad = true
		} else if _, err := option.Parse(specs[i], given[name].Text); err != nil {
			at(given[name].Position, "%s of %s %w", name, a.Name, err)
			bad = true
		}
	}
	for _, o := range specs {
		if _, ok := given[o.Name]; !ok && o.Need {
			at(a.Position, "%s must have %s, such as %s: %s", a.Name, o.Name, o.Name, o.Like)
			bad = true
		}
	}
	if !bad {
		a.fits(given, at)
	}
}

// fits reports options that do not fit together, each where it is given, or the one that its
// default does not fit.
func (a PolicyAspect) fits(given map[string]PolicyOption, at func(position, format string, args ...any)) {
	for _, m := range option.Fits(a.Name, a.Effective(), nil, true) {
		place, ok := given[m.Option]
		if !ok {
			place = given[m.Other]
		}
		at(place.Position, "%s (%s)", m.Message, m.Hint)
	}
}

// exampleOf is an example of the policy's options.
func exampleOf(policy option.Policy) string {
	for _, o := range policy.Options() {
		if o.Default != "" {
			return o.Name + ": " + o.Default
		}
	}
	return ""
}

// instead says what to do about an option that the policy does not have.
func instead(policy option.Policy, name string) string {
	switch {
	case name == "enabled":
		return ": leave out " + policy.Aspect + " instead"
	case policy.Aspect == option.Retry && name == "spans":
		return ": each further attempt is an event of the operation's span"
	}
	var names []string
	for _, o := range policy.Options() {
		names = append(names, o.Name)
	}
	return didYouMean(name, names)
}
