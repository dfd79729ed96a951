package sites

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Planner plans the sites of packages, one package after the other.
type Planner struct {
	program  *source.Program
	rules    *ask.Rules
	sharing  map[[2]string]sharedUse  // by aspect and name
	Mutating map[source.FuncID]string // by the keys of sites, functions of which each call makes something: who says so
}

func New(p *source.Program, rules *ask.Rules) *Planner {
	return &Planner{program: p, rules: rules, sharing: map[[2]string]sharedUse{}, Mutating: map[source.FuncID]string{}}
}

// plan adds the sites, decorators and skips of a package.
func (b *Planner) Package(pkg *source.Package, byFile map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	functions := source.Functions(b.program, pkg)
	for _, f := range functions {
		b.function(f, byFile, names, out)
	}
	b.idle(pkg, functions, byFile)
	b.decorators(pkg, byFile, names, out)
}

// function adds the function's site or skips to the package.
func (b *Planner) function(f *source.Func, byFile map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	d := byFile[f.File]
	direct, off := b.rules.FromDirectives(f.Pkg, f.File, d.Funcs[f.Decl], true)
	broad, broadOff := b.broad(f, byFile)
	if off == nil && len(direct) == 0 {
		off = broadOff
	}
	rules, excluded := b.rules.Match(f), b.rules.Excluded(f)
	skip := func(rule, aspect, reason string) {
		out.Skips = append(out.Skips, plan.Skip{Func: f.Key, Pos: plan.PositionIn(f.Pos(), out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
	}
	b.mark(f, byFile, rules.Mutating, excluded)
	switch {
	case off != nil:
		skip("off", "", strings.TrimSpace(off.Text))
		return
	case excluded != "":
		if len(direct) > 0 {
			b.program.Findings.Add(direct[0].Pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded), "directive must not be on a function that a rule file excludes")
		}
		if len(direct) > 0 || len(rules.Want) > 0 {
			skip("exclude", "", excluded)
		}
		return
	}
	want := append(append(rules.Want, broad...), direct...)
	if len(want) == 0 {
		return
	}
	if reason := unweavable(f); reason != "" {
		reported := map[string]bool{}
		for _, w := range want {
			if w.Demanded() {
				remedy := "remove the directive"
				if w.From != "directive" {
					remedy = "narrow the rule"
				}
				b.program.Findings.Add(w.Pos, remedy, "%s cannot be woven: %s", f.Key, reason)
			} else if !reported[w.From] {
				skip(w.From, "", reason)
			}
			reported[w.From] = true
		}
		return
	}
	if site := b.site(f, b.rules.Merge(f, want), skip, out); site != nil {
		names.Set(site, names.Variable(f))
		out.Sites = append(out.Sites, site)
	}
}
