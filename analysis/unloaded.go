package analysis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
)

// unloaded returns the files that hold directives or rules and take no part in this build, and reports directives in tests.
func (r *run) unloaded() []string {
	loaded := map[string]bool{}
	for _, pkg := range r.p.graph.listed {
		for _, f := range pkg.GoFiles {
			loaded[f] = true
		}
	}
	var list []string
	for _, path := range slices.Sorted(maps.Keys(r.p.files.files)) {
		s := r.p.files.files[path]
		m := r.p.graph.mainModuleOf(path)
		if m == nil || loaded[path] || !s.directive && !s.rule {
			continue
		}
		if isTest(path) {
			r.testDirectives(s)
			continue
		}
		rel, _ := filepath.Rel(m.Dir, path)
		if s.rule {
			if !r.p.takesPart(s) {
				list = append(list, filepath.ToSlash(rel))
			}
			continue
		}
		if file, err := parser.ParseFile(token.NewFileSet(), path, s.data, parser.ParseComments|parser.SkipObjectResolution); err == nil && hasRealDirective(file) {
			list = append(list, filepath.ToSlash(rel))
		}
	}
	return list
}

func hasRealDirective(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				return true
			}
		}
	}
	return false
}

func (r *run) testDirectives(s *sourceFile) {
	file, err := parser.ParseFile(r.p.fset, s.path, s.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				r.p.diags.at(c.Slash, "move the function out of the test, or remove the directive", "directive //instrument:%s must not be in a test file, which is never woven", d.Name)
			}
		}
	}
}
