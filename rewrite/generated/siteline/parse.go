package siteline

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Read reads back from the text of an instrument_gen.go what weaving needs: the package's name,
// hash and build tags, its sites (Func, Var, and all that the body needs; of Pos, the file as a
// base name) and call sites, and in Files the sorted base names of the files that hold them. It is
// an error if src has no directive of a plan.
func Read(src []byte) (*plan.Package, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, plan.GeneratedFile, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse generated file: %w", err)
	}
	pkg := &plan.Package{Name: file.Name.Name, Sites: []*plan.Site{}}
	for _, group := range file.Comments {
		for _, d := range directivesIn(group, planDirective) {
			args, err := d.ParseArgs()
			if err != nil {
				return nil, fmt.Errorf("parse generated file: line %d: %w", fset.Position(d.Slash).Line, err)
			}
			for _, a := range args {
				if tags, ok := strings.CutPrefix(a.Arg, "tags="); ok {
					pkg.Tags = tags
				} else {
					pkg.Hash = a.Arg
				}
			}
		}
	}
	for _, group := range file.Comments {
		if err := addCalls(pkg, fset, group, contextDirective, ""); err != nil {
			return nil, err
		}
	}
	if pkg.Hash == "" {
		return nil, fmt.Errorf("parse generated file: it must have a line //instrument:%s", planDirective)
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			if err := addCalls(pkg, fset, fn.Doc, callDirective, ""); err != nil {
				return nil, err
			}
		}
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		if spec, ok := gen.Specs[0].(*ast.ValueSpec); ok {
			if err := addCalls(pkg, fset, gen.Doc, callDirective, spec.Names[0].Name); err != nil {
				return nil, err
			}
		}
		for _, d := range directivesIn(gen.Doc, siteDirective) {
			site, err := declaredSite(gen, d)
			if err != nil {
				return nil, fmt.Errorf("parse generated file: line %d: %w", fset.Position(d.Slash).Line, err)
			}
			pkg.Sites = append(pkg.Sites, site)
			if f := site.Pos.File; f != "" && !slices.Contains(pkg.Files, f) {
				pkg.Files = append(pkg.Files, f)
			}
		}
	}
	slices.Sort(pkg.Files)
	return pkg, nil
}

// addCalls reads the call sites whose directives of a name stand on a site's variable, or where no
// site is needed.
func addCalls(pkg *plan.Package, fset *token.FileSet, doc *ast.CommentGroup, name, variable string) error {
	for _, d := range directivesIn(doc, name) {
		args, err := d.ParseArgs()
		var c *plan.CallSite
		if err == nil {
			c, err = ParseCall(args)
		}
		if err != nil {
			return fmt.Errorf("parse generated file: line %d: %w", fset.Position(d.Slash).Line, err)
		}
		if variable != "" {
			c.Site = &plan.Site{Var: variable}
		}
		pkg.Calls = append(pkg.Calls, c)
		if f := c.Pos.File; f != "" && !slices.Contains(pkg.Files, f) {
			pkg.Files = append(pkg.Files, f)
		}
	}
	return nil
}

// declaredSite reads the site whose directive stands on a variable.
func declaredSite(gen *ast.GenDecl, d ast.Directive) (*plan.Site, error) {
	args, err := d.ParseArgs()
	if err != nil {
		return nil, err
	}
	site, err := Parse(args)
	if err != nil {
		return nil, err
	}
	spec, ok := gen.Specs[0].(*ast.ValueSpec)
	if !ok || len(gen.Specs) != 1 || len(spec.Names) != 1 {
		return nil, fmt.Errorf("%s: it must stand on one variable", site.Func)
	}
	if site.Var = spec.Names[0].Name; site.Var == site.Setup || site.Record != nil && site.Var == site.Record.Var {
		site.Var = ""
	}
	return site, nil
}

// directivesIn returns the group's instrument directives with the given name.
func directivesIn(group *ast.CommentGroup, name string) []ast.Directive {
	var list []ast.Directive
	if group == nil {
		return nil
	}
	for _, c := range group.List {
		if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" && d.Name == name {
			list = append(list, d)
		}
	}
	return list
}
