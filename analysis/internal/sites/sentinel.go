package sites

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// statusPath is the package whose errors match only equal ones: errors.Is compares code, message
// and details.
const statusPath = "google.golang.org/grpc/status"

// equalOnly returns a remark for each error that an option names and that is a gRPC status. Whoever
// names one most likely means all errors of its code.
func equalOnly(f *source.Func, w *ask.Want, def *aspects.Definition) (notes []string) {
	for _, o := range def.Options {
		if o.Kind != aspects.Sentinel {
			continue
		}
		for _, v := range w.Options[o.Name] {
			if v.Ref != nil && isStatus(f.Program, v.Ref) {
				notes = append(notes, fmt.Sprintf("%s's %s=%s matches only statuses with the same code, message and details: "+
					"a function, as in if= and unless=, can compare codes alone", w.Name, o.Name, v.Text))
			}
		}
	}
	return notes
}

// isStatus reports whether a variable of the main modules is declared with a status for its value.
func isStatus(p *source.Program, ref *plan.Ref) bool {
	listed := p.Graph.Listed[ref.Path]
	if listed == nil || !p.Graph.IsOwn(listed) {
		return false
	}
	pkg := p.Types.Check(listed)
	return slices.ContainsFunc(pkg.Files, func(file *ast.File) bool {
		value := source.DeclaredValue(file, func(id *ast.Ident) bool { return id.Name == ref.Name })
		return value != nil && makesStatus(pkg, value)
	})
}

// makesStatus reports whether an expression is a call of a function of statusPath, or of a method
// of what one returns, such as status.New(…).Err().
func makesStatus(pkg *source.Package, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident: // after a dot import
		obj := pkg.Info.Uses[fun]
		return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == statusPath
	case *ast.SelectorExpr:
		if obj := pkg.Info.Uses[fun.Sel]; obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == statusPath {
			return true
		}
		return makesStatus(pkg, fun.X)
	}
	return false
}
