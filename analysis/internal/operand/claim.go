package operand

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file checks what idempotent keeps in its store, and the store.

// ClaimKey checks one part of an idempotency key. It leaves the process as text, so it must be of a
// type whose values all have texts of their own: a string, an integer, a bool, or a type with a
// MarshalText method that the user calls faithful. The error says what it must be, and the remedy
// how that may be had, if there is more to say than by example.
func ClaimKey(f *source.Func, text string, faithful bool) (e plan.Expr, remedy string, err error) {
	s := scope{f}
	e, t, err := expression(s, text, false)
	if err != nil {
		return e, "", err
	}
	if err := s.lasting(text, t); err != nil {
		return e, "", err
	}
	if basic, ok := t.Underlying().(*types.Basic); ok && basic.Info()&(types.IsString|types.IsInteger|types.IsBoolean) != 0 {
		return e, "", nil
	}
	switch {
	case types.IsInterface(t):
		remedy = "name what is in it"
	case !marshals(t):
		remedy = "name its parts, each by a key of its own, or give it a method MarshalText() ([]byte, error)"
	case !faithful:
		remedy = "say text=faithful if its MarshalText writes different text for all values that differ"
	default:
		return e, "", nil
	}
	return e, remedy, fmt.Errorf("%s must be a string, an integer, a bool, or of a type whose text tells its values apart, and is a %s", text,
		s.typeText(t))
}

// marshals reports whether values of a type have the method MarshalText of encoding.TextMarshaler.
func marshals(t types.Type) bool {
	obj, _, indirect := types.LookupFieldOrMethod(t, false, nil, "MarshalText")
	m, ok := obj.(*types.Func)
	return ok && !indirect && signature.Short(m.Signature()) == "func() ([]byte, error)"
}

// Same checks what must be the same in all calls with one idempotency key. Guards are the
// expressions that are known not to be nil. The error says what it must be.
func Same(f *source.Func, text string, guards []string) (plan.Expr, error) {
	s := scope{f}
	e, t, err := expression(s, text, false)
	if err != nil {
		return e, err
	}
	for _, g := range e.Guards {
		if !slices.Contains(guards, g) {
			return e, fmt.Errorf("%s must not go through %s, which may be nil: compare that as a whole", text, g)
		}
	}
	e.Guards = nil
	return e, s.written(text, t)
}

// written returns an error for a value that encoding/json does not write as a whole.
func (s scope) written(text string, t types.Type) error {
	if signature.IsContext(t) {
		return fmt.Errorf("%s must be an argument, and is a context", text)
	}
	if err := signature.Travels(t, (*types.Package).Name); err != nil {
		return fmt.Errorf("%s must have a form in JSON, and %w", text, err)
	}
	return nil
}

// SameByDefault returns the parameters that must be the same in all calls with one idempotency key
// where nobody says which: those that have a form in JSON, without those that are in the key. Of
// the others it returns the names.
func SameByDefault(f *source.Func, keys []plan.Expr) (same []plan.Expr, others []string) {
	s := scope{f}
	for v := range f.Obj.Signature().Params().Variables() {
		name := v.Name()
		switch {
		case name == "" || name == "_" || signature.IsContext(v.Type()):
		case slices.ContainsFunc(keys, func(e plan.Expr) bool { return e.Go == name }):
		case s.written(name, v.Type()) != nil:
			others = append(others, name)
		default:
			same = append(same, plan.Expr{Go: name})
		}
	}
	return same, others
}

// Store checks the expression of an idempotency store, which may begin with a variable of the
// package. The error says what it must be.
func Store(f *source.Func, text string) (*plan.Expr, error) {
	s := scope{f}
	e, t, err := expression(s, text, true)
	if err != nil {
		return nil, err
	}
	store, err := hooksInterface(f, "IdempotencyStore")
	if err != nil || store == nil {
		return &e, err
	}
	if lacks := s.lacks(t, store); lacks != "" {
		return nil, fmt.Errorf("%s must be a runtimehooks.IdempotencyStore, and %s", text, lacks)
	}
	fence, err := hooksInterface(f, "IdempotencyFence")
	if err != nil || fence == nil || types.IsInterface(t) { // what is in an interface is asked at run time
		return &e, err
	}
	if lacks := s.lacks(t, fence); lacks != "" {
		return nil, fmt.Errorf("%s must be a runtimehooks.IdempotencyFence, or a call whose lease is over could give up or overwrite "+
			"the claim of the next, and %s", text, lacks)
	}
	return &e, nil
}

// lacks says which method of an interface a type lacks, or "".
func (s scope) lacks(t types.Type, i *types.Interface) string {
	missing, other := types.MissingMethod(t, i, true)
	if missing == nil {
		return ""
	}
	lacks := "has no method"
	if other {
		lacks = "has another form of"
	}
	return fmt.Sprintf("%s %s %s%s", s.typeText(t), lacks, missing.Name(), strings.TrimPrefix(signature.Short(missing.Type()), "func"))
}

// hooksInterface returns an interface of the run-time package, or nil if that cannot be read. If
// go.mod lacks it, another finding says so.
func hooksInterface(f *source.Func, name string) (*types.Interface, error) {
	p := f.Program
	if p.Graph.Listed[plan.HooksPath] == nil || p.Graph.Incomplete(plan.HooksPath) {
		return nil, nil
	}
	if err := p.Types.Export(p.Graph.External(p.Graph.Listed[plan.HooksPath])); err != nil {
		return nil, err
	}
	hooks, err := p.Types.Import(f.Pkg, plan.HooksPath)
	if err != nil || hooks == nil {
		return nil, nil
	}
	obj := hooks.Scope().Lookup(name)
	if obj == nil {
		return nil, nil
	}
	i, _ := obj.Type().Underlying().(*types.Interface)
	return i, nil
}
