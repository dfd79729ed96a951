package ask

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// resolve finds the function or variable that a directive's option names, and checks that it is of the option's kind.
func resolve(p *source.Program, pkg *source.Package, file *ast.File, kind aspects.Kind, name string) (*plan.Ref, error) {
	obj, err := p.Types.Lookup(pkg, file, name)
	if err != nil {
		return nil, err
	}
	return reference(obj, kind)
}

// reference checks that obj can stand in a generated file as an option of the given kind.
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
	return &plan.Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}, nil
}
