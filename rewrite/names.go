package rewrite

import (
	"go/ast"
	"go/token"
	"strconv"
)

// names hands out identifiers that do not occur in a function. What does not occur at all can neither be redeclared nor
// shadow what the body means, in whatever scope.
type names map[string]bool

// namesOf returns the names taken in a function: every identifier in it, selectors, labels and field names included.
func namesOf(fn *ast.FuncDecl) names {
	taken := names{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			taken[id.Name] = true
		}
		return true
	})
	return taken
}

// fresh returns the first of the names that is free, or the last one with a number, and takes it.
func (n names) fresh(candidates ...string) string {
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

// spelled adds to set the identifiers that mean something where a type stands: all but the names selected from others.
func spelled(set map[string]bool, t ast.Expr) {
	ast.Inspect(t, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			spelled(set, n.X)
			return false
		case *ast.Ident:
			set[n.Name] = true
		}
		return true
	})
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

// assigns reports whether the body may give the variable called name a new value: by assignment, or through its address.
// A local variable of the same name counts too, which costs an argument and no more.
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
