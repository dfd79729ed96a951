package calls

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// deadlines finds the expressions in one body whose context ends when the function's own does: the
// parameter, contexts that the standard library and dependencies derive from it, and variables that
// never hold anything else. A function of the main modules may return a context without the
// deadline, so its results do not count.
type deadlines struct {
	info     *types.Info
	own      func(path string) bool // reports whether a package is one of the main modules'
	holds    map[types.Object]bool
	assigned map[types.Object][]ast.Expr // nil for a value that is not known
}

func newDeadlines(info *types.Info, sig *types.Signature, body *ast.BlockStmt, own func(string) bool) *deadlines {
	d := &deadlines{info: info, own: own, holds: map[types.Object]bool{}, assigned: map[types.Object][]ast.Expr{}}
	for v := range sig.Params().Variables() {
		d.holds[v] = holdsContext(v.Type())
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			d.assign(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			left := make([]ast.Expr, len(n.Names))
			for i, id := range n.Names {
				left[i] = id
			}
			d.assign(left, n.Values)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				d.assign([]ast.Expr{ast.Unparen(n.X)}, nil) // the variable may be set through the pointer
			}
		}
		return true
	})
	// A variable is taken to hold such a context unless it is assigned something else, directly or
	// through another variable.
	for obj := range d.assigned {
		d.holds[obj] = true
	}
	for changed := true; changed; {
		changed = false
		for obj, values := range d.assigned {
			if d.holds[obj] && slices.ContainsFunc(values, func(v ast.Expr) bool { return v == nil || !d.carries(v) }) {
				d.holds[obj], changed = false, true
			}
		}
	}
	return d
}

func holdsContext(t types.Type) bool { return signature.IsContext(t) || signature.IsRequest(t) }

// assign records the values of variables that can hold a context.
func (d *deadlines) assign(left, right []ast.Expr) {
	for i, e := range left {
		id, ok := e.(*ast.Ident)
		if !ok {
			continue
		}
		obj := d.info.ObjectOf(id)
		if obj == nil || !holdsContext(obj.Type()) {
			continue
		}
		var value ast.Expr
		switch len(right) {
		case len(left):
			value = right[i]
		case 1:
			value = right[0]
		}
		d.assigned[obj] = append(d.assigned[obj], value)
	}
}

// carried reports whether an argument of a call holds a context with the deadline.
func (d *deadlines) carried(n *ast.CallExpr) bool {
	return d != nil && slices.ContainsFunc(n.Args, func(arg ast.Expr) bool {
		t := d.info.TypeOf(arg)
		return t != nil && holdsContext(t) && d.carries(arg)
	})
}

// carries reports whether an expression holds a context with the deadline.
func (d *deadlines) carries(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return d.holds[d.info.ObjectOf(e)]
	case *ast.CallExpr:
		fn, ok := typeutil.Callee(d.info, e).(*types.Func)
		if !ok || fn.Pkg() == nil || d.own(fn.Pkg().Path()) || fn.Name() == "WithoutCancel" {
			return false
		}
		if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && fn.Name() == "Context" && signature.IsRequest(d.info.TypeOf(sel.X)) {
			return d.carries(sel.X)
		}
		return d.carried(e)
	}
	return false
}
