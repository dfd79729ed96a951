package plan

import (
	"slices"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/internal/option"
)

// MethodKey is the key of a method of the generated type.
func (d *Decorator) MethodKey(name string) string { return "(*" + d.Type + ")." + name }

// Aspect returns the site's aspect of that name.
func (s *Site) Aspect(name string) (Aspect, bool) {
	for _, a := range s.Aspects {
		if a.Name == name && a.Advice == nil {
			return a, true
		}
	}
	return Aspect{}, false
}

// Values returns an option's values: those that are given, or its default.
func (a Aspect) Values(option string) []Option {
	var list []Option
	for _, o := range a.Options {
		if o.Name == option {
			list = append(list, o)
		}
	}
	return list
}

// HandsOn reports whether the body must get a context that the aspect makes.
func (a Aspect) HandsOn() bool {
	each := ""
	for _, o := range a.Values("each") {
		each = o.Value
	}
	return a.Advice == nil && HandsOn(a.Name, each)
}

// HandsOn reports whether the body must get a context that an aspect makes. Each is the value of
// that option, "" for none.
func HandsOn(aspect, each string) bool {
	return aspect == option.Timeout || aspect == option.Hedge || aspect == option.Retry && each != ""
}

// MakesCall reports whether the body makes its call in place, which saves a copy of it. The calls
// of other types of sites are of types of their own.
func (s *Site) MakesCall() bool { return s.Entry != nil && s.Entry.Site == "" }

// SpellsCall reports whether the body spells the type runtimehooks.Call.
func (s *Site) SpellsCall() bool { return s.Hedge || s.MakesCall() }

// SpellsContext reports whether the body spells the types of a context and an error.
func (s *Site) SpellsContext() bool { return s.Around || s.Hedge }

// Attempts returns how often the site's retry may run the body; 1 for a site without retry.
func (s *Site) Attempts() int {
	a, _ := s.Aspect(option.Retry)
	for _, o := range a.Values("attempts") {
		n, _ := strconv.Atoi(o.Value)
		return n
	}
	return 1
}

// After returns the site's timeout, 0 if it has none.
func (s *Site) After() time.Duration {
	a, _ := s.Aspect(option.Timeout)
	for _, o := range a.Values("after") {
		d, _ := time.ParseDuration(o.Value)
		return d
	}
	return 0
}

// Called returns the functions that the step has the body call, each with what it is for, as a name
// ends: "Authz", "RetryIf".
func (s *Step) Called() (list []*Callee, suffixes []string) {
	name := UpperFirst(s.Aspect)
	for _, c := range []struct {
		*Callee
		suffix string
	}{{s.Func, name}, {s.If, name + "If"}, {s.Unless, name + "Unless"}} {
		if c.Callee != nil {
			list, suffixes = append(list, c.Callee), append(suffixes, c.suffix)
		}
	}
	return list, suffixes
}

// Step returns what an aspect adds to the site's woven body, or nil.
func (s *Site) Step(aspect string) *Step {
	i := slices.IndexFunc(s.Steps, func(step Step) bool { return step.Aspect == aspect })
	if i < 0 {
		return nil
	}
	return &s.Steps[i]
}
