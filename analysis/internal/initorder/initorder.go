// Package initorder says which declarations of a package refer to which, and so whether the
// package's variables could still be initialised in some order once functions are woven: a woven
// function refers to its site, which is a variable, and so to what the site's aspects name. The
// same references tell whether an aspect would be asked about itself for ever: what it names must
// not call the function that it is woven into.
package initorder

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Declarations are those of a package.
type Declarations struct {
	Info  *types.Info // of bodies
	Types *types.Package

	files  []*ast.File
	refers map[types.Object][]edge // in the order of the source; read when it is first needed
	woven  map[types.Object][]edge // what the aspects of woven functions add
}

// edge is a reference. Some pass a variable that is not itself a declaration of the user's.
type edge struct {
	to       types.Object
	variable bool
}

// Of returns the declarations of files, which were checked with their bodies.
func Of(files []*ast.File, info *types.Info, checked *types.Package) *Declarations {
	return &Declarations{Info: info, Types: checked, files: files, woven: map[types.Object][]edge{}}
}

// Weave says that a function's body will refer to more: through the variable that holds its site,
// or spelt as it is.
func (d *Declarations) Weave(f, to types.Object, site bool) {
	d.woven[f] = append(d.woven[f], edge{to, site})
}

// Declared returns the objects that a declaration declares, by its key in a call site.
func (d *Declarations) Declared(in string) map[types.Object]bool {
	found := map[types.Object]bool{}
	d.Each(func(key string, _ ast.Node, _ *ast.File, objects []types.Object) {
		for _, obj := range objects {
			found[obj] = found[obj] || key == in
		}
	})
	return found
}

// Spelt returns what a generated function may call by a name: a function, or a method of whatever
// type.
func (d *Declarations) Spelt(name string) []types.Object {
	last := name[strings.LastIndexByte(name, '.')+1:]
	var list []types.Object
	d.Each(func(key string, _ ast.Node, _ *ast.File, objects []types.Object) {
		if key == name || last != name && strings.HasSuffix(key, "."+last) {
			list = append(list, objects...)
		}
	})
	return list
}

// Path returns how one declaration refers to one of some others, directly or through more, both
// ends included: through a variable, if it must. It is nil if there is no way.
func (d *Declarations) Path(from types.Object, to map[types.Object]bool, variable bool) []types.Object {
	if d.refers == nil {
		d.refers = d.references()
	}
	type state struct {
		obj    types.Object
		passed bool
	}
	first := state{from, isVar(from)}
	before := map[state]state{first: {}}
	for work := []state{first}; len(work) > 0; work = work[1:] {
		at := work[0]
		if to[at.obj] && (at.passed || !variable) {
			var path []types.Object
			for ; at.obj != nil; at = before[at] {
				path = append(path, at.obj)
			}
			slices.Reverse(path)
			return path
		}
		for _, e := range slices.Concat(d.refers[at.obj], d.woven[at.obj]) {
			next := state{e.to, at.passed || e.variable || isVar(e.to)}
			if _, seen := before[next]; !seen {
				before[next] = at
				work = append(work, next)
			}
		}
	}
	return nil
}

func isVar(obj types.Object) bool {
	_, ok := obj.(*types.Var)
	return ok
}

// references reads what the declarations of the package refer to.
func (d *Declarations) references() map[types.Object][]edge {
	refers := map[types.Object][]edge{}
	d.Each(func(_ string, n ast.Node, _ *ast.File, objects []types.Object) {
		var uses []edge
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			switch obj := d.Info.Uses[id].(type) {
			case *types.Func:
				uses = append(uses, edge{to: obj.Origin()})
			case *types.Var:
				if obj.Parent() == d.Types.Scope() {
					uses = append(uses, edge{to: obj})
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

// Each visits the functions of the package and its variables with their initialisers.
func (d *Declarations) Each(visit func(key string, n ast.Node, file *ast.File, objects []types.Object)) {
	for _, file := range d.files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				visit(plan.FuncKey(decl), decl, file, []types.Object{d.Info.Defs[decl.Name]})
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					spec, ok := spec.(*ast.ValueSpec)
					if !ok || decl.Tok != token.VAR {
						continue
					}
					var objects []types.Object
					for _, name := range spec.Names {
						objects = append(objects, d.Info.Defs[name])
					}
					visit("var "+spec.Names[0].Name, spec, file, objects)
				}
			}
		}
	}
}
