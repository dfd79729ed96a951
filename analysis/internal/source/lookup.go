package source

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

// Implementations returns the methods by which the types of the main modules implement an
// interface, including those promoted from embedded fields.
func (c *Types) Implementations(iface *types.Interface) map[FuncID]bool {
	found := map[FuncID]bool{}
	for _, listed := range c.graph.Own {
		pkg := c.Check(listed)
		if pkg.Types == nil {
			continue
		}
		for _, name := range pkg.Types.Scope().Names() {
			obj, ok := pkg.Types.Scope().Lookup(name).(*types.TypeName)
			if !ok || types.IsInterface(obj.Type()) {
				continue
			}
			t := types.NewPointer(obj.Type())
			if !types.Implements(t, iface) {
				continue
			}
			for m := range iface.Methods() {
				if f, _, _ := types.LookupFieldOrMethod(t, false, m.Pkg(), m.Name()); f != nil && f.Pkg() != nil {
					found[IDOf(f.(*types.Func))] = true
				}
			}
		}
	}
	return found
}

// Lookup finds what a directive names: "IsTransient" in the package, or "store.IsTransient" through
// the file's imports.
func (c *Types) Lookup(pkg *Package, file *ast.File, name string) (types.Object, error) {
	qualifier, member, qualified := strings.Cut(name, ".")
	if !token.IsIdentifier(qualifier) || qualified && !token.IsIdentifier(member) {
		return nil, fmt.Errorf("%q is neither a name nor package.name", name)
	}
	if !qualified {
		obj := pkg.Declared(name)
		if obj == nil {
			return nil, fmt.Errorf("%s is not declared in package %s", name, pkg.Listed.Name)
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
func (c *Types) importedAs(pkg *Package, file *ast.File, name string) *types.Package {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "C" {
			continue
		}
		imported, err := c.Import(pkg, path)
		if err != nil || imported == nil {
			continue
		}
		if spec.Name != nil && spec.Name.Name == name || spec.Name == nil && imported.Name() == name {
			return imported
		}
	}
	return nil
}

// Broken returns the packages that were checked and do not type-check.
func (c *Types) Broken() []string {
	var list []string
	for path, c := range c.Done {
		if c.Broken {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// Package returns the package checked from source. A package outside the main modules that a rule
// names is checked apart from the others, because those see it through its export data.
func (c *Types) Package(listed *packages.Package) (*Package, error) {
	if c.graph.FromSource(listed) {
		return c.Check(listed), nil
	}
	var imports []string
	for _, dep := range listed.Imports {
		imports = append(imports, dep.PkgPath)
	}
	if err := c.Export(imports); err != nil {
		return nil, err
	}
	foreign := *c
	foreign.Done = map[string]*Package{}
	return foreign.Check(listed), nil
}
