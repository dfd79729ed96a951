package binds

import (
	"go/ast"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Planner plans the bindings of packages, one package after the other. It remembers what can be
// answered only for all packages together: which packages of bindings the generated files import,
// and which subscriptions take messages away from each other.
type Planner struct {
	program       *source.Program
	imports       []string
	subscriptions []claim
	bodies        []claim
}

// New returns a planner of the program's packages.
func New(p *source.Program) *Planner { return &Planner{program: p} }

// Imports returns the packages of bindings that generated files import, sorted.
func (p *Planner) Imports() []string { return slices.Sorted(slices.Values(p.imports)) }

// Package plans what the directives bind, subscribe and service of a package ask for. It removes
// them from byFile, which then holds only the directives about aspects.
func (p *Planner) Package(pkg *source.Package, byFile map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	marked := takeMarked(pkg.Files, byFile, p.program.Findings)
	if !p.program.Graph.IsOwn(pkg.Listed) { // generate writes it in the package's own module
		return
	}
	s := &scope{Planner: p, pkg: pkg, names: names, out: out, meanings: map[string]meaning{}}
	structs := s.structs(marked.structs)
	if len(structs)+len(marked.services) > 0 && p.program.Graph.Incomplete(kind.Bindings) {
		p.imports = append(p.imports, kind.Bindings)
		return
	}
	fields := fields{matcher{s}, byFile}
	for _, b := range structs {
		underway.Do(p.program.Doing("bind", pkg, b.obj.Name(), b.obj.Pos(), underway.OffRules), func() { fields.plan(b) })
	}
	subscribers := subscribers{scope: s, marked: marked, structs: structs}
	for _, m := range marked.methods {
		if m.d.Name == "workflow" {
			work := p.program.Doing("bind", pkg, m.decl.Name.Name, m.decl.Pos(), underway.OffRules)
			underway.Do(work, func() { workflows{subscribers}.plan(m) })
			continue
		}
		underway.Do(p.program.Doing("subscribe", pkg, m.decl.Name.Name, m.decl.Pos(), underway.OffRules), func() { subscribers.plan(m) })
	}
	for _, b := range structs {
		s.add(b)
	}
	services := services{s}
	for _, m := range marked.services {
		underway.Do(p.program.Doing("serve", pkg, m.spec.Name.Name, m.spec.Pos(), underway.OffRules), func() { services.plan(m) })
	}
	marked.strayFields(byFile, p.program.Findings)
}
