package source

import (
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Names gives site variables names that nothing in the package's folder uses, including tests and
// files for other platforms.
type Names struct {
	files *Files
	dir   string
	taken map[string]bool
}

// NewNames returns the names that are free in a folder.
func NewNames(files *Files, dir string) *Names {
	return &Names{files: files, dir: dir, taken: map[string]bool{}}
}

// Variable returns the name of the variable that holds a function's site, such as
// instrumentServicePlace.
func (n *Names) Variable(f *Func) string {
	name := "instrument"
	if f.Recv != nil {
		name += plan.UpperFirst(f.Recv.Name())
	}
	return n.Fresh(name + plan.UpperFirst(f.Obj.Name()))
}

// Set names a site's variable, and the variables that hold functions which the site calls.
func (n *Names) Set(s *plan.Site, variable string) {
	s.Var = variable
	for i := range s.Steps {
		if c := s.Steps[i].Func; c != nil && c.Ref != nil {
			c.Name = n.Fresh(s.Var + plan.UpperFirst(s.Steps[i].Aspect))
		}
	}
}

// Fresh returns the name, with a number if it is taken, and takes it.
func (n *Names) Fresh(name string) string {
	candidate := name
	for i := 2; n.taken[candidate] || n.files.Mentions(n.dir, candidate); i++ {
		candidate = name + strconv.Itoa(i)
	}
	n.taken[candidate] = true
	return candidate
}
