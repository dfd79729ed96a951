package callsites

import (
	"fmt"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// refusal says why a call cannot become a call of a function that is generated, and what to do. The
// zero one refuses nothing.
type refusal struct{ reason, remedy string }

func (r refusal) any() bool { return r.reason != "" }

const (
	narrow      = "narrow the rule, or exclude the call"
	seesNothing = " may call recover, which would see nothing from inside another function"
)

// unknown is for calls in source that does not type-check, which the compiler reports.
var unknown = refusal{"it must type-check", "see what the compiler reports"}

// refuses refuses calls that would mean something else. What their types stand in the way of is
// found later.
func (p *packagePlanner) refuses(c *call, match ask.CallMatch) refusal {
	if r := p.refusesAny(c); r.any() {
		return r
	}
	fn := c.callee.Obj
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return refusesDynamic(c, match)
	}
	target := source.IDOf(fn)
	if r := match.Replace; r != nil {
		target = source.IDOf(r.Func)
	}
	s := p.sites.Frames.Package(target.Path)
	if c.how == deferred && s.Recovers(target.Key) {
		return refusal{"it must not be deferred: " + named(target) + seesNothing, narrow}
	}
	if why := s.LooksAtCaller(target); why != "" {
		return refusal{named(target) + " must not look at its caller, which would be the generated function: " + why, narrow}
	}
	if pragma := s.Pragma(target.Key); pragma != "" {
		return refusal{fmt.Sprintf("%s must not have the pragma %s, which holds only where it is called itself", named(target), pragma), narrow}
	}
	return refusal{}
}

// refusesAny is refuses for whatever becomes a call of a generated function.
func (p *packagePlanner) refusesAny(c *call) refusal {
	if p.pkg.Listed.Module == nil {
		return refusal{"it must not be in the standard library, which cannot import the module", narrow}
	}
	if cycle := p.sites.HooksCycle(p.pkg.Listed.PkgPath); cycle != "" {
		return refusal{cycle, narrow}
	}
	if in := p.functionOf(c); in != nil {
		if reason := sites.ForbidsMore(in); reason != "" {
			return refusal{"the function that makes it must not have the " + reason, narrow}
		}
	}
	return refusal{}
}

// refusesDynamic is refuses for a method of an interface, whose body only a run shows.
func refusesDynamic(c *call, match ask.CallMatch) refusal {
	const literal = "put it into a function literal"
	switch {
	case c.how == deferred && match.Replace == nil:
		return refusal{"it must not be deferred: what implements the interface" + seesNothing, literal + ", if nothing that it calls recovers"}
	case c.how == deferred:
		return refusal{"it must not be deferred: if the interface is nil, it would panic later", literal}
	case c.how == spawned:
		return refusal{"it must not be started by a go statement: if the interface is nil, it would panic where nothing here recovers it",
			literal}
	}
	return refusal{}
}

func named(id source.FuncID) string { return id.Path + "." + id.Key }
