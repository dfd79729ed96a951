package calls

import (
	"go/types"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// target returns the function that a call reaches, and false if it is not known. A call through an
// interface that the main modules declare reaches the one type of theirs that implements it.
// Services are put together with interfaces that have one implementation, and stand-ins in tests,
// so without these calls hardly any path would be found. If several types implement it, or if the
// only one wraps another, as retrying and caching clients do, which of them is called is decided
// only at run time.
func (g *Graph) target(call Call) (source.FuncID, bool) {
	if call.id != (source.FuncID{}) {
		return call.id, true
	}
	if call.through == nil || call.through.Pkg() == nil {
		return source.FuncID{}, false
	}
	key := source.FuncID{Path: call.through.Pkg().Path(), Key: call.through.Name()}
	if _, known := g.bound[key]; !known {
		g.bound[key] = g.implementation(key)
	}
	t := g.bound[key]
	if t == nil {
		return source.FuncID{}, false
	}
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, t.Obj().Pkg(), call.to.Name())
	fn, ok := obj.(*types.Func)
	if !ok || types.IsInterface(fn.Signature().Recv().Type()) {
		return source.FuncID{}, false
	}
	return source.IDOf(fn.Origin()), true
}

// implementation returns the only type of the main modules that implements an interface, or nil.
func (g *Graph) implementation(key source.FuncID) *types.Named {
	listed, own := g.program.Graph.OwnPath(key.Path)
	if !own {
		return nil
	}
	declared := g.Check(listed).Declared(key.Key)
	if declared == nil {
		return nil // declared in a function
	}
	named, isNamed := types.Unalias(declared.Type()).(*types.Named)
	iface, ok := declared.Type().Underlying().(*types.Interface)
	if !ok || !isNamed || named.TypeParams().Len() > 0 || iface.NumMethods() == 0 {
		return nil
	}
	var found []*types.Named
	for _, pkg := range g.program.Graph.Own {
		if g.mayImplement(pkg, iface) {
			found = append(found, g.implementing(g.Check(pkg), iface)...)
		}
	}
	if len(found) != 1 || found[0].TypeParams().Len() > 0 || wraps(found[0], iface) {
		return nil
	}
	return found[0]
}

// mayImplement reports whether the sources of a package name a method of the interface. If they do
// not, a type of the package can have the methods only from a type that it embeds, and calls lead
// to that type's functions anyway.
func (g *Graph) mayImplement(pkg *packages.Package, iface *types.Interface) bool {
	for i := range iface.NumMethods() {
		if g.program.Files.Mentions(pkg.Dir, iface.Method(i).Name()) {
			return true
		}
	}
	return false
}

// implementing returns the package's declared types that implement the interface, and generic types
// that may implement it.
func (g *Graph) implementing(pkg *source.Package, iface *types.Interface) []*types.Named {
	if pkg.Types == nil {
		return nil
	}
	var list []*types.Named
	scope := pkg.Types.Scope()
	for _, name := range scope.Names() {
		obj, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || obj.IsAlias() || types.IsInterface(obj.Type()) {
			continue
		}
		named, ok := obj.Type().(*types.Named)
		if !ok || filepath.Base(g.program.Position(obj.Pos()).Filename) == plan.GeneratedFile {
			continue
		}
		if named.TypeParams().Len() > 0 && hasMethods(named, iface) || types.Implements(types.NewPointer(named), iface) {
			list = append(list, named)
		}
	}
	return list
}

// hasMethods reports whether a type has methods with the names of the interface's.
func hasMethods(t types.Type, iface *types.Interface) bool {
	for i := range iface.NumMethods() {
		if obj, _, _ := types.LookupFieldOrMethod(t, true, iface.Method(i).Pkg(), iface.Method(i).Name()); obj == nil {
			return false
		}
	}
	return true
}

// wraps reports whether a type holds another implementation of the interface that it implements
// itself.
func wraps(t *types.Named, iface *types.Interface) bool {
	st, ok := t.Underlying().(*types.Struct)
	return ok && slices.ContainsFunc(slices.Collect(st.Fields()), func(v *types.Var) bool {
		return types.IsInterface(v.Type()) && types.Implements(v.Type(), iface)
	})
}
