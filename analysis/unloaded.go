package analysis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// unloaded returns the files that hold directives or rules and take no part in this build, and reports directives in tests.
func (p *Program) unloaded() []string {
	loaded := map[string]bool{}
	for _, pkg := range p.listed {
		for _, f := range pkg.GoFiles {
			loaded[f] = true
		}
	}
	var list []string
	for _, path := range slices.Sorted(maps.Keys(p.cfg.Sources.files)) {
		s := p.cfg.Sources.files[path]
		m := p.mainModuleOf(path)
		if m == nil || loaded[path] || !s.directive && !s.rule {
			continue
		}
		if isTest(path) {
			p.testDirectives(s)
			continue
		}
		rel, _ := filepath.Rel(m.Dir, path)
		if s.rule {
			if !p.takesPart(s) {
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

// mainModuleOf returns the main module that holds the path, or nil. Another module may lie in a folder of it.
func (p *Program) mainModuleOf(path string) *Module {
	var inner *Module
	for i := range p.cfg.Modules {
		m := &p.cfg.Modules[i]
		if strings.HasPrefix(path+string(filepath.Separator), m.Dir+string(filepath.Separator)) && (inner == nil || len(m.Dir) > len(inner.Dir)) {
			inner = m
		}
	}
	if inner == nil || !inner.Main {
		return nil
	}
	return inner
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

func (p *Program) testDirectives(s *sourceFile) {
	file, err := parser.ParseFile(p.fset, s.path, s.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				p.diags.add(p.position(c.Slash), "move the function out of the test, or remove the directive", "directive //instrument:%s must not be in a test file, which is never woven", d.Name)
			}
		}
	}
}
