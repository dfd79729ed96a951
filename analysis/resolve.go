package analysis

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// resolve finds the function or variable that a directive's option names, and checks that it is of the option's kind.
func (p *Program) resolve(pkg *checked, file *ast.File, kind aspects.Kind, name string) (*Ref, error) {
	obj, err := p.types.lookup(pkg, file, name)
	if err != nil {
		return nil, err
	}
	return reference(obj, kind)
}

// reference checks that obj can stand in a generated file as an option of the given kind.
func reference(obj types.Object, kind aspects.Kind) (*Ref, error) {
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
		if got := types.TypeString(f.Type(), nil); got != "func(err error) bool" && !isPredicate(f) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), got)
		}
	case aspects.Sentinel:
		v, ok := obj.(*types.Var)
		if !ok || !isError(v.Type()) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), types.TypeString(obj.Type(), nil))
		}
	}
	return &Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}, nil
}

func isPredicate(f *types.Func) bool {
	sig := f.Signature()
	return sig.TypeParams().Len() == 0 && !sig.Variadic() && sig.Params().Len() == 1 && sig.Results().Len() == 1 &&
		isError(sig.Params().At(0).Type()) && types.Identical(types.Unalias(sig.Results().At(0).Type()), types.Typ[types.Bool])
}

// isError reports whether t is the predeclared type error, under whatever alias.
func isError(t types.Type) bool {
	return types.Unalias(t) == types.Universe.Lookup("error").Type()
}

// isNamed reports whether t is the named type path.name, under whatever alias.
func isNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

// usable checks that package target may refer to ref: exported, no import of a main package, no import cycle.
func (p *Program) usable(target *checked, ref *Ref) error {
	if ref == nil || ref.Path == target.listed.PkgPath {
		return nil
	}
	if ref.Pkg == "main" {
		return fmt.Errorf("%s.%s must not be in a main package, which cannot be imported", ref.Pkg, ref.Name)
	}
	if !ast.IsExported(ref.Name) {
		return fmt.Errorf("%s.%s must be exported, because package %s refers to it", ref.Pkg, ref.Name, target.listed.PkgPath)
	}
	if cycle := p.graph.dependencyPath(ref.Path, target.listed.PkgPath); cycle != nil {
		return errors.New("import cycle: " + strings.Join(append([]string{target.listed.PkgPath}, cycle...), " imports "))
	}
	return nil
}
