package option

import "slices"

// Policy is an aspect that an environment may put around the operations of a binding.
type Policy struct {
	Aspect string
	Own    string // the option that its value sets if it is not a mapping; "" for none
}

// Policies returns the policies that an environment may give, sorted by aspect.
func Policies() []Policy {
	return []Policy{{Breaker, ""}, {Bulkhead, "max"}, {Limit, "rate"}, {Retry, ""}, {Timeout, "after"}}
}

// Options returns the options that an environment may give the policy: those that are data, except
// spans, because operations have a span already, on which each further attempt is an event.
func (p Policy) Options() []Spec {
	return slices.DeleteFunc(Of(p.Aspect), func(s Spec) bool { return !s.Plain() || s.Name == "spans" })
}
