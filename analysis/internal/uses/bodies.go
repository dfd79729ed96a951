package uses

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/types"

	"github.com/instrumentgo/instrument/internal/kind"
	"golang.org/x/tools/go/types/typeutil"
)

// bodies are the bodies of one package, with their types.
type bodies struct {
	path  string // of the package
	files []*ast.File
	info  *types.Info
}

// effect returns what a call asks of a provider, with the called function and the kind whose
// package declares it, or "" for any other function.
func (b *bodies) effect(call *ast.CallExpr) (of string, e kind.Call, fn *types.Func) {
	fn, ok := typeutil.Callee(b.info, call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return "", e, nil
	}
	fn = fn.Origin()
	k := kind.In(fn.Pkg().Path())
	if k == nil {
		return "", e, fn
	}
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		if named, ok := types.Unalias(recv.Type()).(*types.Named); ok {
			name = named.Obj().Name() + "." + name
		}
	}
	e = k.Call(name)
	return cmp.Or(e.Of, k.Name), e, fn
}

// written returns the package and the name of the function that a call names, whether or not that
// function is declared.
func (b *bodies) written(call *ast.CallExpr) (path, name string) {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		if pkg, ok := ast.Unparen(fun.X).(*ast.Ident); ok {
			if imported, ok := b.info.Uses[pkg].(*types.PkgName); ok {
				return imported.Imported().Path(), fun.Sel.Name
			}
		}
	case *ast.Ident:
		return b.path, fun.Name
	}
	return "", ""
}

// constant returns the text of a constant expression, "" for any other.
func (b *bodies) constant(x ast.Expr) string {
	if v := b.info.Types[x].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// openedBy returns the binding that a call of Open opens.
func (b *bodies) openedBy(kind, name string, call *ast.CallExpr) binding {
	opened := binding{kind: kind, name: name, pkg: b.path, of: typeName(firstType(b.info.TypeOf(call)))}
	if _, e, _ := b.effect(call); e.Of != "" {
		return opened
	}
	for _, arg := range call.Args[3:] {
		if option, ok := ast.Unparen(arg).(*ast.CallExpr); ok {
			_, _, fn := b.effect(option)
			opened.wrapped = opened.wrapped || fn != nil && fn.Name() == "Wrap"
		} else { // an option that was created elsewhere
			opened.wrapped = true
		}
	}
	return opened
}

// firstType returns the type of the first of a call's results.
func firstType(t types.Type) types.Type {
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		return tuple.At(0).Type()
	}
	return t
}
