package source

import (
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Names gives what weaving declares in a package names that nothing in the package's folder uses,
// including tests and files for other platforms. Every declared name is asked for here, so that no
// two are the same.
type Names struct {
	files *Files
	dir   string
	taken map[string]bool
	types string
}

// NewNames returns the names that are free in a folder.
func NewNames(files *Files, dir string) *Names {
	n := &Names{files: files, dir: dir, taken: map[string]bool{}}
	for i := 2; slices.ContainsFunc(plan.SpelledTypes(n.types), n.used); i++ {
		n.types = strconv.Itoa(i)
	}
	for _, name := range plan.SpelledTypes(n.types) {
		n.taken[name] = true
	}
	return n
}

// Types returns the number to append to the names of the types that woven bodies spell. These are
// taken whether any body spells them or not: the name of a site does not depend on the aspects of
// another one.
func (n *Names) Types() string { return n.types }

// Variable returns the name of the variable that holds a function's site, such as
// instrumentServicePlace.
func (n *Names) Variable(f *Func) string {
	name := "instrument"
	if f.Literal != nil {
		return n.Fresh(name + f.Literal.variable())
	}
	if f.Recv != nil {
		name += plan.UpperFirst(f.Recv.Name())
	}
	return n.Fresh(name + plan.UpperFirst(f.Obj.Name()))
}

// Set names a site's variable, and the variables that hold functions which the site calls.
func (n *Names) Set(s *plan.Site, variable string) {
	s.Var = variable
	for i := range s.Steps {
		called, suffixes := s.Steps[i].Called()
		for j, c := range called {
			if c.Ref != nil {
				c.Name = n.Fresh(s.Var + suffixes[j])
			}
		}
	}
}

// Fresh returns the name, with a number if it is taken, and takes it.
func (n *Names) Fresh(name string) string {
	candidate := name
	for i := 2; n.used(candidate); i++ {
		candidate = name + strconv.Itoa(i)
	}
	n.taken[candidate] = true
	return candidate
}

func (n *Names) used(name string) bool { return n.taken[name] || n.files.Mentions(n.dir, name) }
