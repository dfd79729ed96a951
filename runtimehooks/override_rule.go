package runtimehooks

import "slices"

// aspectRule is what overrides may do to one aspect. Its functions are about a set that has the aspect, but for has.
type aspectRule struct {
	name     string
	options  []optionRule      // in the order in which they are set: what another one derives from comes first
	fixed    map[string]string // the options that cannot be overridden, with the reason
	required string            // why it cannot be disabled; "" if it can

	has    func(*Aspects) bool
	remove func(*Aspects)
	own    func(*Aspects)        // puts a copy in the place of the aspect, so that it may be changed
	shared func(*Aspects) string // the name under which sites share its state, or ""
}

// optionRule is one overridable option.
type optionRule struct {
	name string
	kind OptionKind
	bounds
	parse func(text string) (set func(*Aspects), err error)
	text  func(*Aspects) string // the value in a directive's form; "" if it is unset
}

// option returns the rule of the option called name.
func (r *aspectRule) option(name string) (*optionRule, bool) {
	i := slices.IndexFunc(r.options, func(o optionRule) bool { return o.name == name })
	if i < 0 {
		return nil, false
	}
	return &r.options[i], true
}

// typedOption is an optionRule about the options of one aspect.
type typedOption[T any] struct {
	name string
	kind OptionKind
	bounds
	parse func(text string) (set func(*T), err error)
	text  func(*T) string
}

// option is an option that one field holds. A zero that is out of bounds means unset.
func option[T, V any](name string, k valueKind[V], b bounds, field func(*T) *V) typedOption[T] {
	return typedOption[T]{
		name: name, kind: k.name, bounds: b,
		parse: func(text string) (func(*T), error) {
			v, err := k.read(text, b)
			return func(t *T) { *field(t) = v }, err
		},
		text: func(t *T) string {
			if v := *field(t); k.within(v, b) {
				return k.format(v)
			}
			return ""
		},
	}
}

// then has what follows from a new value done after it is set.
func (o typedOption[T]) then(follow func(*T)) typedOption[T] {
	parse := o.parse
	o.parse = func(text string) (func(*T), error) {
		set, err := parse(text)
		return func(t *T) { set(t); follow(t) }, err
	}
	return o
}

// rules makes the rule of the aspect that is held at a place of the set.
func rules[T any](name string, at func(*Aspects) **T, options ...typedOption[T]) *aspectRule {
	r := &aspectRule{
		name: name, fixed: map[string]string{},
		has:    func(a *Aspects) bool { return *at(a) != nil },
		remove: func(a *Aspects) { *at(a) = nil },
		own:    func(a *Aspects) { own := **at(a); *at(a) = &own },
		shared: func(*Aspects) string { return "" },
	}
	for _, o := range options {
		r.options = append(r.options, optionRule{
			name: o.name, kind: o.kind, bounds: o.bounds,
			parse: func(text string) (func(*Aspects), error) {
				set, err := o.parse(text)
				return func(a *Aspects) { set(*at(a)) }, err
			},
			text: func(a *Aspects) string { return o.text(*at(a)) },
		})
	}
	return r
}

// fix says why options cannot be overridden.
func (r *aspectRule) fix(why string, options ...string) *aspectRule {
	for _, o := range options {
		r.fixed[o] = why
	}
	return r
}

// keep says why the aspect cannot be disabled.
func (r *aspectRule) keep(why string) *aspectRule {
	r.required = why
	return r
}

// share says that sites share the aspect's state where it has a name.
func (r *aspectRule) share(name func(*Aspects) string) *aspectRule {
	r.shared = name
	return r.fix("sites share state by it", "name")
}

// OverridableAspect says what an override may change of an aspect.
type OverridableAspect struct {
	Name     string
	Required string // why its option "enabled" cannot be false; "" if it can
	Options  []OverridableOption
}

// OverridableOption is an option that an override may change.
type OverridableOption struct {
	Name  string
	Kind  OptionKind
	Min   string   // lowest allowed value, "" for none; an open bound begins with ">"
	Max   string   // highest allowed value, "" for none
	OneOf []string // the allowed values, where they are few
}

// Overridable returns what overrides may change of the built-in aspects, in their default order.
func Overridable() []OverridableAspect {
	list := make([]OverridableAspect, 0, len(aspectRules))
	for _, r := range aspectRules {
		a := OverridableAspect{Name: r.name, Required: r.required}
		for _, o := range r.options {
			a.Options = append(a.Options, OverridableOption{Name: o.name, Kind: o.kind, Min: o.min, Max: o.max, OneOf: slices.Clone(o.oneOf)})
		}
		list = append(list, a)
	}
	return list
}
