package callsites

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// A woven call refers to its site, which is a variable, and so to what the aspects name. If that
// refers to the function of the call, or to the variable that the call initialises, the variables
// of the package could be initialised in no order.

// cycle refuses a call if the package could not be initialised once it were woven.
func (p *packagePlanner) cycle(c *call) refusal {
	const otherwise = "name one of another package, or exclude the call"
	s := c.site.Site
	if s == nil {
		return refusal{}
	}
	from := p.decls.Declared(c.in)
	for _, a := range s.Aspects {
		named := []*plan.Ref{a.Advice}
		for _, o := range a.Options {
			if !o.Results {
				named = append(named, o.Ref)
			}
		}
		for _, ref := range named {
			if ref == nil || ref.Path != p.pkg.Listed.PkgPath {
				continue
			}
			if obj := p.scope().Lookup(ref.Name); obj != nil && p.decls.Path(obj, from, false) != nil {
				return refusal{fmt.Sprintf("%s must not name %s, which depends on %s: the package's variables would be initialised in a cycle",
					a.Name, ref.Name, c.in), otherwise}
			}
		}
	}
	for _, step := range s.Steps {
		called, _ := step.Called()
		for _, f := range called {
			if f.Ref == nil && p.spelledCycle(f, from) {
				return refusal{fmt.Sprintf("%s must not call %s, which depends on %s: the package's variables would be initialised in a cycle",
					step.Aspect, f.Name, c.in), otherwise}
			}
		}
	}
	return refusal{}
}

// spelledCycle reports whether what the generated function spells depends on the declarations. Only
// that function refers to it, so there is no cycle without a variable in it.
func (p *packagePlanner) spelledCycle(f *plan.Callee, from map[types.Object]bool) bool {
	return slices.ContainsFunc(p.decls.Spelt(f.Name), func(obj types.Object) bool { return p.decls.Path(obj, from, true) != nil })
}
