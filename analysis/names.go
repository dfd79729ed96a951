package analysis

import (
	"strconv"
	"strings"
)

// names gives site variables names that nothing in the package's folder uses, tests and files of other platforms included.
type names struct {
	files *Sources
	dir   string
	taken map[string]bool
}

func newNames(files *Sources, dir string) *names {
	return &names{files: files, dir: dir, taken: map[string]bool{}}
}

func (n *names) variable(f *function) string {
	name := "instrument"
	if f.recv != nil {
		name += upperFirst(f.recv.Name())
	}
	return n.fresh(name + upperFirst(f.obj.Name()))
}

// set gives a site its variable, and the functions that it calls through variables theirs.
func (n *names) set(s *Site, variable string) {
	s.Var = variable
	for i := range s.Steps {
		if c := s.Steps[i].Func; c != nil && c.Ref != nil {
			c.Name = n.fresh(s.Var + upperFirst(s.Steps[i].Aspect))
		}
	}
}

func (n *names) fresh(name string) string {
	candidate := name
	for i := 2; n.taken[candidate] || n.files.mentions(n.dir, candidate); i++ {
		candidate = name + strconv.Itoa(i)
	}
	n.taken[candidate] = true
	return candidate
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
