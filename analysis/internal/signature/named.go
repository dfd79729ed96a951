package signature

import (
	"go/ast"
	"go/types"
	"strings"
)

// JSONName returns the name of a parameter or result in JSON. It returns the given name instead if
// there is none, if no field of a struct could be called so, or if it differs from another name
// only in case.
func JSONName(v *types.Var, otherwise string, taken map[string]bool) string {
	name := v.Name()
	if name == "" || name[0] < 'A' || name[0] == '_' || name[0] > 'z' || taken[strings.ToLower(name)] {
		name = otherwise
	}
	taken[strings.ToLower(name)] = true
	return name
}

// Sentinels returns a package's exported variables Err… of type error, sorted: by them callers
// distinguish failures, and they travel by name.
func Sentinels(pkg *types.Package) []string {
	var list []string
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		v, ok := scope.Lookup(name).(*types.Var)
		if ok && strings.HasPrefix(name, "Err") && ast.IsExported(name) && IsError(v.Type()) {
			list = append(list, name)
		}
	}
	return list
}
