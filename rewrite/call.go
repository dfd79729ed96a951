package rewrite

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file rewrites calls: each becomes a call of a function of the generated file, whose first
// arguments are the call's site and its operand.

// callSites returns the edits for the call sites that the file holds, and their keys.
func (s *source) callSites(calls []*plan.CallSite, style Style) (edits []Edit, found []string, err error) {
	type place struct {
		in, name string
		index    int
	}
	byPlace, renamed := map[place]*plan.CallSite{}, map[string]string{}
	for _, c := range calls {
		byPlace[place{c.In, c.Name, c.Index}] = c
		renamed[c.Through] = c.Name
	}
	plan.EachCall(s.file, renamed, func(in, name string, index int, call *ast.CallExpr) {
		c := byPlace[place{in, name, index}]
		if c == nil {
			return
		}
		found = append(found, CallKey(c))
		if plan.CalledName(call) == c.Through || err != nil {
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

// callEdits returns the edits of one call. Operand and arguments stay where they are.
func (s *source) callEdits(call *ast.CallExpr, c *plan.CallSite, style Style) ([]Edit, error) {
	head := c.Through
	if len(c.Types) > 0 {
		head += "[" + strings.Join(c.Types, ", ") + "]"
	}
	head += "("
	comma := "" // before the next argument
	if c.Site != nil {
		head, comma = head+"&"+c.Site.Var, ", "
	}
	start, args := s.offset(call.Pos()), s.offset(call.Lparen)+1
	restore := func(at int) string {
		if style == Reading {
			return ""
		}
		return s.restore(s.offsets.Pos(at))
	}
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
