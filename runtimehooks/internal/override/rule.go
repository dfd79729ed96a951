package override

import (
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/internal/option"
)

// Table says of each aspect that a set of type A may have, in order, what overrides may do to it.
type Table[A any] []*Rule[A]

// Rule is what overrides may do to one aspect. Its functions are about a set that has the aspect,
// except for has.
type Rule[A any] struct {
	Aspect   string
	Required string // why it cannot be disabled; "" if it can

	options []optionRule[A]   // in the order in which they are set: what another one derives from comes first
	fixed   map[string]string // the options that cannot be overridden, with the reason
	shares  bool              // functions share its state under its title

	has    func(*A) bool
	remove func(*A)
	own    func(*A)        // puts a copy in the place of the aspect, so that it may be changed
	title  func(*A) string // its option "name"; "" if it has none
}

// optionRule is one overridable option.
type optionRule[A any] struct {
	option.Spec
	set func(*A, option.Value)
	get func(*A) option.Value
}

// Field is how to reach one option of an aspect of type T.
type Field[T any] struct {
	Name string
	Set  func(*T, option.Value)
	Get  func(*T) option.Value
}

// At returns the option that one field of the aspect holds, which has the type of its values.
func At[T, V any](name string, at func(*T) *V) Field[T] {
	return Field[T]{
		Name: name,
		Set:  func(t *T, v option.Value) { *at(t) = v.(V) },
		Get:  func(t *T) option.Value { return *at(t) },
	}
}

// Then has what follows from a new value done after it is set.
func (f Field[T]) Then(follow func(*T)) Field[T] {
	set := f.Set
	f.Set = func(t *T, v option.Value) { set(t, v); follow(t) }
	return f
}

// inCode is why most options that cannot be overridden cannot be.
const inCode = "it is part of the woven code"

// Of makes the rule of the aspect that is held at a place of the set. Its options that are no
// fields cannot be overridden.
func Of[A, T any](aspect string, at func(*A) **T, fields ...Field[T]) *Rule[A] {
	r := &Rule[A]{
		Aspect: aspect, fixed: map[string]string{},
		has:    func(a *A) bool { return *at(a) != nil },
		remove: func(a *A) { *at(a) = nil },
		own:    func(a *A) { own := **at(a); *at(a) = &own },
		title:  func(*A) string { return "" },
	}
	for _, s := range option.Of(aspect) {
		r.fixed[s.Name] = inCode
	}
	for _, f := range fields {
		spec := option.Must(aspect, f.Name)
		if spec.Kind == option.Level {
			spec.OneOf = option.Levels
		}
		delete(r.fixed, f.Name)
		r.options = append(r.options, optionRule[A]{
			Spec: spec,
			set:  func(a *A, v option.Value) { f.Set(*at(a), v) },
			get:  func(a *A) option.Value { return f.Get(*at(a)) },
		})
	}
	return r
}

// Keep says why the aspect cannot be disabled.
func (r *Rule[A]) Keep(why string) *Rule[A] {
	r.Required = why
	return r
}

// Titled says which option "name" the aspect has, and why that cannot be overridden.
func (r *Rule[A]) Titled(title func(*A) string, why string) *Rule[A] {
	r.title, r.fixed["name"] = title, why
	return r
}

// Share says that functions share the aspect's state where it has a name.
func (r *Rule[A]) Share(name func(*A) string) *Rule[A] {
	r.shares = true
	return r.Titled(name, "sites share state by it")
}

// Has reports whether a set has the aspect.
func (r *Rule[A]) Has(a *A) bool { return r.has(a) }

// Options returns the options that can be overridden.
func (r *Rule[A]) Options() []option.Spec {
	var list []option.Spec
	for _, o := range r.options {
		list = append(list, o.Spec)
	}
	return list
}

// shared returns the name under which functions share the aspect's state, or "".
func (r *Rule[A]) shared(a *A) string {
	if !r.shares {
		return ""
	}
	return r.title(a)
}

// option returns the rule of the option called name.
func (r *Rule[A]) option(name string) (*optionRule[A], bool) {
	i := slices.IndexFunc(r.options, func(o optionRule[A]) bool { return o.Name == name })
	if i < 0 {
		return nil, false
	}
	return &r.options[i], true
}

// optionNames returns all that an entry may say about the aspect, or may be expected to.
func (r *Rule[A]) optionNames() []string {
	list := []string{enabled}
	for _, o := range r.options {
		list = append(list, o.Name)
	}
	return append(list, slices.Sorted(maps.Keys(r.fixed))...)
}

// text returns the value of an option in a directive's form; "" if it is unset, which is a zero
// that is out of bounds.
func (o *optionRule[A]) text(a *A) string {
	if v := o.get(a); o.Within(v) {
		return option.Format(v)
	}
	return ""
}

// texts returns the values of the aspect's options.
func (r *Rule[A]) texts(a *A) map[string]string {
	m := map[string]string{}
	for _, o := range r.options {
		m[o.Name] = o.text(a)
	}
	return m
}

// rule returns the rule of an aspect.
func (t Table[A]) rule(aspect string) (*Rule[A], bool) {
	i := slices.IndexFunc(t, func(r *Rule[A]) bool { return r.Aspect == aspect })
	if i < 0 {
		return nil, false
	}
	return t[i], true
}

// names returns the names under which a set shares state with others.
func (t Table[A]) names(a *A) []string {
	var list []string
	for _, r := range t {
		if r.has(a) && r.shared(a) != "" {
			list = append(list, r.shared(a))
		}
	}
	return sorted(list)
}

func sorted(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
