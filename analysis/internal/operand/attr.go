package operand

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

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
