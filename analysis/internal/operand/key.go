package operand

import (
	"fmt"
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

// Store checks the expression of an idempotency store, which may be a variable of the package. The
// error says what it must be.
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
	if missing, _ := types.MissingMethod(t, store, true); missing != nil {
		return nil, fmt.Errorf("%s must be a runtimehooks.IdempotencyStore, and %s has no method %s%s",
			text, s.typeText(t), missing.Name(), strings.TrimPrefix(signature.Short(missing.Type()), "func"))
	}
	return &e, nil
}

// storeType returns the interface of idempotency stores, or nil where the run-time package cannot
// be read. If go.mod lacks it, another finding says so.
func storeType(f *source.Func) (*types.Interface, error) {
	p := f.Program
	if p.Graph.Listed[plan.HooksPath] == nil || p.Graph.Incomplete(plan.HooksPath) {
		return nil, nil
	}
	n := p.Graph.NewNeed()
	n.Visit(p.Graph.Listed[plan.HooksPath])
	if err := p.Types.Export(n.Sorted()); err != nil {
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
