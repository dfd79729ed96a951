package callsites

import (
	"github.com/instrumentgo/instrument/analysis/internal/ask"
)

// calleeSource is what the sources of a package say of its functions.
type calleeSource struct{}

// refuses returns the reason why a call cannot be woven, or "".
func (p *packagePlanner) refuses(c *call, match ask.CallMatch) string {
	listed := p.pkg.Listed
	if listed.Module == nil {
		return "it must not be in the standard library, which cannot import the module"
	}
	return p.sites.HooksCycle(listed.PkgPath)
}

func (p *packagePlanner) values()        {}
