package calls

import (
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// caller is one call of a function, seen from it.
type caller struct {
	Id      source.FuncID
	Fn      *types.Func
	Carries bool
}

// Callers returns all calls of a function in the main modules, and whether these are all there are.
func (c *Graph) Callers(fn *types.Func) (list []caller, known bool) {
	id := source.IDOf(fn)
	if fn.Signature().Recv() != nil && fn.Exported() && c.calledFromOutside(fn) {
		return nil, false
	}
	for _, pkg := range c.Program.Graph.Own {
		if !c.Program.Files.Mentions(pkg.Dir, fn.Name()) {
			continue
		}
		b := c.bodies(pkg.PkgPath)
		if b == nil || b.checked.Broken || b.values[id] {
			return nil, false
		}
		for _, by := range b.order {
			for _, call := range b.funcs[by] {
				to, sure := c.target(call)
				if to == id || !sure && call.to.Name() == fn.Name() {
					list = append(list, caller{by, b.declared[by], call.Carries && b.declared[by] != nil})
				}
			}
		}
	}
	return list, true
}

// calledFromOutside reports whether a method implements one of an interface of a package outside the main modules, through
// which code there can call it.
func (c *Graph) calledFromOutside(fn *types.Func) bool {
	recv := signature.Receiver(fn)
	if recv == nil {
		return true
	}
	t := types.NewPointer(recv.Type())
	seen := map[string]bool{}
	for _, pkg := range c.Program.Graph.Own {
		for _, dep := range pkg.Imports {
			if c.Program.Graph.IsOwn(dep) || seen[dep.PkgPath] {
				continue
			}
			seen[dep.PkgPath] = true
			from := c.Check(pkg)
			imported, err := c.Program.Types.Import(from, dep.PkgPath)
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

// declaresInterface reports whether the package has an interface with the method that the type implements.
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
