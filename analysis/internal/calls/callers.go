package calls

import (
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Caller is one call of a function, seen from that function.
type Caller struct {
	ID      source.FuncID // of the calling function
	Func    *types.Func   // nil if the call stands outside all functions
	Carries bool          // the called function's context ends when the caller's does
}

// Callers returns the calls of a function in the main modules, and whether those are all there can
// be.
func (g *Graph) Callers(fn *types.Func) (list []Caller, known bool) {
	id := source.IDOf(fn)
	if fn.Signature().Recv() != nil && fn.Exported() && g.calledFromOutside(fn) {
		return nil, false
	}
	for _, pkg := range g.program.Graph.Own {
		if !g.program.Files.Mentions(pkg.Dir, fn.Name()) {
			continue
		}
		b := g.bodies(pkg.PkgPath)
		if b == nil || b.checked.Broken || b.values[id] {
			return nil, false
		}
		for _, by := range b.order {
			for _, call := range b.calls[by] {
				to, sure := g.target(call)
				if to == id || !sure && call.to.Name() == fn.Name() {
					list = append(list, Caller{by, b.declared[by], call.Carries && b.declared[by] != nil})
				}
			}
		}
	}
	return list, true
}

// calledFromOutside reports whether code outside the main modules can call a method, through an
// interface that is declared there.
func (g *Graph) calledFromOutside(fn *types.Func) bool {
	recv := signature.Receiver(fn)
	if recv == nil {
		return true
	}
	t := types.NewPointer(recv.Type())
	seen := map[string]bool{}
	for _, pkg := range g.program.Graph.Own {
		for _, dep := range pkg.Imports {
			if g.program.Graph.IsOwn(dep) || seen[dep.PkgPath] {
				continue
			}
			seen[dep.PkgPath] = true
			from := g.Check(pkg)
			imported, err := g.program.Types.Import(from, dep.PkgPath)
			if err != nil || imported == nil {
				continue
			}
			if declaresInterface(imported, fn.Name(), t) {
				return true
			}
		}
	}
	return false
}

// declaresInterface reports whether a package has an interface with a method of the name that the
// type implements.
func declaresInterface(pkg *types.Package, method string, t types.Type) bool {
	return slices.ContainsFunc(pkg.Scope().Names(), func(name string) bool {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok {
			return false
		}
		iface, ok := obj.Type().Underlying().(*types.Interface)
		if !ok || iface.NumMethods() == 0 {
			return false
		}
		m, _, _ := types.LookupFieldOrMethod(iface, false, nil, method)
		return m != nil && types.Implements(t, iface)
	})
}
