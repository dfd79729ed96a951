package operand

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// scope is what an operand may refer to: the variables of one woven function.
type scope struct{ *source.Func }

// variables returns the receiver and parameters that have names.
func (s scope) variables() []*types.Var {
	sig := s.Obj.Signature()
	var list []*types.Var
	if sig.Recv() != nil {
		list = append(list, sig.Recv())
	}
	list = slices.AppendSeq(list, sig.Params().Variables())
	return slices.DeleteFunc(list, func(v *types.Var) bool { return v.Name() == "" || v.Name() == "_" })
}

// variable returns the receiver or parameter of that name, or nil.
func (s scope) variable(name string) *types.Var {
	for _, v := range s.variables() {
		if v.Name() == name {
			return v
		}
	}
	return nil
}

// hides reports whether a variable of the signature, results included, has the name, or something
// that is declared around a literal.
func (s scope) hides(name string) bool {
	if s.Hides(name) {
		return true
	}
	named := func(v *types.Var) bool { return v.Name() == name }
	return s.variable(name) != nil || slices.ContainsFunc(slices.Collect(s.Obj.Signature().Results().Variables()), named)
}

// typeText writes a type as the function's package would, except for the names of imports.
func (s scope) typeText(t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg.Path() == s.Obj.Pkg().Path() {
			return ""
		}
		return pkg.Name()
	})
}

// tupleText writes a list of types: "nothing", "error", "(*Receipt, error)".
func (s scope) tupleText(tuple *types.Tuple) string {
	var list []string
	for v := range tuple.Variables() {
		list = append(list, s.typeText(v.Type()))
	}
	switch len(list) {
	case 0:
		return "nothing"
	case 1:
		return list[0]
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// HidesNil reports whether a parameter, result or the receiver is called nil. Guards compare with
// nil, so none must hide it.
func HidesNil(f *source.Func) bool {
	found := false
	ast.Inspect(f.Decl.Type, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok {
			for _, id := range field.Names {
				found = found || id.Name == "nil"
			}
		}
		return true
	})
	return found || f.Hides("nil") || f.Decl.Recv != nil && len(f.Decl.Recv.List[0].Names) > 0 && f.Decl.Recv.List[0].Names[0].Name == "nil"
}

// Usable checks that the function's package may refer to ref, which may be nil: that ref is
// exported, that its package is not a main package, and that importing it makes no cycle.
func Usable(f *source.Func, ref *plan.Ref) error {
	target := f.Pkg.Listed.PkgPath
	if ref == nil || ref.Path == target {
		return nil
	}
	if ref.Pkg == "main" {
		return fmt.Errorf("%s.%s must not be in a main package, which cannot be imported", ref.Pkg, ref.Name)
	}
	if !ast.IsExported(ref.Name) {
		return fmt.Errorf("%s.%s must be exported, because package %s refers to it", ref.Pkg, ref.Name, target)
	}
	if cycle := f.Program.Graph.PathBetween(ref.Path, target); cycle != nil {
		return errors.New("import cycle: " + strings.Join(append([]string{target}, cycle...), " imports "))
	}
	return nil
}
