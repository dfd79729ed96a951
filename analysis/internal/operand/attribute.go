package operand

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Attr resolves a field path that starts at a parameter or the receiver.
func Attr(f *source.Func, path string) (plan.Attr, error) {
	parts := strings.Split(path, ".")
	var t types.Type
	sig := f.Obj.Signature()
	if recv := sig.Recv(); recv != nil && recv.Name() == parts[0] {
		t = recv.Type()
	}
	for v := range sig.Params().Variables() {
		if v.Name() == parts[0] {
			t = v.Type()
		}
	}
	if t == nil || parts[0] == "_" {
		return plan.Attr{}, fmt.Errorf("%s has no parameter called %s", f.Key, parts[0])
	}
	a := plan.Attr{Key: path, Expr: parts[0]}
	for _, name := range parts[1:] {
		obj, index, _ := types.LookupFieldOrMethod(t, true, f.Obj.Pkg(), name)
		field, ok := obj.(*types.Var)
		if !ok {
			if !token.IsIdentifier(name) {
				return plan.Attr{}, fmt.Errorf("%q is no name of a field", name)
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
	return found || f.Decl.Recv != nil && len(f.Decl.Recv.List[0].Names) > 0 && f.Decl.Recv.List[0].Names[0].Name == "nil"
}
