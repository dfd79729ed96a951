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
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// The expressions of keys and stores: parameters or the receiver, their fields, and methods called with such expressions or
// literals. They are checked as the compiler would, in a scope that holds the function's own variables.

// checkedExpr is an expression that was checked for one function.
type checkedExpr struct {
	f     *source.Func
	text  string
	root  ast.Expr
	info  *types.Info
	names map[string]bool // variables that it may begin with

	packageVars bool // those of the package among them
}

// expression checks text and returns it with its type. The error says what it must be.
func expression(f *source.Func, text string, packageVars bool) (plan.Expr, types.Type, error) {
	x, err := checkExpr(f, text, packageVars)
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

func checkExpr(f *source.Func, text string, packageVars bool) (*checkedExpr, error) {
	root, err := parser.ParseExpr(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no expression", text)
	}
	x := &checkedExpr{f: f, text: text, root: root, names: map[string]bool{}, packageVars: packageVars, info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}}
	scope := types.NewPackage(f.Obj.Pkg().Path(), f.Obj.Pkg().Name())
	for _, v := range variables(f) {
		scope.Scope().Insert(types.NewVar(token.NoPos, scope, v.Name(), v.Type()))
		x.names[v.Name()] = true
	}
	if packageVars {
		for _, name := range f.Obj.Pkg().Scope().Names() {
			if v, ok := f.Obj.Pkg().Scope().Lookup(name).(*types.Var); ok && !x.names[name] {
				scope.Scope().Insert(types.NewVar(token.NoPos, scope, name, v.Type()))
				x.names[name] = true
			}
		}
	}
	if err := x.allowed(root); err != nil {
		return nil, err
	}
	if err := types.CheckExpr(token.NewFileSet(), scope, token.NoPos, root, x.info); err != nil {
		if checkErr, ok := err.(types.Error); ok {
			return nil, fmt.Errorf("%s", checkErr.Msg)
		}
		return nil, err
	}
	return x, nil
}

// variables returns the receiver and parameters that have names.
func variables(f *source.Func) []*types.Var {
	sig := f.Obj.Signature()
	var list []*types.Var
	if sig.Recv() != nil {
		list = append(list, sig.Recv())
	}
	list = slices.AppendSeq(list, sig.Params().Variables())
	return slices.DeleteFunc(list, func(v *types.Var) bool { return v.Name() == "" || v.Name() == "_" })
}

// allowed reports whether an expression is one that can be evaluated before the body without a surprise: no call but of
// methods, no operator that may panic.
func (x *checkedExpr) allowed(e ast.Expr) error {
	switch e := e.(type) {
	case *ast.Ident:
		switch {
		case x.names[e.Name]:
			return nil
		case x.packageVars:
			return fmt.Errorf("%s has no parameter called %s, and its package no variable", x.f.Key, e.Name)
		}
		return fmt.Errorf("%s has no parameter called %s", x.f.Key, e.Name)
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

// guards returns what must not be nil for the expression to be evaluated, outermost first.
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

// guardsOf returns what one selection goes through. Embedded fields are written out: a pointer among them may be nil too.
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
		if !field.Exported() && field.Pkg().Path() != x.f.Obj.Pkg().Path() {
			if !signature.IsPointer(field.Type()) {
				t = field.Type() // what follows is selected without it
				continue
			}
			return nil, fmt.Errorf("%s must not be reached through %s, an unexported pointer of another package that may be nil", x.part(sel), field.Name())
		}
		t, at = field.Type(), at+"."+field.Name()
	}
	return list, nil
}

// neverNil reports whether an expression is a variable that cannot be nil: the context, which the call has made, and what
// net/http gives to a handler.
func (x *checkedExpr) neverNil(at string) bool {
	entry, ctx := signature.Entry(x.f.Obj.Signature(), x.f.Decl.Body)
	params := x.f.Obj.Signature().Params()
	return entry.Given && (params.At(ctx).Name() == at || entry.Writer && params.At(ctx-1).Name() == at)
}

// Key checks one part of a key.
func Key(f *source.Func, text string) (e plan.Expr, isText bool, err error) {
	e, t, err := expression(f, text, false)
	if err != nil {
		return e, false, err
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Chan:
		return e, false, fmt.Errorf("%s must not be a pointer or channel, which is another key in each call, and is a %s", text, short(f, t))
	}
	if !types.Comparable(t) {
		return e, false, fmt.Errorf("%s must be comparable, and is a %s", text, short(f, t))
	}
	return e, types.Identical(t, types.Typ[types.String]), nil
}

// short writes a type as the function's package would, but for the names of imports.
func short(f *source.Func, t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg.Path() == f.Obj.Pkg().Path() {
			return ""
		}
		return pkg.Name()
	})
}

// Store checks the expression of an idempotency store.
func Store(f *source.Func, text string) (*plan.Expr, error) {
	e, t, err := expression(f, text, true)
	if err != nil {
		return nil, err
	}
	store, err := storeType(f.Program, f.Pkg)
	if err != nil || store == nil {
		return &e, err
	}
	if missing, _ := types.MissingMethod(t, store, true); missing != nil {
		return nil, fmt.Errorf("%s must be a runtimehooks.IdempotencyStore, and %s has no method %s%s", text, short(f, t), missing.Name(), strings.TrimPrefix(signature.Short(missing.Type()), "func"))
	}
	return &e, nil
}

// storeType returns the interface of idempotency stores, or nil where the run-time package cannot be read: what woven code
// needs of go.mod is reported apart.
func storeType(p *source.Program, pkg *source.Package) (*types.Interface, error) {
	if p.Graph.Listed[plan.HooksPath] == nil || p.Graph.Incomplete(plan.HooksPath) {
		return nil, nil
	}
	n := p.Graph.NewNeed()
	n.Visit(p.Graph.Listed[plan.HooksPath])
	if err := p.Types.Export(n.Sorted()); err != nil {
		return nil, err
	}
	hooks, err := p.Types.Import(pkg, plan.HooksPath)
	if err != nil || hooks == nil {
		return nil, nil
	}
	obj := hooks.Scope().Lookup("IdempotencyStore")
	if obj == nil {
		return nil, nil
	}
	store, _ := obj.Type().Underlying().(*types.Interface)
	return store, nil
}
