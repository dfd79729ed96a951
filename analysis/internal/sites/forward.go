package sites

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Forwarding returns a function that is generated, and whose body forwards a call. It is planned as
// any other function is.
func Forwarding(p *source.Program, pkg *source.Package, file *ast.File, fn *types.Func, key string) *source.Func {
	return &source.Func{Program: p, Pkg: pkg, File: file, Obj: fn, Key: key, Decl: &ast.FuncDecl{
		Name: ast.NewIdent(fn.Name()), Body: &ast.BlockStmt{},
		Type: &ast.FuncType{Func: fn.Pos(), Params: &ast.FieldList{Opening: token.NoPos}},
	}}
}

// Forward returns the site of a generated function with what rules want of it, or nil if no aspect
// fits; skip records those that do not.
func (b *Planner) Forward(f *source.Func, want []*ask.Want, names *source.Names, out *plan.Package, skip func(rule, aspect, reason string)) *plan.Site {
	p := &packagePlanner{Planner: b, pkg: f.Pkg, names: names, out: out}
	return p.site(f, b.rules.Merge(f, want), skip)
}

// Called adds the site of a call, in the function in, to those that are checked together. In is nil
// for the initialiser of a variable.
func (b *Planner) Called(s *plan.Site, callee, in *types.Func, pkg *source.Package, at token.Position, says ask.Match) {
	e := effect{}
	switch {
	case says.Mutating != "":
		e.says = "rule " + strconv.Quote(says.Mutating)
	case says.Repeatable != "":
		e = effect{"rule " + strconv.Quote(says.Repeatable), true}
	}
	b.Placed = append(b.Placed, Placed{Site: s, Object: callee, Call: true, In: in, Package: pkg, At: at, Mutating: e.mutating(), Repeatable: e.repeatable})
}

// ForbidsMore returns why nothing may be added to a function's body, by its pragmas, or "".
func ForbidsMore(f *source.Func) string {
	for _, pragma := range pragmas(f) {
		if reason := pragmaReasons[pragma]; reason != "" {
			return fmt.Sprintf("pragma //go:%s: %s", pragma, reason)
		}
	}
	return ""
}

// HooksCycle returns the reason why the package cannot import the run-time packages, or "".
func (b *Planner) HooksCycle(path string) string { return hooksCycle(b.program, path) }
