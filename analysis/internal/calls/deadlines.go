package calls

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// deadlines tells which expressions of one body hold a context that ends when the function's own does: its parameter, what
// the standard library and dependencies derive from it, and variables that never hold anything else. What a function of the
// main modules returns may be a context without the deadline, and does not count.
type deadlines struct {
	info     *types.Info
	own      func(path string) bool // is a package of the main modules
	holds    map[types.Object]bool
	assigned map[types.Object][]ast.Expr // a nil expression stands for a value that is not known
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
				d.assign([]ast.Expr{ast.Unparen(n.X)}, nil) // anybody may set it
			}
		}
		return true
	})
	// All variables hold it that are not shown to hold something else, directly or through one another.
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

// carried reports whether an argument of the call is a context that the deadline travels in.
func (d *deadlines) carried(n *ast.CallExpr) bool {
	return d != nil && slices.ContainsFunc(n.Args, func(arg ast.Expr) bool {
		t := d.info.TypeOf(arg)
		return t != nil && holdsContext(t) && d.carries(arg)
	})
}

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
