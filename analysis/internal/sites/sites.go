package sites

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/frames"
	"github.com/instrumentgo/instrument/analysis/internal/initorder"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Planner plans the sites of packages, one package after the other.
type Planner struct {
	Placed []Placed        // the sites of all packages planned so far
	Frames *frames.Sources // what functions do with their frames

	program *source.Program
	rules   *ask.Rules
	sharing map[[2]string]sharedUse // by aspect and name
	held    map[heldExchange]string // names of the variables that hold exchanges

	// Of the package that is being planned.
	references []reference             // that weaving has added so far
	bodies     *initorder.Declarations // of bodiesOf
	bodiesOf   *source.Package
}

// New returns a planner of the program's packages under the rules.
func New(p *source.Program, rules *ask.Rules) *Planner {
	return &Planner{Frames: frames.Of(p), program: p, rules: rules, sharing: map[[2]string]sharedUse{}, held: map[heldExchange]string{}}
}

// Placed is a site with what it was made from.
type Placed struct {
	*plan.Site
	Object  *types.Func // or the interface's method, of a decorator's site
	Package *source.Package
	At      token.Position            // place of the function, or of the decorated interface
	Asked   map[string]token.Position // of the directives above the function, by name
	Body    bool                      // it has a body of the user's: it is no forwarding method of a decorator, and no call site
	Call    bool                      // it is a call site: Object is what it calls
	In      *types.Func               // the function that holds a call site, nil for the initialiser of a variable

	// Of a second call: who says that it makes something more, "" for nobody, and whether somebody
	// says that it does not.
	Mutating   string
	Repeatable bool
}

// Package adds the sites, decorators, skips and the state page of a package to its plan.
func (b *Planner) Package(pkg *source.Package, directives map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	p := &packagePlanner{Planner: b, pkg: pkg, directives: directives, names: names, out: out, effects: map[string]effect{}}
	b.references = nil
	p.statePage()
	addTelemetry := p.telemetry()
	functions := source.Functions(b.program, pkg)
	literals := literalPlanner{p}
	for _, f := range literals.join(functions) {
		if f.Literal != nil {
			literals.literal(f)
		} else {
			p.function(f)
		}
	}
	addTelemetry()
	p.idle(functions)
	p.decorators()
}

// packagePlanner plans the sites of one package.
type packagePlanner struct {
	*Planner
	pkg        *source.Package
	directives map[*ast.File]directive.Set
	names      *source.Names
	out        *plan.Package
	effects    map[string]effect // by the keys of functions: what is said of a second call
}

// function adds the function's site or skips to the package.
func (b *packagePlanner) function(f *source.Func) {
	d := b.directives[f.File]
	direct, off := b.rules.FromDirectives(f.Pkg, f.File, d.Funcs[f.Decl], true)
	broad, broadOff := b.broad(f)
	if off == nil && len(direct) == 0 {
		off = broadOff
	}
	rules, excluded := b.rules.Match(f), b.rules.Excluded(f)
	skip := func(rule, aspect, reason string) {
		b.out.Skips = append(b.out.Skips,
			plan.Skip{Func: f.Key, Pos: plan.PositionIn(f.Pos(), b.out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
	}
	b.mark(f, rules, excluded)
	switch {
	case off != nil:
		skip("off", "", strings.TrimSpace(off.Text))
		return
	case excluded != "":
		notExcluded(b.program.Findings, direct, excluded)
		if len(direct) > 0 || len(rules.Want) > 0 {
			skip("exclude", "", excluded)
		}
		return
	}
	want := append(append(rules.Want, broad...), direct...)
	if len(want) == 0 {
		return
	}
	underway.Do(b.program.Doing("plan", f.Pkg, f.Key, f.Decl.Pos(), underway.OffAbove), func() { b.place(f, want, skip) })
}

// notExcluded reports a directive on a function that an exclusion selects.
func notExcluded(findings *finding.List, direct []*ask.Want, excluded string) {
	if len(direct) > 0 {
		findings.Add(direct[0].Pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded),
			"directive must not be on a function that a rule file excludes")
	}
}

// place adds the function's site with what is wanted of it, or skips.
func (b *packagePlanner) place(f *source.Func, want []*ask.Want, skip func(rule, aspect, reason string)) {
	if want = weavable(f, want, skip); len(want) == 0 {
		if of := signature.Telemetered(f.Obj); of != "" && unwritable(f) == "" && !ast.IsGenerated(f.File) {
			b.quiet(f, of)
		}
		return
	}
	if site := b.site(f, b.rules.Merge(f, want), skip); site != nil {
		b.names.Set(site, b.names.Variable(f))
		b.out.Sites = append(b.out.Sites, site)
		asked := map[string]token.Position{}
		for _, d := range slices.Backward(own(b.directives, f)) {
			asked[d.Name] = b.program.Position(d.Pos)
		}
		b.Placed = append(b.Placed, Placed{Site: site, Object: f.Obj, Package: b.pkg, At: f.Pos(), Asked: asked, Body: true,
			Mutating: b.effects[f.Key].mutating(), Repeatable: b.effects[f.Key].repeatable})
	}
}

// weavable returns what of that which is wanted of a function can be woven at all. The rest is a
// finding or a skip.
func weavable(f *source.Func, want []*ask.Want, skip func(rule, aspect, reason string)) []*ask.Want {
	var left []*ask.Want
	never, reported := unweavable(f), map[[2]string]bool{}
	for _, w := range want {
		reason := cmp.Or(never, inGenerated(f, w))
		switch {
		case reason == "":
			left = append(left, w)
			continue
		case w.Demanded():
			remedy := "remove the directive"
			if w.From != "directive" {
				remedy = "narrow the rule"
			}
			f.Program.Findings.Add(w.Pos, remedy, "%s cannot be woven: %s", f.Key, reason)
		case !reported[[2]string{w.From, reason}]:
			skip(w.From, "", reason)
		}
		reported[[2]string{w.From, reason}] = true
	}
	return left
}
