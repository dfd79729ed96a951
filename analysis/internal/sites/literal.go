package sites

import (
	"cmp"
	"go/ast"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/literals"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Function literals are join points where they are handlers, which most routers are given.

// isMiddleware is why a literal is left alone that hands its request on.
const isMiddleware = "it must not be middleware: it uses a handler that a function around it is given, and what a rule asks for one handler " +
	"would hold for all behind it"

// literalPlanner plans the literals of one package.
type literalPlanner struct{ *packagePlanner }

// join returns the functions of the package and its literals that rules or directives may select,
// in the order of the source. Bodies are type-checked only in packages in which one may be.
func (b literalPlanner) join(functions []*source.Func) []*source.Func {
	directed := map[*ast.FuncLit][]directive.Directive{}
	for _, file := range b.pkg.Files {
		maps.Copy(directed, b.directives[file].Literals)
	}
	if len(directed) == 0 && !b.rules.MayMatchLiteral(b.pkg.Listed) {
		return functions
	}
	all := slices.Clone(functions)
	for _, f := range literals.Find(b.program, b.pkg, b.rules.Entries.Handles) {
		all = append(all, f)
		delete(directed, f.Literal.Node)
	}
	for _, list := range directed {
		for _, d := range list {
			directive.Detached(d, b.program.Findings)
		}
	}
	place := func(f *source.Func) int { return slices.Index(b.pkg.Files, f.File) }
	slices.SortStableFunc(all, func(x, y *source.Func) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Decl.Pos(), y.Decl.Pos()))
	})
	return all
}

// own returns the directives on a function or literal itself.
func own(sets map[*ast.File]directive.Set, f *source.Func) []directive.Directive {
	if f.Literal != nil {
		return sets[f.File].Literals[f.Literal.Node]
	}
	return sets[f.File].Funcs[f.Decl]
}

// literal adds the site or skips of a function literal to the package. Directives on it say what is
// meant for it alone; all else comes from rules for handlers.
func (b literalPlanner) literal(f *source.Func) {
	direct, off := b.rules.FromDirectives(f.Pkg, f.File, own(b.directives, f), true)
	rules, excluded := b.rules.MatchLiteral(f).Want, b.rules.Excluded(f)
	if len(rules)+len(direct) == 0 {
		return
	}
	skip := func(rule, aspect, reason string) {
		b.out.Skips = append(b.out.Skips,
			plan.Skip{Func: f.Key, Pos: plan.PositionIn(f.Pos(), b.out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
	}
	around := b.off(f, f.Declared())
	switch {
	case off != nil:
		skip("off", "", strings.TrimSpace(off.Text))
		return
	case around != "" && len(direct) == 0:
		skip("off", "", around)
		return
	case excluded != "":
		notExcluded(b.program.Findings, direct, excluded)
		skip("exclude", "", excluded)
		return
	}
	if f.Literal.Passes {
		for _, rule := range rulesOf(rules) {
			skip(rule, "", isMiddleware)
		}
		rules = nil
	}
	if want := append(rules, direct...); len(want) > 0 {
		underway.Do(b.program.Doing("plan", f.Pkg, f.Key, f.Decl.Pos(), underway.OffAbove), func() { b.place(f, want, skip) })
	}
}

// off returns the reason of the //instrument:off that covers a literal, or "".
func (b literalPlanner) off(f, holder *source.Func) string {
	if holder == nil {
		return directive.Off(b.directives, f.File, nil)
	}
	return directive.Off(b.directives, f.File, holder.Decl)
}

// rulesOf returns the names of the rules that want something, each once.
func rulesOf(want []*ask.Want) []string {
	var names []string
	for _, w := range want {
		if !slices.Contains(names, w.From) {
			names = append(names, w.From)
		}
	}
	return names
}
