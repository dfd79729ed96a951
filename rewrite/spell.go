package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file spells keys, stores and functions in a woven body, whose variables may have other names
// than in the source.

// key returns the text of the key of a limit, cache or breaker, and the comparisons that must hold
// for it to be evaluated.
func (f *statements) key(step *plan.Step) (text, guards string, err error) {
	if len(step.Keys) == 0 {
		return "", "", fmt.Errorf("its step %s must have a key", step.Aspect)
	}
	text = f.call + ".Key()"
	for _, e := range step.Keys {
		part, err := f.outer(e.Go, true)
		if err != nil {
			return "", "", err
		}
		if e.Cast {
			part = e.As.Type() + "(" + part + ")"
		}
		text += "." + e.As.Method() + "(" + part + ")"
	}
	guards, err = f.guards(step.Keys)
	return text, guards, err
}

// claimKey returns the text of an idempotency key and the comparisons that must hold for it and the
// store to be evaluated.
func (f *statements) claimKey(step *plan.Step) (text, guards string, err error) {
	if len(step.Keys) == 0 {
		return "", "", fmt.Errorf("its step %s must have a key", step.Aspect)
	}
	list := func(exprs []plan.Expr) (string, error) {
		var parts []string
		for _, e := range exprs {
			part, err := f.outer(e.Go, true)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, ", "), nil
	}
	keys, err := list(step.Keys)
	if err != nil {
		return "", "", err
	}
	text = f.call + ".ClaimKey(" + keys + ")"
	if len(step.Same) > 0 {
		same, err := list(step.Same)
		if err != nil {
			return "", "", err
		}
		text += ".Same(" + same + ")"
	}
	guards, err = f.guards(append([]plan.Expr{*step.Store}, step.Keys...))
	return text, guards, err
}

// guards returns the comparisons that must hold for the expressions to be evaluated, each once.
func (f *statements) guards(exprs []plan.Expr) (string, error) {
	var conditions []string
	for _, e := range exprs {
		for _, g := range e.Guards {
			guard, err := f.outer(g, false)
			if err != nil {
				return "", err
			}
			if condition := guard + " != nil"; !slices.Contains(conditions, condition) {
				conditions = append(conditions, condition)
			}
		}
	}
	return strings.Join(conditions, " && "), nil
}

// callee returns the call of a function of the user's. A context that is not "" replaces the
// parameter that holds it.
func (f *statements) callee(c *plan.Callee, context, failure string) (string, error) {
	if c == nil {
		return "", fmt.Errorf("its step must have a function")
	}
	name, err := f.outer(c.Name, false)
	if err != nil {
		return "", err
	}
	var args []string
	for n, i := range c.Args {
		if i >= len(f.params) {
			return "", fmt.Errorf("it must have a parameter %d for %s, and has %d parameters", i, c.Name, len(f.params))
		}
		arg := f.nameParam(i)
		if context != "" && i == f.site.Ctx {
			arg = context
		}
		if c.Spread && n == len(c.Args)-1 {
			arg += "..."
		}
		args = append(args, arg)
	}
	if c.Error {
		args = append(args, failure)
	}
	return name + "(" + strings.Join(args, ", ") + ")", nil
}

// outer rewrites an expression from the source's names for parameters and the receiver to the names
// that they have in the woven function. Strict means that it must begin with one of them, rather
// than with a name that the package declares.
func (f *signature) outer(expr string, strict bool) (string, error) {
	root, err := parser.ParseExpr(expr)
	if err != nil {
		return "", fmt.Errorf("its expression %s must be one of Go: %w", expr, err)
	}
	var edits []Edit
	for _, id := range roots(root) {
		v := f.variable(id.Name)
		if v == nil && strict {
			return "", fmt.Errorf("it must have a parameter %s for its expression %s", id.Name, expr)
		}
		if v != nil && v.name != id.Name {
			edits = append(edits, Edit{int(id.Pos()) - 1, int(id.End()) - 1, v.name})
		}
	}
	return string(Apply([]byte(expr), 0, edits)), nil
}

// roots returns the identifiers of an expression that are selected from nothing, in their order.
func roots(e ast.Expr) []*ast.Ident {
	var list []*ast.Ident
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			list = append(list, roots(n.X)...)
			return false
		case *ast.Ident:
			list = append(list, n)
		}
		return true
	})
	return list
}
