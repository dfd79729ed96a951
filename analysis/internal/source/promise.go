package source

import (
	"go/ast"
	"regexp"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// User code may refer to names before generate has declared them.

// promised returns the names that generate declares in a package for its directives. Until then
// they may be undefined.
func promised(file *ast.File) []string {
	var list []string
	for spec, directives := range directive.OnTypes(file) {
		for _, d := range directives {
			switch d.Name {
			case "bind":
				list = append(list, plan.DerivedName("Bind", spec.Name.Name, ""), spec.Name.Name+"Needs")
			case "service":
				list = append(list, plan.ServiceNames(spec.Name.Name)...)
			}
		}
	}
	return list
}

// undefinedName matches the type checker's message about a name that is not declared, in the
// package or in an import.
var undefinedName = regexp.MustCompile(`^undefined: (?:[\pL\p{Nd}_]+\.)?([\pL\p{Nd}_]+)$`)

// isPromised reports whether an error is about a name that generate is about to declare, in the
// package or in one that it imports.
func (c *Types) isPromised(done *Package, msg string) bool {
	m := undefinedName.FindStringSubmatch(msg)
	if m == nil {
		return false
	}
	if slices.Contains(c.promises[done.Listed.PkgPath], m[1]) {
		return true
	}
	for _, dep := range done.Listed.Imports {
		if slices.Contains(c.promises[dep.PkgPath], m[1]) {
			return true
		}
	}
	return false
}
