package sites

import (
	"go/ast"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Packages returns the packages that the files' directives need besides those of all woven code:
// the one that installs OpenTelemetry's providers is a module of its own, which only programs that
// use it must require.
func Packages(files *source.Files) []string {
	var list []string
	for directive, path := range map[string]string{"//instrument:otel": plan.TelemetryPath, "//instrument:step": plan.WorkflowPath} {
		if files.Hold(directive) {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// telemetry reads the directive //instrument:otel on func main, and returns what adds it to the
// plan once the sites of the package are known.
func (b *packagePlanner) telemetry() (add func()) {
	add = func() {}
	b.onMain("otel", func(d directive.Directive, _ *ast.File, fn *ast.FuncDecl) {
		directive.NoArguments(d, b.program.Findings)
		if fn.Body == nil {
			b.program.Findings.At(d.Pos, "remove the directive", "func main must have a body to be given telemetry")
			return
		}
		add = func() {
			i := slices.IndexFunc(b.out.Sites, func(s *plan.Site) bool { return s.Func == "main" })
			if i < 0 {
				i = len(b.out.Sites)
				b.out.Sites = append(b.out.Sites, &plan.Site{
					Func: "main", Symbol: "main.main", Name: "main", Pos: plan.PositionIn(b.program.Position(fn.Pos()), b.out.ModuleDir),
					Shape: plan.Prologue, Entry: plan.EntryNone, Ctx: -1, Err: -1, Aspects: []plan.Aspect{},
				})
			}
			b.out.Sites[i].Setup = b.names.Fresh("instrumentTelemetry")
		}
	})
	return add
}
