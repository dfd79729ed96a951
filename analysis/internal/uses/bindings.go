package uses

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// bindings are the bindings and services of the main modules.
type bindings struct {
	fields   map[token.Pos]binding     // by the place of the field's name
	opened   []binding                 // by calls of Open
	services map[string][]plan.Service // by the import path of the interface
	binds    map[string][]plan.Bind    // by the import path of the struct
}

// binding is a binding that a field or a call of Open stands for.
type binding struct {
	kind, name string
	pkg        string // import path of the package that has the field or the call
	of         string // its type, with whole import paths
	wrapped    bool   // Wrap puts its store into a type of the program, which may be able to do more
}

// addPlanned adds the bound fields and the services of a package.
func (r *reader) addPlanned(pkg *plan.Package) {
	if len(pkg.Services) > 0 {
		r.known.services[pkg.Path] = pkg.Services
	}
	listed := r.program.Graph.Listed[pkg.Path]
	if listed == nil || len(pkg.Binds) == 0 {
		return
	}
	r.known.binds[pkg.Path] = pkg.Binds
	r.addForeign(pkg.Binds)
	checked := r.graph.Check(listed)
	for _, b := range pkg.Binds {
		obj := checked.Declared(b.Type)
		if obj == nil {
			continue
		}
		st, ok := obj.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for v := range st.Fields() {
			if i := slices.IndexFunc(b.Fields, func(f plan.Field) bool { return f.Field == v.Name() }); i >= 0 {
				r.known.fields[v.Pos()] = binding{kind: b.Fields[i].Kind, name: b.Fields[i].Name, pkg: pkg.Path, of: typeName(v.Type())}
			}
		}
	}
}

// addForeign adds the services of other modules that fields are bound to, because no plan holds
// their interfaces.
func (r *reader) addForeign(binds []plan.Bind) {
	for _, b := range binds {
		for _, f := range b.Fields {
			if f.Service == nil {
				continue
			}
			if _, own := r.program.Graph.OwnPath(f.Service.Path); own {
				continue
			}
			known := r.known.services[f.Service.Path]
			if !slices.ContainsFunc(known, func(s plan.Service) bool { return s.Interface == f.Service.Name }) {
				names := plan.ServiceNames(f.Service.Name)
				s := plan.Service{Interface: f.Service.Name, Open: names[0], Provide: names[1]}
				r.known.services[f.Service.Path] = append(known, s)
			}
		}
	}
}

// concern reports whether a package's bodies can call a binding: they cannot if neither the package
// nor any that it imports has a kind, a struct of bindings or a service.
func (b *bindings) concern(pkg *packages.Package) bool {
	in := func(path string) bool { return kind.In(path) != nil || b.services[path] != nil || b.binds[path] != nil }
	if in(pkg.PkgPath) {
		return true
	}
	for _, dep := range pkg.Imports {
		if in(dep.PkgPath) {
			return true
		}
	}
	return false
}

// ofType returns the bindings of a kind and a type.
func (b *bindings) ofType(kind, of string) (list []binding) {
	for _, known := range b.fields {
		if known.kind == kind && known.of == of {
			list = append(list, known)
		}
	}
	for _, known := range b.opened {
		if known.kind == kind && known.of == of {
			list = append(list, known)
		}
	}
	return list
}

// typeName writes a type, or what it points to, with whole import paths.
func typeName(t types.Type) string {
	if t == nil {
		return ""
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.TypeString(t, nil)
}
