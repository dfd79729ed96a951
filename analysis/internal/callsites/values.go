package callsites

import (
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// values records where a function that rules name is used without being called: passed on, or
// bound to its operand. What calls it then is not known, and not woven.
func (p *packagePlanner) values() {
	p.decls.Each(func(in string, n ast.Node, file *ast.File, _ []types.Object) {
		if ast.IsGenerated(file) {
			return
		}
		called := map[*ast.Ident]bool{}
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch fun := plan.Called(n).(type) {
				case *ast.Ident:
					called[fun] = true
				case *ast.SelectorExpr:
					called[fun.Sel] = true
				}
			case *ast.Ident:
				if fn, ok := p.info.Uses[n].(*types.Func); ok && !called[n] {
					p.value(file, in, n, fn.Origin())
				}
			}
			return true
		})
	})
}

// value records one use of a function as a value.
func (p *packagePlanner) value(file *ast.File, in string, id *ast.Ident, fn *types.Func) {
	if fn.Pkg() == nil || !p.rules.Called(fn) {
		return
	}
	f := &source.Func{Program: p.program, Pkg: p.pkg, File: file, Obj: fn, Recv: signature.Receiver(fn), Key: signature.Key(fn)}
	match := p.rules.MatchCall(f)
	if match.Exclude != "" {
		return
	}
	pos := p.program.Position(id.Pos())
	skip := func(rule, aspect, reason string) {
		p.out.Skips = append(p.out.Skips, plan.Skip{
			Func: in + " uses " + signature.Qualified(fn), Pos: plan.PositionIn(pos, p.out.ModuleDir), Rule: rule, Reason: reason,
		})
	}
	p.refuse(pos, in+" uses "+signature.Qualified(fn), match, skip,
		refusal{"it must be called here: where a function goes that is used as a value is not known", "call it in a function literal"})
}
