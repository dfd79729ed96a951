package analysis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// unloaded returns the files with directives or rules that take no part in this build, and reports
// directives in test files.
func (r *run) unloaded() []string {
	loaded := map[string]bool{}
	for _, pkg := range r.p.Graph.Listed {
		for _, f := range pkg.GoFiles {
			loaded[f] = true
		}
	}
	var list []string
	for _, path := range slices.Sorted(maps.Keys(r.p.Files.Files)) {
		s := r.p.Files.Files[path]
		m := r.p.Graph.MainModuleOf(path)
		if m == nil || loaded[path] || !s.Directive && !s.Rule {
			continue
		}
		if directive.IsTest(path) {
			r.testDirectives(s)
			continue
		}
		rel, _ := filepath.Rel(m.Dir, path)
		if s.Rule {
			if !r.p.TakesPart(s) {
				list = append(list, filepath.ToSlash(rel))
			}
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, s.Data, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil && slices.ContainsFunc(file.Comments, func(g *ast.CommentGroup) bool { return len(directive.In(g)) > 0 }) {
			list = append(list, filepath.ToSlash(rel))
		}
	}
	return list
}

// testDirectives reports the directives of a test file.
func (r *run) testDirectives(s *source.File) {
	file, err := parser.ParseFile(r.p.Fset, s.Path, s.Data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, group := range file.Comments {
		for _, d := range directive.In(group) {
			r.p.Findings.At(d.Pos, "move the function out of the test, or remove the directive",
				"directive //instrument:%s must not be in a test file, which is never woven", d.Name)
		}
	}
}
