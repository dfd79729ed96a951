package ask

import (
	"errors"
	"fmt"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// kindWords says what an option of kind Func or Sentinel must name.
func kindWords(k aspects.Kind) string {
	if k == aspects.Func {
		return "a declared function of type func(error) bool"
	}
	return "a package-level variable of type error"
}

// reference returns how a generated file refers to an object that is an option of that kind. The
// object is nil where an expression names none.
func reference(obj types.Object, kind aspects.Kind) (*plan.Ref, error) {
	if obj == nil {
		return nil, errors.New("it is a literal or a call")
	}
	if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return nil, fmt.Errorf("%s is not declared at package level", obj.Name())
	}
	switch kind {
	case aspects.Func:
		f, ok := obj.(*types.Func)
		if !ok {
			return nil, fmt.Errorf("%s is not a declared function", obj.Name())
		}
		if got := types.TypeString(f.Type(), nil); got != "func(err error) bool" && !signature.IsPredicate(f) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), got)
		}
	case aspects.Sentinel:
		v, ok := obj.(*types.Var)
		if !ok || !signature.IsError(v.Type()) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), types.TypeString(obj.Type(), nil))
		}
	}
	return refTo(obj), nil
}

func refTo(obj types.Object) *plan.Ref {
	return &plan.Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}
}
