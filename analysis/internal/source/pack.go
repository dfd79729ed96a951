package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// A pack is a package of a dependency or of the main modules that declares rules for others to
// include: var Rules = aspects.Module(…), in a file with the constraint of rule files. It is
// type-checked from source together with that file, because no build compiles the two together.

// packs parses the rule files of the packages whose rules the given rule files include, and of
// those that these include, and marks the packages as checked from source.
func (p *Program) packs(ruleFiles []*RuleFile) ([]*RuleFile, error) {
	var list []*RuleFile
	for todo := ruleFiles; len(todo) > 0; {
		var more []*RuleFile
		for _, path := range p.Graph.included(todo) {
			pkg := p.Graph.Listed[path]
			if pkg == nil || p.Graph.packs[path] || p.Graph.IsOwn(pkg) {
				continue // rule files of the main modules are parsed already
			}
			p.Graph.packs[path] = true
			files, err := p.packFiles(pkg)
			if err != nil {
				return nil, err
			}
			more = append(more, files...)
		}
		if err := p.Graph.add(more); err != nil {
			return nil, err
		}
		list, todo = append(list, more...), more
	}
	if len(list) > 0 {
		clear(p.Graph.source) // what imports a pack is checked from source, too
	}
	return list, nil
}

// packFiles parses the rule files of a pack.
func (p *Program) packFiles(pkg *packages.Package) ([]*RuleFile, error) {
	var list []*RuleFile
	for _, path := range slices.Concat(pkg.IgnoredFiles, pkg.GoFiles) {
		data, err := p.Graph.Cfg.ReadFile(path)
		if err != nil || !isRule(data) {
			continue // a file that cannot be read is reported when the package is checked
		}
		s := p.Files.Files[path]
		if s == nil {
			s = p.Files.add(path, data)
		}
		if !p.TakesPart(s) {
			continue
		}
		file, err := parser.ParseFile(p.Fset, path, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			syntaxError(err, p.Files, p.Findings)
			file = nil
		}
		list = append(list, &RuleFile{Source: s, File: file})
	}
	return list, nil
}

// included returns the import paths of the packages whose variables are arguments of
// aspects.Include, sorted. It goes by the syntax, because nothing is type-checked yet.
func (g *Graph) included(files []*RuleFile) []string {
	var list []string
	for _, f := range files {
		if f.File == nil {
			continue
		}
		names := map[string]string{} // import paths by name
		for _, spec := range f.specs() {
			path, _ := strconv.Unquote(spec.Path.Value)
			switch {
			case spec.Name != nil:
				names[spec.Name.Name] = path
			case g.Listed[path] != nil:
				names[g.Listed[path].Name] = path
			}
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 || calledName(call) != "Include" {
				return true
			}
			if sel, ok := ast.Unparen(call.Args[0]).(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] != "" {
					list = append(list, names[x.Name])
				}
			}
			return true
		})
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Included returns the import paths of the packs that a rule file includes, sorted.
func (g *Graph) Included(f *RuleFile) []string { return g.included([]*RuleFile{f}) }

// calledName returns the last name of what is called.
func calledName(call *ast.CallExpr) string {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// RuleFiles returns the rule files that are checked with a package.
func (c *Types) RuleFiles(pkg *packages.Package) []*RuleFile { return c.ruled[pkg.Dir] }

// Version returns a package's version, as plans show it.
func Version(pkg *packages.Package) string {
	switch m := pkg.Module; {
	case m == nil || m.Version == "" || m.Replace != nil && m.Replace.Version == "":
		return "(devel)"
	case m.Replace != nil:
		return m.Replace.Version
	default:
		return m.Version
	}
}

// DeclaredValue returns the value that a file gives the package-level variable whose name is given,
// or nil.
func DeclaredValue(file *ast.File, is func(*ast.Ident) bool) ast.Expr {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if is(name) && i < len(spec.Values) {
					return spec.Values[i]
				}
			}
		}
	}
	return nil
}
