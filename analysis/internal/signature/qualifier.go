package signature

import (
	"cmp"
	"go/types"
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Qualifier names the packages of types as one generated file imports them.
type Qualifier struct {
	self   *types.Package
	byPath map[string]string
	taken  map[string]bool
}

// Name returns the name under which the file imports a package, "" for its own. It is a
// types.Qualifier.
func (q *Qualifier) Name(pkg *types.Package) string {
	if pkg == q.self {
		return ""
	}
	if name, ok := q.byPath[pkg.Path()]; ok {
		return name
	}
	name := pkg.Name()
	for i := 2; q.taken[name]; i++ {
		name = pkg.Name() + strconv.Itoa(i)
	}
	q.byPath[pkg.Path()], q.taken[name] = name, true
	return name
}

// ImportList returns the imports that a qualifier has named, sorted.
func (q *Qualifier) ImportList() []plan.Import {
	var list []plan.Import
	for path, name := range q.byPath {
		list = append(list, plan.Import{Name: name, Path: path})
	}
	slices.SortFunc(list, func(a, b plan.Import) int { return cmp.Compare(a.Path, b.Path) })
	return list
}

// NewQualifier returns a qualifier for a file of package self in which the given names are taken.
func NewQualifier(self *types.Package, taken ...string) *Qualifier {
	q := &Qualifier{self: self, byPath: map[string]string{}, taken: map[string]bool{}}
	for _, name := range taken {
		q.taken[name] = true
	}
	return q
}
