package calls

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// fails reports whether a failure of a call can become its caller's. It cannot if nothing uses the
// call's error, or if the call is in a goroutine or in a function literal that runs at another
// time. A literal is taken to run with the caller if it is called on the spot, or if it returns an
// error and is passed to a function that returns one too, such as a function that runs a
// transaction.
func fails(info *types.Info, n *ast.CallExpr, fn *types.Func, stack []ast.Node) bool {
	if !signature.ReturnsError(fn.Signature()) {
		return false
	}
	var inner ast.Node = n
	for _, outer := range slices.Backward(stack) {
		if _, ok := outer.(*ast.ParenExpr); ok {
			continue
		}
		call, isCall := outer.(*ast.CallExpr)
		if lit, ok := inner.(*ast.FuncLit); ok && (!isCall || !runsNow(info, lit, call)) {
			return false
		}
		switch outer := outer.(type) {
		case *ast.GoStmt, *ast.DeferStmt, *ast.ExprStmt:
			return false
		case *ast.AssignStmt:
			if inner, ok := inner.(*ast.CallExpr); ok && len(outer.Rhs) == 1 && dropsError(info, outer.Lhs, inner) {
				return false
			}
		}
		inner = outer
	}
	return true
}

// runsNow reports whether a literal in a call is taken to run before the call returns, so that its
// error can become the call's.
func runsNow(info *types.Info, lit *ast.FuncLit, call *ast.CallExpr) bool {
	if ast.Unparen(call.Fun) == lit {
		return true
	}
	literal, _ := info.TypeOf(lit).(*types.Signature)
	taker, _ := info.TypeOf(call.Fun).(*types.Signature)
	return literal != nil && taker != nil && signature.ReturnsError(literal) && signature.ReturnsError(taker)
}

// dropsError reports whether a call's last error is assigned to the blank identifier.
func dropsError(info *types.Info, left []ast.Expr, call *ast.CallExpr) bool {
	sig, ok := info.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return false
	}
	for i := sig.Results().Len() - 1; i >= 0 && i < len(left); i-- {
		if signature.IsError(sig.Results().At(i).Type()) {
			id, ok := left[i].(*ast.Ident)
			return ok && id.Name == "_"
		}
	}
	return false
}
