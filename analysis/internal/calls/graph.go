package calls

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Graph is the static graph of calls between functions of the main modules. Planning type-checks no
// bodies. The graph does, but only in packages below and above a few sites, some of which nobody
// has checked before. It does not report errors in them, because the compiler will; an error only
// hides calls from the graph.
type Graph struct {
	program  *source.Program // a copy that reports nothing
	exported bool            // the export data of everything that the main modules import is at hand
	packages map[string]*bodies
	bound    map[source.FuncID]*types.Named // by interface, the one type that implements it, or nil
}

// New returns a graph of the program that reports nothing, whatever it type-checks.
func New(p *source.Program) *Graph {
	c := *p
	c.Types = p.Types.Quiet()
	return &Graph{program: &c, packages: map[string]*bodies{}, bound: map[source.FuncID]*types.Named{}}
}

// Check returns a package of the main modules, type-checked without bodies.
func (g *Graph) Check(listed *packages.Package) *source.Package {
	if done := g.program.Types.Done[listed.PkgPath]; done != nil {
		return done
	}
	if !g.exported {
		g.exported = true
		graph := g.program.Graph
		all := slices.DeleteFunc(slices.Collect(maps.Values(graph.Listed)), func(pkg *packages.Package) bool { return !graph.FromSource(pkg) })
		_ = g.program.Types.Export(graph.External(all...)) // an error only means that calls in some packages are not seen
	}
	return g.program.Types.Check(listed)
}

// TypeCheck returns a package of the main modules with the types of its bodies.
func (g *Graph) TypeCheck(listed *packages.Package) (*source.Package, *types.Info) {
	pkg := g.Check(listed)
	info, _ := g.program.Types.Bodies(pkg)
	return pkg, info
}

// bodies returns the calls of a package, or nil for one outside the main modules.
func (g *Graph) bodies(path string) *bodies {
	if b, ok := g.packages[path]; ok {
		return b
	}
	g.packages[path] = nil
	listed, own := g.program.Graph.OwnPath(path)
	if !own || len(listed.GoFiles) == 0 {
		return nil
	}
	checked, info := g.TypeCheck(listed)
	b := &bodies{
		checked: checked, declared: map[source.FuncID]*types.Func{}, calls: map[source.FuncID][]Call{}, values: map[source.FuncID]bool{},
	}
	for _, file := range checked.Files {
		for _, decl := range file.Decls {
			w := &walk{bodies: b, info: info, called: map[*ast.Ident]bool{}}
			w.declaration(decl, source.FuncID{Path: path}, g.isOwn)
		}
	}
	g.packages[path] = b
	return b
}

// isOwn reports whether a package is one of the main modules'.
func (g *Graph) isOwn(path string) bool {
	_, own := g.program.Graph.OwnPath(path)
	return own
}
