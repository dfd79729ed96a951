package operand

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// checkedExpr is an expression that names a key, a store or a method, checked for one function: a
// parameter or the receiver, its fields, and methods that are called with such expressions or
// literals. It is checked as the compiler would check it, in a scope that holds only these
// variables.
type checkedExpr struct {
	scope
	text  string
	root  ast.Expr
	info  *types.Info
	names map[string]bool // variables that it may begin with

	packageVars bool // it may also begin with a variable of the package
}

// expression checks an expression with one value, and returns it with its type. The error says what
// it must be.
func expression(s scope, text string, packageVars bool) (plan.Expr, types.Type, error) {
	x, err := checkExpr(s, text, packageVars)
	if err != nil {
		return plan.Expr{}, nil, err
	}
	tv := x.info.Types[x.root]
	if _, several := tv.Type.(*types.Tuple); several || !tv.IsValue() {
		return plan.Expr{}, nil, fmt.Errorf("%s must have one value", text)
	}
	guards, err := x.guards()
	return plan.Expr{Go: text, Guards: guards}, tv.Type, err
}

// checkExpr checks an expression of any kind.
func checkExpr(s scope, text string, packageVars bool) (*checkedExpr, error) {
	root, err := parser.ParseExpr(text)
	if err != nil {
		return nil, fmt.Errorf("%q is not an expression", text)
	}
	x := &checkedExpr{scope: s, text: text, root: root, names: map[string]bool{}, packageVars: packageVars, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	pkg := types.NewPackage(s.Obj.Pkg().Path(), s.Obj.Pkg().Name())
	for _, v := range s.variables() {
		pkg.Scope().Insert(types.NewVar(token.NoPos, pkg, v.Name(), v.Type()))
		x.names[v.Name()] = true
	}
	if packageVars {
		for _, name := range s.Obj.Pkg().Scope().Names() {
			if v, ok := s.Obj.Pkg().Scope().Lookup(name).(*types.Var); ok && !x.names[name] {
				pkg.Scope().Insert(types.NewVar(token.NoPos, pkg, name, v.Type()))
				x.names[name] = true
			}
		}
	}
	if err := x.allowed(root); err != nil {
		return nil, err
	}
	if err := types.CheckExpr(token.NewFileSet(), pkg, token.NoPos, root, x.info); err != nil {
		if checkErr, ok := err.(types.Error); ok {
			return nil, fmt.Errorf("%s", checkErr.Msg)
		}
		return nil, err
	}
	return x, nil
}

// allowed returns an error unless the expression can safely be evaluated before the body: it may
// call only methods, and must have no operator that can panic.
func (x *checkedExpr) allowed(e ast.Expr) error {
	switch e := e.(type) {
	case *ast.Ident:
		switch {
		case x.names[e.Name]:
			return nil
		case x.packageVars:
			return fmt.Errorf("%s has no parameter called %s, and its package no variable", x.Key, e.Name)
		}
		return fmt.Errorf("%s has no parameter called %s", x.Key, e.Name)
	case *ast.SelectorExpr:
		return x.allowed(e.X)
	case *ast.CallExpr:
		method, ok := e.Fun.(*ast.SelectorExpr)
		if !ok || e.Ellipsis.IsValid() {
			break
		}
		for _, arg := range e.Args {
			if _, literal := arg.(*ast.BasicLit); !literal {
				if err := x.allowed(arg); err != nil {
					return err
				}
			}
		}
		return x.allowed(method.X)
	}
	return fmt.Errorf("%s must be made of parameters, fields and methods", x.part(e))
}

// part returns the text of a part of the expression.
func (x *checkedExpr) part(e ast.Expr) string { return x.text[e.Pos()-1 : e.End()-1] }

// guards returns the expressions that must not be nil for this one to be evaluated, outermost
// first.
func (x *checkedExpr) guards() ([]string, error) {
	var list []string
	var failure error
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		ast.Inspect(sel.X, visit)
		found, err := x.guardsOf(sel)
		list = append(list, found...)
		if err != nil && failure == nil {
			failure = err
		}
		return false
	}
	ast.Inspect(x.root, visit)
	var unique []string
	for _, g := range list {
		if !slices.Contains(unique, g) {
			unique = append(unique, g)
		}
	}
	return unique, failure
}

// guardsOf returns the expressions that one selection goes through and that may be nil. Embedded
// fields are written out, because a pointer among them may be nil too.
func (x *checkedExpr) guardsOf(sel *ast.SelectorExpr) (list []string, err error) {
	selection := x.info.Selections[sel]
	if selection == nil {
		return nil, nil
	}
	at, t := x.part(sel.X), selection.Recv()
	add := func() error {
		switch {
		case x.neverNil(at):
			return nil
		case strings.Contains(at, "("):
			return fmt.Errorf("%s must not be selected from: it may be nil, and is not called twice to find out", at)
		}
		list = append(list, at)
		return nil
	}
	index := selection.Index()
	for i, n := range index {
		ptr, pointer := t.Underlying().(*types.Pointer)
		_, parameter := types.Unalias(t).(*types.TypeParam)
		if pointer || types.IsInterface(t) && !parameter {
			if err := add(); err != nil {
				return nil, err
			}
		}
		if pointer {
			t = ptr.Elem()
		}
		s, ok := t.Underlying().(*types.Struct)
		if i == len(index)-1 || !ok {
			break
		}
		field := s.Field(n)
		if !field.Exported() && field.Pkg().Path() != x.Obj.Pkg().Path() {
			if !signature.IsPointer(field.Type()) {
				t = field.Type() // the next field is selected from its type
				continue
			}
			return nil, fmt.Errorf("%s must not be reached through %s, an unexported pointer of another package that may be nil",
				x.part(sel), field.Name())
		}
		t, at = field.Type(), at+"."+field.Name()
	}
	return list, nil
}

// neverNil reports whether an expression is a variable that cannot be nil: the context that woven
// code makes, or what net/http passes to a handler.
func (x *checkedExpr) neverNil(at string) bool {
	entry, ctx := signature.Entry(x.Obj.Signature(), x.Decl.Body)
	params := x.Obj.Signature().Params()
	return entry.Given && (params.At(ctx).Name() == at || entry.Writer && params.At(ctx-1).Name() == at)
}
