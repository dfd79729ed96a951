package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// implementations returns the methods by which the types of the main modules implement an interface, those promoted from
// embedded fields included.
func (c *Types) implementations(iface *types.Interface) map[funcID]bool {
	found := map[funcID]bool{}
	for _, listed := range c.graph.own {
		pkg := c.check(listed)
		if pkg.types == nil {
			continue
		}
		for _, name := range pkg.types.Scope().Names() {
			obj, ok := pkg.types.Scope().Lookup(name).(*types.TypeName)
			if !ok || types.IsInterface(obj.Type()) {
				continue
			}
			t := types.NewPointer(obj.Type())
			if !types.Implements(t, iface) {
				continue
			}
			for m := range iface.Methods() {
				if f, _, _ := types.LookupFieldOrMethod(t, false, m.Pkg(), m.Name()); f != nil && f.Pkg() != nil {
					found[idOf(f.(*types.Func))] = true
				}
			}
		}
	}
	return found
}

// lookup finds what a directive names: "IsTransient" in the package, or "store.IsTransient" through the file's imports.
func (c *Types) lookup(pkg *checked, file *ast.File, name string) (types.Object, error) {
	qualifier, member, qualified := strings.Cut(name, ".")
	if !token.IsIdentifier(qualifier) || qualified && !token.IsIdentifier(member) {
		return nil, fmt.Errorf("%q is neither a name nor package.name", name)
	}
	if !qualified {
		obj := pkg.declared(name)
		if obj == nil {
			return nil, fmt.Errorf("%s is not declared in package %s", name, pkg.listed.Name)
		}
		return obj, nil
	}
	imported := c.importedAs(pkg, file, qualifier)
	if imported == nil {
		return nil, fmt.Errorf("%s must be an import of this file", qualifier)
	}
	obj := imported.Scope().Lookup(member)
	if obj == nil || !obj.Exported() {
		return nil, fmt.Errorf("package %s does not export %s", imported.Path(), member)
	}
	return obj, nil
}

// importedAs returns the package that the file imports under the given name, or nil.
func (c *Types) importedAs(pkg *checked, file *ast.File, name string) *types.Package {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "C" {
			continue
		}
		imported, err := c.importPackage(pkg, path)
		if err != nil || imported == nil {
			continue
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && imported.Name() == name {
			return imported
		}
	}
	return nil
}

// broken returns the packages that were checked and do not type-check.
func (c *Types) broken() []string {
	var list []string
	for path, c := range c.done {
		if c.broken {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// packageOf returns the package checked from source; a package outside the main modules that a rule names is checked in a
// universe of its own, because the others see it through its export data.
func (c *Types) packageOf(listed *packages.Package) (*checked, error) {
	if c.graph.fromSource(listed) {
		return c.check(listed), nil
	}
	var imports []string
	for _, dep := range listed.Imports {
		imports = append(imports, dep.PkgPath)
	}
	if err := c.export(imports); err != nil {
		return nil, err
	}
	foreign := *c
	foreign.done = map[string]*checked{}
	return foreign.check(listed), nil
}
