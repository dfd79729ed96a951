package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// Written reports whether somebody wrote a function in the main modules, and no generator.
func (p *Program) Written(fn *types.Func) bool {
	listed := p.Graph.Listed[fn.Pkg().Path()]
	if listed == nil || !p.Graph.IsOwn(listed) {
		return false
	}
	name := p.Position(fn.Pos()).Filename
	if file := p.Files.Files[name]; file != nil {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, file.Data, parser.PackageClauseOnly|parser.ParseComments)
		return err == nil && !ast.IsGenerated(parsed)
	}
	return false
}

// Near reports whether a package, or one that it imports, imports the one at path or is that: it may
// then call functions whose signatures have types of it.
func (p *Program) Near(pkg *packages.Package, path string) bool {
	spells := func(at string) bool {
		listed := p.Graph.Listed[at]
		return at == path || listed != nil && listed.Imports[path] != nil
	}
	if spells(pkg.PkgPath) {
		return true
	}
	for imported := range pkg.Imports {
		if spells(imported) {
			return true
		}
	}
	return false
}
