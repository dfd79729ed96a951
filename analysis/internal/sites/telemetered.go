package sites

import (
	"go/ast"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// quiet adds what a method that telemetry calls gets instead of aspects: sites are pass-throughs
// for what it calls, if it calls anything.
func (b *packagePlanner) quiet(f *source.Func, of string) {
	calls := false
	ast.Inspect(f.Decl.Body, func(n ast.Node) bool {
		_, is := n.(*ast.CallExpr)
		calls = calls || is
		return !calls
	})
	if !calls {
		return
	}
	s := b.bare(f)
	s.Entry, s.Ctx, s.Err, s.Aspects = plan.EntryNone, -1, -1, []plan.Aspect{}
	s.Setup, s.Quiet = b.names.Variable(f), true
	s.Notes = []string{"what it calls records nothing, because telemetry calls it as a " + of}
	b.out.Sites = append(b.out.Sites, s)
}
