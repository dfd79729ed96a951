package calls

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// bodies is what the functions of one package call.
type bodies struct {
	checked  *source.Package
	order    []source.FuncID               // the functions that call something, in the order of the source
	declared map[source.FuncID]*types.Func // those functions; none for calls outside all functions
	calls    map[source.FuncID][]Call      // by caller, in the order of the source
	values   map[source.FuncID]bool        // functions that are mentioned without being called, so that their callers are unknown
}

// Call is one call in a body, or in a function literal of it.
type Call struct {
	to      *types.Func
	id      source.FuncID   // of to; the zero one for a method of an interface
	through *types.TypeName // the declared interface type that the method is called on, if it has a name
	Fails   bool            // its failure can become the caller's, because it runs with the caller and its error is used
	Carries bool            // its context ends when the caller's does
}

// walk visits one declaration of a package, and adds its calls to the package's.
type walk struct {
	*bodies
	info      *types.Info         // of the package
	called    map[*ast.Ident]bool // names of called functions
	deadlines *deadlines
}

// declaration adds what a declaration calls and mentions. id is the caller of calls outside
// functions.
func (w *walk) declaration(decl ast.Decl, id source.FuncID, own func(path string) bool) {
	if f, ok := decl.(*ast.FuncDecl); ok {
		obj, ok := w.info.Defs[f.Name].(*types.Func)
		if !ok || f.Body == nil {
			return
		}
		id = source.IDOf(obj)
		w.declared[id] = obj
		w.deadlines = newDeadlines(w.info, obj.Signature(), f.Body, own)
	}
	ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if call, ok := w.call(n, stack); ok {
				if w.calls[id] == nil {
					w.order = append(w.order, id)
				}
				w.calls[id] = append(w.calls[id], call)
			}
		case *ast.Ident:
			if fn, ok := w.info.Uses[n].(*types.Func); ok && !w.called[n] && fn.Pkg() != nil {
				w.values[source.IDOf(fn.Origin())] = true
			}
		}
		return true
	})
}

// call returns a call of a function or method that has a name, and false for any other.
func (w *walk) call(n *ast.CallExpr, stack []ast.Node) (Call, bool) {
	fn, ok := typeutil.Callee(w.info, n).(*types.Func)
	if !ok || fn.Pkg() == nil { // a builtin, a variable, or error.Error
		return Call{}, false
	}
	fn = fn.Origin()
	made := Call{to: fn, Fails: fails(w.info, n, fn, stack), Carries: w.deadlines.carried(n)}
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		w.called[fun] = true
	case *ast.SelectorExpr:
		w.called[fun.Sel] = true
	case *ast.IndexExpr, *ast.IndexListExpr:
		ast.Inspect(fun, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && w.info.Uses[id] == types.Object(fn) {
				w.called[id] = true
			}
			return true
		})
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		made.through = interfaceOf(w.info, n)
	} else {
		made.id = source.IDOf(fn)
	}
	return made, true
}

// interfaceOf returns the declared interface type that a method is called on, or nil if it has no
// name or has type arguments, and for a type parameter.
func interfaceOf(info *types.Info, n *ast.CallExpr) *types.TypeName {
	sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	t := types.Unalias(info.TypeOf(sel.X))
	if s := info.Selections[sel]; s != nil && t != nil && !types.IsInterface(t) { // through an embedded interface
		t = types.Unalias(s.Obj().(*types.Func).Signature().Recv().Type())
	}
	named, ok := t.(*types.Named)
	if !ok || !types.IsInterface(named) || named.TypeArgs().Len() > 0 {
		return nil
	}
	return named.Obj()
}
