package expression

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"log/slog"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// Reader reads the expressions of a rule file. The file is never executed: it is a tree of
// calls of package aspects, whose arguments are constants and declared objects as the type checker
// sees them.
type Reader struct {
	Program *source.Program
	Pkg     *source.Package
}

// Errorf reports what is wrong at a node.
func (x Reader) Errorf(n ast.Node, hint, format string, args ...any) {
	x.Program.Findings.At(n.Pos(), hint, format, args...)
}

// Pos returns the place of a node.
func (x Reader) Pos(n ast.Node) token.Position { return x.Program.Position(n.Pos()) }

// Call returns the call that an expression is, or nil, and the name of the function or method of
// package aspects that is called, "" for any other.
func (x Reader) Call(e ast.Expr) (name string, call *ast.CallExpr) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	var id *ast.Ident
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok { // with a type argument
		fun = ast.Unparen(index.X)
	}
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		id = fun.Sel
	case *ast.Ident:
		id = fun
	default:
		return "", call
	}
	if f, ok := x.Pkg.Info.Uses[id].(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == plan.AspectsPath {
		return f.Name(), call
	}
	return "", call
}

// Object returns the declared object that an expression names, or nil.
func (x Reader) Object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return x.Pkg.Info.Uses[e]
	case *ast.SelectorExpr:
		return x.Pkg.Info.Uses[e.Sel]
	case *ast.IndexExpr:
		return x.Object(e.X)
	case *ast.IndexListExpr:
		return x.Object(e.X)
	}
	return nil
}

// Text returns the value of a constant string.
func (x Reader) Text(e ast.Expr) (string, bool) { return x.Constant(e, aspects.String) }

// Constant returns the value of a constant as a directive would write it. An expression that is not
// Constant is a finding.
func (x Reader) Constant(e ast.Expr, kind aspects.Kind) (string, bool) {
	tv := x.Pkg.Info.Types[e]
	if tv.Value == nil {
		x.Errorf(e, "the rule file is read, not executed", "value must be a constant")
		return "", false
	}
	n, exact := constant.Int64Val(constant.ToInt(tv.Value))
	switch {
	case exact && (kind == aspects.Duration || kind == aspects.Size && signature.IsNamed(tv.Type, "time", "Duration")):
		return time.Duration(n).String(), true
	case kind == aspects.Level && exact:
		return slog.Level(n).String(), true
	case tv.Value.Kind() == constant.String:
		return constant.StringVal(tv.Value), true
	case tv.Value.Kind() == constant.Bool:
		return strconv.FormatBool(constant.BoolVal(tv.Value)), true
	case kind == aspects.Float:
		f, _ := constant.Float64Val(tv.Value)
		return strconv.FormatFloat(f, 'g', -1, 64), true
	}
	return tv.Value.ExactString(), true
}

// KindWords describes what an option of kind Func, Closer or Sentinel must name.
func KindWords(k aspects.Kind) string {
	switch k {
	case aspects.Func:
		return "a declared function of type func(error) bool, or one that takes all results"
	case aspects.Closer:
		return "a declared function that takes one result and returns nothing"
	}
	return "a package-level variable of type error"
}

// Reference returns how a generated file refers to an object that is the value of an option of that
// kind. The object is nil if the expression names none.
func Reference(obj types.Object, kind aspects.Kind) (*plan.Ref, error) {
	if obj == nil {
		return nil, errors.New("it is a literal or a call")
	}
	if obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return nil, fmt.Errorf("%s is not declared at package level", obj.Name())
	}
	switch kind {
	case aspects.Func, aspects.Closer:
		f, ok := obj.(*types.Func)
		if !ok {
			return nil, fmt.Errorf("%s is not a declared function", obj.Name())
		}
		if kind == aspects.Func && !signature.IsPredicate(f) || kind == aspects.Closer && !signature.IsCloser(f) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), types.TypeString(f.Type(), (*types.Package).Name))
		}
	case aspects.Sentinel:
		v, ok := obj.(*types.Var)
		if !ok || !signature.IsError(v.Type()) {
			return nil, fmt.Errorf("%s is a %s", obj.Name(), types.TypeString(obj.Type(), nil))
		}
	}
	return RefTo(obj), nil
}

// RefTo returns how a generated file refers to an object.
func RefTo(obj types.Object) *plan.Ref {
	return &plan.Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}
}
