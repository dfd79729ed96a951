package rewrite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Names holds the identifiers that occur in a function, and hands out others. An identifier that
// does not occur at all can neither be redeclared nor shadow anything that the body uses, in any
// scope.
type Names map[string]bool

// namesOf returns the names taken in a function: every identifier in it, selectors, labels and
// field names included.
func namesOf(fn *ast.FuncDecl) Names {
	taken := Names{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			taken[id.Name] = true
		}
		return true
	})
	return taken
}

// Fresh returns the first candidate that is free, or the last one with a number, and takes it.
func (n Names) Fresh(candidates ...string) string {
	for _, name := range candidates {
		if !n[name] {
			n[name] = true
			return name
		}
	}
	last := candidates[len(candidates)-1]
	for i := 2; ; i++ {
		if name := last + strconv.Itoa(i); !n[name] {
			n[name] = true
			return name
		}
	}
}

// Spell takes the identifiers in the text of a type or expression, which a new name must not hide.
func (n Names) Spell(text string) {
	if e, err := parser.ParseExpr(text); err == nil {
		n.spell(e)
	}
}

// SpellSteps takes the identifiers that the steps spell.
func (n Names) SpellSteps(steps []plan.Step) {
	for _, s := range steps {
		for _, k := range append(s.Keys[:len(s.Keys):len(s.Keys)], s.Same...) {
			n.Spell(k.Go)
			if k.Cast {
				n[k.As.Type()] = true
			}
		}
		if s.Store != nil {
			n.Spell(s.Store.Go)
		}
		called, _ := s.Called()
		for _, c := range called {
			n.Spell(c.Name)
		}
	}
}

// spell takes every identifier of the expression that is not selected from another.
func (n Names) spell(e ast.Expr) {
	for _, id := range roots(e) {
		n[id.Name] = true
	}
}

// mentions reports whether name occurs in the body.
func mentions(body *ast.BlockStmt, name string) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// assigns reports whether the body may give the variable called name a new value, by assignment or
// through its address. A local variable of the same name counts too; that costs no more than one
// argument.
func assigns(body *ast.BlockStmt, name string) bool {
	is := func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && id.Name == name
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				found = found || is(x)
			}
		case *ast.IncDecStmt:
			found = found || is(n.X)
		case *ast.RangeStmt:
			found = found || n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && is(n.X)
		}
		return !found
	})
	return found
}
