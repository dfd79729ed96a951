package rewrite

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file writes the statement by which a step of workflows hands over the calls that a run
// makes.

// handOver returns the statement that a step begins with, before everything that is woven into it:
// aspects are inside of what is recorded.
func (f *statements) handOver() string {
	r := f.site.Record
	if r == nil {
		return ""
	}
	var args []string
	if f.recv != nil {
		if f.recv.name == "" {
			f.recv.name = f.names.Fresh("recv", "receiver")
		}
		args = append(args, f.recv.name)
	}
	for i := range f.params {
		args = append(args, f.nameParam(i))
	}
	list := strings.Join(args, ", ")
	if n := len(f.decl.Type.Params.List); n > 0 {
		if _, variadic := f.decl.Type.Params.List[n-1].Type.(*ast.Ellipsis); variadic {
			list += "..."
		}
	}
	return fmt.Sprintf("\tif %s.Records(%s) {\n\t\treturn %s(%s)\n\t}\n", r.Var, f.nameParam(0), r.Func, list)
}

// handsOver reports whether a statement is that of handOver.
func handsOver(s ast.Stmt, r *plan.Record) bool {
	statement, ok := s.(*ast.IfStmt)
	if !ok {
		return false
	}
	call, ok := statement.Cond.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && isIdent(sel.X, r.Var)
}
