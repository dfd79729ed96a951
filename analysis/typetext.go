package analysis

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"
)

// The text of types in generated files, for what is injected.

// importList returns the imports that a qualifier has named, sorted.
func (q *qualifier) importList() []Import {
	var list []Import
	for path, name := range q.byPath {
		list = append(list, Import{Name: name, Path: path})
	}
	slices.SortFunc(list, func(a, b Import) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

func newQualifier(pkg *checked) *qualifier {
	return &qualifier{self: pkg.types, byPath: map[string]string{}, taken: map[string]bool{}}
}

// spell writes a type as the package's generated file can. The error says which type it cannot name.
func (j *injector) spell(t types.Type, q *qualifier) (string, error) {
	if name := j.unnameable(t, map[types.Type]bool{}); name != "" {
		return "", fmt.Errorf("package %s cannot name the type %s", j.out.Name, name)
	}
	return types.TypeString(t, q.name), nil
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
		if pkg := obj.Pkg(); pkg != nil && (pkg.Path() != j.pkg.listed.PkgPath && !obj.Exported() || obj.Parent() != nil && obj.Parent() != pkg.Scope()) {
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
		return first(slices.Concat(tupleTypes(t.Params()), tupleTypes(t.Results()))...)
	case *types.Struct:
		for v := range t.Fields() {
			if name := first(v.Type()); name != "" || !v.Exported() && v.Pkg() != j.pkg.types {
				return cmp.Or(name, types.TypeString(t, types.RelativeTo(j.pkg.types)))
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

func tupleTypes(tuple *types.Tuple) []types.Type {
	var list []types.Type
	for v := range tuple.Variables() {
		list = append(list, v.Type())
	}
	return list
}
