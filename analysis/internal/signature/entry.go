package signature

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Entry says what holds a function's context.
func Entry(sig *types.Signature, body *ast.BlockStmt) (*plan.Entry, int) {
	if IsHandler(sig) {
		return plan.EntryHTTP, 1
	}
	if i := ContextIndex(sig); i >= 0 {
		return plan.EntryContext, i
	}
	if i := parameter(sig, IsRequest); i >= 0 {
		if keepsRequest(sig, body, i) {
			return plan.EntryParent, i
		}
		return plan.EntryRequest, i
	}
	if i := parameter(sig, IsServerStream); i >= 0 {
		return plan.EntryStream, i
	}
	return plan.EntryNone, -1
}

// keepsRequest reports whether the body does more with its request than read and write its fields,
// call its methods and pass it on: whether it stores or returns the pointer, or compares it with
// another. Such a body must get the caller's own request, and not a copy with another context.
func keepsRequest(sig *types.Signature, body *ast.BlockStmt, param int) bool {
	name := sig.Params().At(param).Name()
	if name == "" || name == "_" || body == nil {
		return false
	}
	keeps := false
	var path []ast.Node
	ast.Inspect(body, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		if id, ok := n.(*ast.Ident); ok && id.Name == name && len(path) > 0 && keptBy(id, path[len(path)-1]) {
			keeps = true
		}
		path = append(path, n)
		return true
	})
	return keeps
}

// keptBy reports whether the node that holds the identifier, its parent, keeps the pointer.
func keptBy(id *ast.Ident, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.SelectorExpr:
		return false // r.URL, or a field of another value that has the same name
	case *ast.CallExpr:
		fun, ok := ast.Unparen(p.Fun).(*ast.Ident)
		return ok && fun.Name == "append"
	case *ast.StarExpr, *ast.Field, *ast.LabeledStmt, *ast.BranchStmt:
		return false
	case *ast.KeyValueExpr:
		return p.Value == id
	case *ast.BinaryExpr:
		other := p.X
		if other == ast.Expr(id) {
			other = p.Y
		}
		null, ok := ast.Unparen(other).(*ast.Ident)
		return !ok || null.Name != "nil"
	case *ast.AssignStmt:
		for _, x := range p.Rhs {
			if x == ast.Expr(id) {
				return !blank(p.Lhs) || p.Tok != token.ASSIGN
			}
		}
		return false // r = …: the function's own variable
	}
	return true
}

func blank(list []ast.Expr) bool {
	for _, x := range list {
		if id, ok := x.(*ast.Ident); !ok || id.Name != "_" {
			return false
		}
	}
	return true
}
