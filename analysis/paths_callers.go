package analysis

import (
	"go/types"
	"slices"
	"time"
)

// bounds returns the sites that bound every call of a function by a deadline sooner than the given one, or nil if there may be
// a call that none of them bounds. Callers are looked for in all of the main modules, and must all be known: a function that
// is handed on as a value, that dependencies can call through an interface of theirs, or that nobody calls, may be called
// without a deadline.
func (c *calls) bounds(fn *types.Func, after time.Duration, sites map[funcID]*policed) []*policed {
	var found []*policed
	seen := map[funcID]bool{idOf(fn): true}
	for work := []*types.Func{fn}; len(work) > 0; work = work[1:] {
		callers, known := c.callers(work[0])
		if !known || len(callers) == 0 {
			return nil
		}
		for _, by := range callers {
			switch s := sites[by.id]; {
			case !by.carries:
				return nil
			case s != nil && s.after() > 0 && s.after() < after:
				if !slices.Contains(found, s) {
					found = append(found, s)
				}
			case !seen[by.id]:
				seen[by.id] = true
				work = append(work, by.fn)
			}
		}
	}
	return found
}

// caller is one call of a function, seen from it.
type caller struct {
	id      funcID
	fn      *types.Func
	carries bool
}

// callers returns all calls of a function in the main modules, and whether these are all there are.
func (c *calls) callers(fn *types.Func) (list []caller, known bool) {
	id := idOf(fn)
	if fn.Signature().Recv() != nil && fn.Exported() && c.calledFromOutside(fn) {
		return nil, false
	}
	for _, pkg := range c.p.graph.own {
		if !c.p.files.mentions(pkg.Dir, fn.Name()) {
			continue
		}
		b := c.bodies(pkg.PkgPath)
		if b == nil || b.checked.broken || b.values[id] {
			return nil, false
		}
		for _, by := range b.order {
			for _, call := range b.funcs[by] {
				to, sure := c.target(call)
				if to == id || !sure && call.to.Name() == fn.Name() {
					list = append(list, caller{by, b.declared[by], call.carries && b.declared[by] != nil})
				}
			}
		}
	}
	return list, true
}

// calledFromOutside reports whether a method implements one of an interface of a package outside the main modules, through
// which code there can call it.
func (c *calls) calledFromOutside(fn *types.Func) bool {
	recv := receiver(fn)
	if recv == nil {
		return true
	}
	t := types.NewPointer(recv.Type())
	seen := map[string]bool{}
	for _, pkg := range c.p.graph.own {
		for _, dep := range pkg.Imports {
			if c.p.graph.isOwn(dep) || seen[dep.PkgPath] {
				continue
			}
			seen[dep.PkgPath] = true
			from := c.check(pkg)
			imported, err := c.p.types.importPackage(from, dep.PkgPath)
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
