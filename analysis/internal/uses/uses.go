package uses

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/calls"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Read reads the bodies of the packages that can call a binding. It ignores code that does not
// type-check, because the compiler reports that.
func Read(p *source.Program, planned *plan.Plan) *plan.Uses {
	r := &reader{program: p, graph: calls.New(p), known: &bindings{
		fields: map[token.Pos]binding{}, services: map[string][]plan.Service{}, binds: map[string][]plan.Bind{},
	}, uses: &plan.Uses{}}
	for _, pkg := range planned.Packages {
		r.addPlanned(pkg)
	}
	var read []*bodies
	for _, pkg := range p.Graph.Own {
		if r.known.concern(pkg) {
			checked, info := r.graph.TypeCheck(pkg)
			b := &bodies{pkg.PkgPath, checked.Files, info}
			r.opens(b)
			read = append(read, b)
		}
	}
	for _, b := range read { // now that all openings are known
		r.asks(b)
	}
	slices.SortStableFunc(r.uses.Asks, func(a, b plan.Ask) int { return comparePlaces(a.Pos, b.Pos) })
	slices.SortStableFunc(r.uses.Opens, func(a, b plan.Opened) int { return comparePlaces(a.Pos, b.Pos) })
	slices.SortStableFunc(r.uses.Provides, func(a, b plan.Provided) int { return comparePlaces(a.Pos, b.Pos) })
	return r.uses
}

func comparePlaces(a, b token.Position) int {
	return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// reader collects the uses of all packages: first the bindings that the source opens, then what
// bodies ask of them.
type reader struct {
	program *source.Program
	graph   *calls.Graph
	known   *bindings
	uses    *plan.Uses
}

// opens collects the bindings that calls open, and the services that calls provide.
func (r *reader) opens(b *bodies) {
	for _, file := range b.files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				r.open(b, call)
				r.generated(b, call)
			}
			return true
		})
	}
}

// open records a call of the function Open of a kind's package.
func (r *reader) open(b *bodies, call *ast.CallExpr) {
	kind, effect, _ := b.effect(call)
	if !effect.Opens || len(call.Args) < 3 {
		return
	}
	name := b.constant(call.Args[2])
	r.uses.Opens = append(r.uses.Opens, plan.Opened{Pos: r.program.Position(call.Pos()), Package: b.path, Kind: kind, Name: name})
	if name != "" {
		r.known.opened = append(r.known.opened, b.openedBy(kind, name, call))
	}
}

// generated records a call of a generated function: BindOrders, OpenService or ProvideService. It
// recognizes them by name, because they may not be generated yet.
func (r *reader) generated(b *bodies, call *ast.CallExpr) {
	path, name := b.written(call)
	for _, bind := range r.known.binds[path] {
		if c := (plan.BindCall{Package: b.path, Bind: path}); bind.Func == name && !slices.Contains(r.uses.Binds, c) {
			r.uses.Binds = append(r.uses.Binds, c)
		}
	}
	if len(call.Args) != 3 {
		return
	}
	pos := r.program.Position(call.Pos())
	for _, s := range r.known.services[path] {
		switch name {
		case s.Open:
			r.uses.Opens = append(r.uses.Opens, plan.Opened{Pos: pos, Package: b.path, Kind: "service", Name: b.constant(call.Args[2])})
		case s.Provide:
			service := plan.Ref{Path: path, Name: s.Interface}
			r.uses.Provides = append(r.uses.Provides, plan.Provided{Pos: pos, Service: service, Name: b.constant(call.Args[1])})
		}
	}
}
