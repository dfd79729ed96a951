package callsites

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// A woven call refers to its site, which is a variable, and so to what the aspects name. If that
// refers to the function of the call, or to the variable that the call initialises, the variables
// of the package could be initialised in no order.

// declarations are those of a package, which may refer to each other.
type declarations struct {
	files  []*ast.File
	info   *types.Info // of bodies
	scope  *types.Scope
	refers map[types.Object]map[types.Object]bool // to what each refers; read when it is first needed
}

// cycle refuses a call if the package could not be initialised once it were woven.
func (p *packagePlanner) cycle(c *call) refusal {
	const otherwise = "name one of another package, or exclude the call"
	s := c.site.Site
	if s == nil {
		return refusal{}
	}
	from := p.decls.declared(c.in)
	for _, a := range s.Aspects {
		named := []*plan.Ref{a.Advice}
		for _, o := range a.Options {
			if !o.Results {
				named = append(named, o.Ref)
			}
		}
		for _, ref := range named {
			if ref == nil || ref.Path != p.pkg.Listed.PkgPath {
				continue
			}
			if obj := p.scope().Lookup(ref.Name); obj != nil && p.decls.reaches(obj, from, false) {
				return refusal{fmt.Sprintf("%s must not name %s, which depends on %s: the package's variables would be initialised in a cycle",
					a.Name, ref.Name, c.in), otherwise}
			}
		}
	}
	for _, step := range s.Steps {
		called, _ := step.Called()
		for _, f := range called {
			if f.Ref == nil && p.spelledCycle(f, from) {
				return refusal{fmt.Sprintf("%s must not call %s, which depends on %s: the package's variables would be initialised in a cycle",
					step.Aspect, f.Name, c.in), otherwise}
			}
		}
	}
	return refusal{}
}

// spelledCycle reports whether what the generated function spells depends on the declarations. Only
// that function refers to it, so there is no cycle without a variable in it.
func (p *packagePlanner) spelledCycle(f *plan.Callee, from map[types.Object]bool) bool {
	return slices.ContainsFunc(p.decls.spelt(f.Name), func(obj types.Object) bool { return p.decls.reaches(obj, from, true) })
}

// declared returns the objects that a declaration declares, by its key in a call site.
func (d *declarations) declared(in string) map[types.Object]bool {
	found := map[types.Object]bool{}
	d.each(func(key string, _ ast.Node, _ *ast.File, objects []types.Object) {
		for _, obj := range objects {
			found[obj] = found[obj] || key == in
		}
	})
	return found
}

// spelt returns what a generated function may call by a name: a function, or a method of whatever
// type.
func (d *declarations) spelt(name string) []types.Object {
	last := name[strings.LastIndexByte(name, '.')+1:]
	var list []types.Object
	d.each(func(key string, _ ast.Node, _ *ast.File, objects []types.Object) {
		if key == name || last != name && strings.HasSuffix(key, "."+last) {
			list = append(list, objects...)
		}
	})
	return list
}

// reaches reports whether one declaration refers to one of some others, directly or through more:
// through a variable, if it must.
func (d *declarations) reaches(from types.Object, to map[types.Object]bool, variable bool) bool {
	if d.refers == nil {
		d.refers = d.references()
	}
	type state struct {
		obj    types.Object
		passed bool
	}
	isVar := func(obj types.Object) bool { _, ok := obj.(*types.Var); return ok }
	seen := map[state]bool{}
	for work := []state{{from, isVar(from)}}; len(work) > 0; work = work[1:] {
		at := work[0]
		if to[at.obj] && (at.passed || !variable) {
			return true
		}
		for next := range d.refers[at.obj] {
			if s := (state{next, at.passed || isVar(next)}); !seen[s] {
				seen[s] = true
				work = append(work, s)
			}
		}
	}
	return false
}

// references reads what the declarations of the package refer to.
func (d *declarations) references() map[types.Object]map[types.Object]bool {
	refers := map[types.Object]map[types.Object]bool{}
	d.each(func(_ string, n ast.Node, _ *ast.File, objects []types.Object) {
		uses := map[types.Object]bool{}
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			switch obj := d.info.Uses[id].(type) {
			case *types.Func:
				uses[obj.Origin()] = true
			case *types.Var:
				if obj.Parent() == d.scope {
					uses[obj] = true
				}
			}
			return true
		})
		for _, obj := range objects {
			refers[obj] = uses
		}
	})
	return refers
}

// each visits the functions of the package and its variables with their initialisers.
func (d *declarations) each(visit func(key string, n ast.Node, file *ast.File, objects []types.Object)) {
	for _, file := range d.files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				visit(plan.FuncKey(decl), decl, file, []types.Object{d.info.Defs[decl.Name]})
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					spec, ok := spec.(*ast.ValueSpec)
					if !ok || decl.Tok != token.VAR {
						continue
					}
					var objects []types.Object
					for _, name := range spec.Names {
						objects = append(objects, d.info.Defs[name])
					}
					visit("var "+spec.Names[0].Name, spec, file, objects)
				}
			}
		}
	}
}
