package rewrite

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file rewrites calls: each becomes a call of a function of the generated file, whose first
// arguments are the call's site and its operand, or is given a context where it stands.

// callSites returns the edits for the call sites that the file holds, and their keys.
func (s *source) callSites(calls []*plan.CallSite, style Style) (edits []Edit, found []string, err error) {
	type place struct {
		in, name string
		index    int
	}
	byPlace, renamed := map[place]*plan.CallSite{}, map[string]string{}
	edits, found, started := s.goStatements(calls, style)
	for _, c := range calls {
		if c.Go == nil {
			renamed[becomes(c)] = c.Name
		}
	}
	for _, c := range calls {
		byPlace[place{c.In, plan.Counted(c.Name, renamed), c.Index}] = c
	}
	plan.EachCall(s.file, renamed, started, func(in, name string, index int, call *ast.CallExpr) {
		c := byPlace[place{in, name, index}]
		if c == nil {
			return
		}
		found = append(found, CallKey(c))
		if plan.CalledName(call) == becomes(c) || err != nil {
			return // it is woven already
		}
		var list []Edit
		if list, err = s.callEdits(call, c, style); err != nil {
			err = fmt.Errorf("call of %s in %s: %w", c.Callee, c.In, err)
			return
		}
		edits = append(edits, list...)
		for _, u := range c.Unused {
			edits = append(edits, s.blank(u)...)
		}
	})
	return edits, found, err
}

// CallKey identifies a call site among those of a package.
func CallKey(c *plan.CallSite) string {
	return c.In + " " + c.Name + " " + strconv.Itoa(c.Index) + " " + c.Pos.File[strings.LastIndexByte(c.Pos.File, '/')+1:]
}

// becomes returns the last name in what a woven call calls.
func becomes(c *plan.CallSite) string {
	if c.InPlace != nil {
		return c.InPlace.As
	}
	return c.Through
}

// callEdits returns the edits of one call. Operand and arguments stay where they are.
func (s *source) callEdits(call *ast.CallExpr, c *plan.CallSite, style Style) ([]Edit, error) {
	if c.InPlace != nil {
		return s.inPlaceEdits(call, c.InPlace, style)
	}
	head := head(c)
	comma := "" // before the next argument
	if c.Site != nil {
		head, comma = head+"&"+c.Site.Var, ", "
	}
	start, args := s.offset(call.Pos()), s.offset(call.Lparen)+1
	restore := func(at int) string { return s.restored(at, style) }
	// The compiler places a call where the last name of what is called stands.
	sel, ok := plan.Called(call).(*ast.SelectorExpr)
	if ok {
		head = restore(s.offset(sel.Sel.Pos())) + head
	}
	if !c.Method {
		if len(call.Args) == 0 {
			comma = ""
		}
		return []Edit{{start, args, head + comma + restore(args)}}, nil
	}
	if !ok {
		return nil, fmt.Errorf("it must have an operand")
	}
	from, to := s.offset(sel.X.Pos()), s.offset(sel.X.End())
	after := ""
	if len(call.Args) > 0 {
		after = ", "
	}
	return []Edit{
		{start, from, head + comma + c.Prefix + restore(from)},
		{to, args, c.Path + after + restore(args)},
	}, nil
}

// head is what a woven call begins with.
func head(c *plan.CallSite) string {
	if len(c.Types) > 0 {
		return c.Through + "[" + strings.Join(c.Types, ", ") + "]("
	}
	return c.Through + "("
}

// restored returns what gives the byte after it the position of the one at an offset.
func (s *source) restored(at int, style Style) string {
	if style == Reading {
		return ""
	}
	return s.restore(s.offsets.Pos(at))
}

// inPlaceEdits returns the edits that give a call a context: it calls another function by the last
// name in what it calls, which stays where it is.
func (s *source) inPlaceEdits(call *ast.CallExpr, in *plan.InPlace, style Style) ([]Edit, error) {
	if len(call.Args) < in.After {
		return nil, fmt.Errorf("it must have a receiver")
	}
	name := lastName(call)
	from, to, at := s.offset(name.Pos()), s.offset(name.End()), s.offset(call.Lparen)+1
	text := in.Context
	switch {
	case in.After > 0:
		at = s.offset(call.Args[in.After-1].End())
		text = ", " + text
	case len(call.Args) > 0:
		text += ", "
	}
	edits := []Edit{{from, to, in.As}, {at, at, text + s.restored(at, style)}}
	if to+1 < at && style == Build {
		edits[0].Text += s.restored(to, style)
	}
	return edits, nil
}

// lastName is the identifier whose name plan.CalledName returns.
func lastName(call *ast.CallExpr) *ast.Ident {
	if sel, ok := plan.Called(call).(*ast.SelectorExpr); ok {
		return sel.Sel
	}
	return plan.Called(call).(*ast.Ident)
}

// blank makes an import blank that nothing uses any more.
func (s *source) blank(u plan.UsedImport) []Edit {
	for _, spec := range s.file.Imports {
		name := ""
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if path, err := strconv.Unquote(spec.Path.Value); err != nil || path != u.Path || name != u.Name {
			continue
		}
		at, end, text := s.offset(spec.Path.Pos()), s.offset(spec.Path.Pos()), "_ "
		if spec.Name != nil {
			at, end, text = s.offset(spec.Name.Pos()), s.offset(spec.Name.End()), "_"
		}
		return []Edit{{at, end, text}}
	}
	return nil
}
