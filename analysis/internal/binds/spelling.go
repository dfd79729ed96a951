package binds

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// spell writes a type as the package's generated file can refer to it. The error says which type it
// cannot name.
func (s *scope) spell(t types.Type, imports *signature.Qualifier) (string, error) {
	n := naming{from: s.pkg, seen: map[types.Type]bool{}}
	if name := n.unnameable(t); name != "" {
		return "", fmt.Errorf("package %s cannot name the type %s", s.out.Name, name)
	}
	return types.TypeString(t, imports.Name), nil
}

// naming looks for types that a package cannot write: those that another package does not export,
// and those that a function declares.
type naming struct {
	from *source.Package
	seen map[types.Type]bool
}

// unnameable returns the name of the first such type among the given types and their parts, or "".
func (n *naming) unnameable(list ...types.Type) string {
	for _, t := range list {
		if n.seen[t] {
			continue
		}
		n.seen[t] = true
		if name := n.within(t); name != "" {
			return name
		}
	}
	return ""
}

func (n *naming) within(t types.Type) string {
	switch t := t.(type) {
	case *types.Alias:
		return n.declared(t.Obj(), t.TypeArgs())
	case *types.Named:
		return n.declared(t.Obj(), t.TypeArgs())
	case *types.Map:
		return n.unnameable(t.Key(), t.Elem())
	case interface{ Elem() types.Type }: // pointers, slices, arrays and channels
		return n.unnameable(t.Elem())
	case *types.Signature:
		return n.unnameable(slices.Concat(signature.TupleTypes(t.Params()), signature.TupleTypes(t.Results()))...)
	case *types.Struct:
		for v := range t.Fields() {
			if name := n.unnameable(v.Type()); name != "" || !v.Exported() && v.Pkg() != n.from.Types {
				return cmp.Or(name, types.TypeString(t, types.RelativeTo(n.from.Types)))
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if name := n.unnameable(m.Type()); name != "" {
				return name
			}
		}
	}
	return ""
}

func (n *naming) declared(obj *types.TypeName, args *types.TypeList) string {
	pkg := obj.Pkg()
	hidden := pkg != nil && pkg.Path() != n.from.Listed.PkgPath && !obj.Exported()
	if hidden || pkg != nil && obj.Parent() != nil && obj.Parent() != pkg.Scope() {
		return pkg.Name() + "." + obj.Name()
	}
	return n.unnameable(slices.Collect(args.Types())...)
}
