package operand

import (
	"fmt"
	"go/types"
	"path"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Key checks one part of the key of a limit, cache or breaker. The state of a key is found by its
// value, so any comparable one will do. The error says what it must be.
func Key(f *source.Func, text string) (plan.Expr, error) {
	s := scope{f}
	e, t, err := expression(s, text, false)
	if err != nil {
		return e, err
	}
	if err := s.lasting(text, t); err != nil {
		return e, err
	}
	if !types.Comparable(t) {
		return e, fmt.Errorf("%s must be comparable, and is a %s", text, s.typeText(t))
	}
	e.As, e.Cast = s.form(t)
	e.Type = fullType(t)
	return e, nil
}

// lasting returns an error for what is another key in each call.
func (s scope) lasting(text string, t types.Type) error {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Chan:
		return fmt.Errorf("%s must not be a pointer or channel, which is another key in each call, and is a %s", text, s.typeText(t))
	}
	return nil
}

// form returns how the woven body gives a value of the type to a key, and whether it converts it
// first. A type parameter stands for several types, and keeps them apart as a value does.
func (s scope) form(t types.Type) (as plan.KeyPart, cast bool) {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return plan.AsValue, false
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok {
		return plan.AsValue, false
	}
	switch info := basic.Info(); {
	case info&types.IsString != 0:
		as = plan.AsText
	case info&types.IsUnsigned != 0:
		as = plan.AsUint
	case info&types.IsInteger != 0:
		as = plan.AsInt
	default:
		return plan.AsValue, false
	}
	if types.Identical(t, types.Universe.Lookup(as.Type()).Type()) {
		return as, false
	}
	if s.redeclared(as.Type()) {
		return plan.AsValue, false
	}
	return as, true
}

// redeclared reports whether a predeclared name means something else before the function's body.
func (s scope) redeclared(name string) bool {
	sig := s.Obj.Signature()
	for _, list := range []*types.TypeParamList{sig.TypeParams(), sig.RecvTypeParams()} {
		for p := range list.TypeParams() {
			if p.Obj().Name() == name {
				return true
			}
		}
	}
	for _, spec := range s.File.Imports {
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && path.Base(strings.Trim(spec.Path.Value, "`\"")) == name {
			return true
		}
	}
	return s.hides(name) || s.Pkg.Types.Scope().Lookup(name) != nil
}

// fullType writes a type so that the same text means the same type in every package. Type
// parameters are alike: their keys have the types of values.
func fullType(t types.Type) string {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return "a type parameter"
	}
	return types.TypeString(types.Unalias(t), (*types.Package).Path)
}
