package operand

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Key checks one part of a key, and reports whether it is a string. The error says what it must be.
func Key(f *source.Func, text string) (e plan.Expr, isText bool, err error) {
	s := scope{f}
	e, t, err := expression(s, text, false)
	if err != nil {
		return e, false, err
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Chan:
		return e, false, fmt.Errorf("%s must not be a pointer or channel, which is another key in each call, and is a %s",
			text, s.typeText(t))
	}
	if !types.Comparable(t) {
		return e, false, fmt.Errorf("%s must be comparable, and is a %s", text, s.typeText(t))
	}
	return e, types.Identical(t, types.Typ[types.String]), nil
}

// Store checks the expression of an idempotency store, which may begin with a variable of the
// package. The error says what it must be.
func Store(f *source.Func, text string) (*plan.Expr, error) {
	s := scope{f}
	e, t, err := expression(s, text, true)
	if err != nil {
		return nil, err
	}
	store, err := storeType(f)
	if err != nil || store == nil {
		return &e, err
	}
	if missing, other := types.MissingMethod(t, store, true); missing != nil {
		lacks := "has no method"
		if other {
			lacks = "has another form of"
		}
		return nil, fmt.Errorf("%s must be a runtimehooks.IdempotencyStore, and %s %s %s%s",
			text, s.typeText(t), lacks, missing.Name(), strings.TrimPrefix(signature.Short(missing.Type()), "func"))
	}
	return &e, nil
}

// storeType returns the interface of idempotency stores, or nil if the run-time package cannot be
// read. If go.mod lacks it, another finding says so.
func storeType(f *source.Func) (*types.Interface, error) {
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
	obj := hooks.Scope().Lookup("IdempotencyStore")
	if obj == nil {
		return nil, nil
	}
	store, _ := obj.Type().Underlying().(*types.Interface)
	return store, nil
}

// Attr resolves an attribute: a path of fields that starts at a parameter or the receiver. The
// error says what is wrong with it.
func Attr(f *source.Func, path string) (plan.Attr, error) {
	parts := strings.Split(path, ".")
	root := scope{f}.variable(parts[0])
	if root == nil {
		return plan.Attr{}, fmt.Errorf("%s has no parameter called %s", f.Key, parts[0])
	}
	a, t := plan.Attr{Key: path, Expr: parts[0]}, root.Type()
	for _, name := range parts[1:] {
		obj, index, _ := types.LookupFieldOrMethod(t, true, f.Obj.Pkg(), name)
		field, ok := obj.(*types.Var)
		if !ok {
			if !token.IsIdentifier(name) {
				return plan.Attr{}, fmt.Errorf("%q is not the name of a field", name)
			}
			return plan.Attr{}, fmt.Errorf("%s has no field %s", a.Expr, name)
		}
		// Embedded fields are written out, because each embedded pointer on the way needs a guard.
		for _, i := range index {
			if ptr, ok := t.Underlying().(*types.Pointer); ok {
				a.Guards = append(a.Guards, a.Expr)
				t = ptr.Elem()
			}
			step := t.Underlying().(*types.Struct).Field(i)
			a.Expr += "." + step.Name()
			t = step.Type()
		}
		t = field.Type()
	}
	switch t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return plan.Attr{}, fmt.Errorf("%s has a type that cannot be recorded, %s", path, t)
	}
	return a, nil
}
