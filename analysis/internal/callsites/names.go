package callsites

import (
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// calleeName names a function with its import path: "net/http.(*Client).Do".
func calleeName(f *types.Func) string { return f.Pkg().Path() + "." + signature.Key(f) }

// ownerName is the name of a method's type, or of a function's package.
func ownerName(f *types.Func) string {
	if recv := signature.Receiver(f); recv != nil {
		return recv.Name()
	}
	return f.Pkg().Name()
}

// spanName is "Type.Method" or "pkg.Func", after "go " for what a go statement starts. Where that is
// no declared function, it has the name of the one with the statement.
func (p *packagePlanner) spanName(c *call) string {
	name := ""
	switch in := p.functionOf(c); {
	case c.callee != nil:
		name = ownerName(c.callee.Obj) + "." + c.callee.Obj.Name()
	case in != nil:
		name = in.SpanName() + "." + c.what
	default:
		name = p.pkg.Listed.Name + "." + strings.TrimPrefix(c.in, "var ") + "." + c.what
	}
	if c.stmt != nil {
		name = "go " + name
	}
	return name
}

// variableName makes "ServicePlace" of "(*Service).Place", and "Db" of "var db".
func variableName(in string) string {
	name := ""
	for part := range strings.SplitSeq(strings.TrimPrefix(in, "var "), ".") {
		name += plan.UpperFirst(strings.Trim(part, "(*)_"))
	}
	return name
}
