package binds

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// spell writes a type as the package's generated file can. The error says which type it cannot name.
func (j *injector) spell(t types.Type, q *signature.Qualifier) (string, error) {
	if name := j.unnameable(t, map[types.Type]bool{}); name != "" {
		return "", fmt.Errorf("package %s cannot name the type %s", j.out.Name, name)
	}
	return types.TypeString(t, q.Name), nil
}

// unnameable returns the first type in t that the package cannot write: one that another package does not export or
// that a function declares.
func (j *injector) unnameable(t types.Type, seen map[types.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	first := func(list ...types.Type) string {
		for _, t := range list {
			if name := j.unnameable(t, seen); name != "" {
				return name
			}
		}
		return ""
	}
	named := func(obj *types.TypeName, args *types.TypeList) string {
		if pkg := obj.Pkg(); pkg != nil && (pkg.Path() != j.pkg.Listed.PkgPath && !obj.Exported() || obj.Parent() != nil && obj.Parent() != pkg.Scope()) {
			return pkg.Name() + "." + obj.Name()
		}
		return first(slices.Collect(args.Types())...)
	}
	switch t := t.(type) {
	case *types.Alias:
		return named(t.Obj(), t.TypeArgs())
	case *types.Named:
		return named(t.Obj(), t.TypeArgs())
	case *types.Map:
		return first(t.Key(), t.Elem())
	case interface{ Elem() types.Type }:
		return first(t.Elem())
	case *types.Signature:
		return first(slices.Concat(signature.TupleTypes(t.Params()), signature.TupleTypes(t.Results()))...)
	case *types.Struct:
		for v := range t.Fields() {
			if name := first(v.Type()); name != "" || !v.Exported() && v.Pkg() != j.pkg.Types {
				return cmp.Or(name, types.TypeString(t, types.RelativeTo(j.pkg.Types)))
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if name := first(m.Type()); name != "" {
				return name
			}
		}
	}
	return ""
}
