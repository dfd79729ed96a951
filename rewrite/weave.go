package rewrite

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Style is how the woven text is laid out.
type Style int

const (
	// Build is for the compiler: inserted text stays on its line, and line directives restore the
	// positions after it.
	Build Style = iota
	// Reading is for people: inserted text has lines of its own, indented, without line directives.
	Reading
)

// Weave returns src with the bodies of the given sites and the given calls woven; the keys
// (Site.Func) of the sites that src declares, functions and then literals in their order; and after
// them those (CallKey) of the calls that it holds. Sites and calls of other files are ignored. What is
// woven already stays as it is. Every byte of src outside the woven functions and calls is kept,
// except for the names of imports that only woven calls used; without a site in the file the result
// is src itself.
//
// The filename is used in errors, and as the file that a line directive without a name of its own
// belongs to. A site that does not fit its function (no body, no such parameter or result) is an
// error: the plan is not of this source.
func Weave(filename string, src []byte, sites []*plan.Site, calls []*plan.CallSite, style Style) (woven []byte, found []string, err error) {
	defer underway.Recover(underway.Work{Verb: "weave", Of: filename, Off: underway.OffRules}, &err)
	s := &source{fset: token.NewFileSet(), dir: filepath.Dir(filename), text: src}
	s.file, err = parser.ParseFile(s.fset, filename, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("weave %s: %w", filename, err)
	}
	s.offsets = s.fset.File(s.file.FileStart)
	var edits []Edit
	for _, f := range s.functions(sites) {
		found = append(found, f.site.Func)
		var list []Edit
		underway.Do(s.doing(f), func() { list, err = weaveFunc(s, f.decl, f.site, style) })
		if err != nil {
			return nil, nil, fmt.Errorf("weave %s: function %s: %w", filename, f.site.Func, err)
		}
		edits = append(edits, list...)
	}
	if len(calls) > 0 {
		list, keys, err := s.callSites(calls, style)
		if err != nil {
			return nil, nil, fmt.Errorf("weave %s: %w", filename, err)
		}
		edits, found = append(edits, list...), append(found, keys...)
	}
	if len(edits) == 0 {
		return src, found, nil
	}
	if style == Reading {
		return readable(src, edits), found, nil
	}
	return Apply(src, 0, edits), found, nil
}

// source is one parsed file.
type source struct {
	fset    *token.FileSet
	file    *ast.File
	offsets *token.File
	dir     string
	text    []byte
}

// function is a function of the file with its site. A literal is one without a name.
type function struct {
	decl *ast.FuncDecl
	site *plan.Site
}

// functions returns the functions and literals of the file that are among the sites, each once.
// Literals come last, because those in woven functions are woven inside.
func (s *source) functions(sites []*plan.Site) []function {
	byKey, byPlace := map[string]*plan.Site{}, map[plan.Literal]*plan.Site{}
	for _, site := range sites {
		if site.Literal != nil {
			byPlace[*site.Literal] = site
		} else {
			byKey[cmp.Or(site.Spelt, site.Func)] = site
		}
	}
	var list []function
	for _, decl := range s.file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && byKey[plan.FuncKey(fn)] != nil {
			site := byKey[plan.FuncKey(fn)]
			delete(byKey, plan.FuncKey(fn))
			list = append(list, function{fn, site})
		}
	}
	if len(byPlace) == 0 {
		return list
	}
	plan.EachLiteral(s.file, func(at plan.Literal, lit *ast.FuncLit, _ []ast.Node) {
		if site := byPlace[at]; site != nil {
			decl := &ast.FuncDecl{Name: &ast.Ident{NamePos: lit.Pos(), Name: "_"}, Type: lit.Type, Body: lit.Body}
			list = append(list, function{decl, site})
		}
	})
	return list
}

// doing is what is under way while a function is woven.
func (s *source) doing(f function) underway.Work {
	of := f.site.Func
	if f.site.Symbol != "" {
		of = f.site.Symbol
	}
	return underway.Work{Verb: "weave", Of: of, At: s.fset.PositionFor(f.decl.Pos(), false).String(), Off: underway.OffAbove}
}

// offset returns pos as an offset in the text, whatever line directives say.
func (s *source) offset(pos token.Pos) int { return s.offsets.Offset(pos) }

// between returns the text of a range.
func (s *source) between(from, to token.Pos) []byte { return s.text[s.offset(from):s.offset(to)] }

// weaveFunc returns the edits that weave one function: its signature first, then the statements
// around its body.
func weaveFunc(s *source, fn *ast.FuncDecl, site *plan.Site, style Style) ([]Edit, error) {
	if fn.Body == nil {
		return nil, fmt.Errorf("it must have a body")
	}
	if isWoven(fn.Body, site) {
		return nil, nil
	}
	sig, err := newSignature(s, fn, site)
	if err != nil {
		return nil, err
	}
	around := &statements{signature: sig}
	handOver := around.handOver()
	var head, tail string
	switch {
	case site.Var == "":
	case site.Shape == plan.Attempt:
		head, tail, err = (&literal{statements: around}).attempt()
	default:
		head, err = around.prologue()
	}
	if err != nil {
		return nil, err
	}
	if site.Setup != "" {
		head = "\tdefer " + site.Setup + "()()\n" + head
	}
	head = handOver + head
	edits := append(sig.edits(), sig.typeParamEdits...)
	if style == Reading {
		return append(edits, s.readingEdits(fn.Body, head, tail)...), nil
	}
	return append(edits, s.buildEdits(fn.Body, head, tail)...), nil
}

// isWoven reports whether the body begins with the call that it makes of its own site variable, or
// with that of what sets up the program.
func isWoven(body *ast.BlockStmt, site *plan.Site) bool {
	if len(body.List) == 0 {
		return false
	}
	if site.Record != nil {
		return handsOver(body.List[0], site.Record)
	}
	if d, ok := body.List[0].(*ast.DeferStmt); ok && site.Setup != "" {
		call, ok := d.Call.Fun.(*ast.CallExpr)
		return ok && isIdent(call.Fun, site.Setup)
	}
	assign, ok := body.List[0].(*ast.AssignStmt)
	if !ok || assign.Tok != token.DEFINE || len(assign.Rhs) != 1 {
		return false
	}
	switch made := assign.Rhs[0].(type) {
	case *ast.CallExpr:
		sel, ok := made.Fun.(*ast.SelectorExpr)
		return ok && len(made.Args) == 0 && sel.Sel.Name == "Call" && isIdent(sel.X, site.Var)
	case *ast.CompositeLit:
		if len(made.Elts) != 1 {
			return false
		}
		field, ok := made.Elts[0].(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		address, ok := field.Value.(*ast.UnaryExpr)
		return ok && isIdent(address.X, site.Var)
	}
	return false
}

func isIdent(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// usesCRLF reports whether the file's first line ends in CR LF.
func usesCRLF(src []byte) bool {
	i := bytes.IndexByte(src, '\n')
	return i > 0 && src[i-1] == '\r'
}
