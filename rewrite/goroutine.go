package rewrite

import (
	"go/ast"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file rewrites go statements: each comes to start a function of the generated file, whose
// first arguments are its site, the context in scope, and what it would have started.

// goStatements returns the edits for the go statements that are woven, their keys, and the calls that
// they start.
func (s *source) goStatements(calls []*plan.CallSite, style Style) (edits []Edit, found []string, started map[*ast.CallExpr]bool) {
	type place struct {
		in    string
		index int
	}
	byPlace := map[place]*plan.CallSite{}
	for _, c := range calls {
		if c.Go != nil {
			byPlace[place{c.In, c.Index}] = c
		}
	}
	if len(byPlace) == 0 {
		return nil, nil, nil
	}
	started = map[*ast.CallExpr]bool{}
	plan.EachGo(s.file, func(in string, index int, stmt *ast.GoStmt) {
		c := byPlace[place{in, index}]
		if c == nil {
			return
		}
		found = append(found, CallKey(c))
		started[stmt.Call] = true
		if plan.CalledName(stmt.Call) == c.Through {
			return // it is woven already
		}
		edits = append(edits, s.goEdits(stmt.Call, c, style)...)
		for _, u := range c.Unused {
			edits = append(edits, s.blank(u)...)
		}
	})
	return edits, found, started
}

// goEdits returns the edits of one go statement. What it starts and the arguments stay where they
// are, in their order.
func (s *source) goEdits(call *ast.CallExpr, c *plan.CallSite, style Style) []Edit {
	head := head(c) + "&" + c.Site.Var
	if c.Go.Starter != "" {
		head += ", " + c.Go.Starter
	}
	start, end, args := s.offset(call.Fun.Pos()), s.offset(call.Fun.End()), s.offset(call.Lparen)+1
	comma := ""
	if len(call.Args) > 0 {
		comma = ", "
	}
	if !c.Go.Value {
		return []Edit{{start, args, head + comma + s.restored(args, style)}}
	}
	return []Edit{
		{start, start, head + ", " + s.restored(start, style)},
		{end, args, comma + s.restored(args, style)},
	}
}
