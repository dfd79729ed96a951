package callsites

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/initorder"
	"github.com/instrumentgo/instrument/analysis/internal/operand"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Planner plans the call sites of packages, one package after the other.
type Planner struct {
	program *source.Program
	rules   *ask.Rules
	sites   *sites.Planner
}

// New returns a planner of the program's packages under the rules. The sites of calls are resolved
// as those of functions are.
func New(p *source.Program, rules *ask.Rules, s *sites.Planner) *Planner {
	return &Planner{program: p, rules: rules, sites: s}
}

// Package adds the call sites of a package, and their skips, to its plan.
func (b *Planner) Package(pkg *source.Package, directives map[*ast.File]directive.Set, names *source.Names, out *plan.Package) {
	decls := b.sites.Declarations(pkg)
	p := &packagePlanner{
		Planner: b, pkg: pkg, info: decls.Info, checked: decls.Types, directives: directives, names: names, out: out,
		funcs: map[string]*plan.CallFunc{}, spawned: map[*ast.CallExpr]bool{}, decls: decls,
	}
	gos{p}.goroutines()
	found := p.find()
	p.number(found)
	for _, c := range found {
		underway.Do(b.program.Doing("plan", pkg, c.key, c.node.Pos(), underway.OffAbove), func() { p.call(c) })
	}
	p.values()
	p.count()
	p.unusedImports()
}

// packagePlanner plans the call sites of one package.
type packagePlanner struct {
	*Planner
	pkg        *source.Package
	info       *types.Info // of bodies
	checked    *types.Package
	directives map[*ast.File]directive.Set
	names      *source.Names
	out        *plan.Package
	funcs      map[string]*plan.CallFunc // by what they are made of
	woven      []*call                   // that become calls of functions
	planned    []*call                   // all that have a call site
	decls      *initorder.Declarations
	spawned    map[*ast.CallExpr]bool // by go statements that have one
}

// call adds a call site, or skips.
func (p *packagePlanner) call(c *call) {
	match := p.rules.MatchCall(c.callee)
	if !match.Any() {
		return
	}
	pos := plan.PositionIn(p.program.Position(c.node.Pos()), p.out.ModuleDir)
	skip := func(rule, aspect, reason string) {
		p.out.Skips = append(p.out.Skips, plan.Skip{Func: c.key, Pos: pos, Rule: rule, Aspect: aspect, Reason: reason})
	}
	if off := directive.Off(p.directives, c.file, c.decl); off != "" {
		skip("off", "", off)
		return
	}
	if match.Exclude != "" {
		skip("exclude", "", match.Exclude)
		return
	}
	if p.spawned[c.node] {
		p.refuse(p.program.Position(c.node.Pos()), c.key, match, skip,
			refusal{"it must not be started by a go statement that is woven itself", "exclude the go statements of its package, or narrow the rule"})
		return
	}
	c.site = &plan.CallSite{In: c.in, Key: c.key, Callee: calleeName(c.callee.Obj), Pos: pos, Name: c.name, Index: c.index}
	if len(match.Want) == 0 && !match.Changed() {
		p.keep(c, match, skip)
		return
	}
	if v := match.Variant; v != nil {
		skip(v.Rule, "", "it must not become a call of another function, as other rules want")
		match.Variant = nil
	}
	made, r := p.make(c, match)
	if r.any() {
		p.refuse(p.program.Position(c.node.Pos()), c.key, match, skip, r)
		return
	}
	c.site.Method, c.site.Prefix, c.site.Path, c.site.Types = made.method, made.prefix, made.path, made.types
	if match.Replace != nil {
		c.site.Replace = match.Replace.Rule
	}
	if match.Options != nil {
		c.site.Options = match.Options.Rule
	}
	if len(match.Want) > 0 {
		f := sites.Forwarding(p.program, p.pkg, c.file, made.fn, signature.Qualified(c.callee.Obj))
		c.site.Site = p.sites.Forward(f, match.Want, p.names, p.out, skip)
		if c.site.Site == nil && !match.Changed() {
			return
		}
		if r := p.cycle(c); r.any() {
			p.refuse(p.program.Position(c.node.Pos()), c.key, match, skip, r)
			return
		}
	}
	p.add(c, made)
	if c.site.Site != nil {
		var in *types.Func
		if f := p.functionOf(c); f != nil {
			in = f.Obj
		}
		p.sites.Called(c.site.Site, c.callee.Obj, in, p.pkg, p.program.Position(c.node.Pos()), match.Match)
	}
}

// keep adds a call site that stays where it is.
func (p *packagePlanner) keep(c *call, match ask.CallMatch, skip func(rule, aspect, reason string)) {
	in, r := scopes{p}.inPlace(c, match.Variant)
	if r.any() {
		skip(match.Variant.Rule, "", r.reason)
		return
	}
	c.site.InPlace, c.site.Replace = in, match.Variant.Rule
	p.out.Calls = append(p.out.Calls, c.site)
	p.planned = append(p.planned, c)
}

// refuse records that a call cannot be woven. An aspect that must not be left out silently is a
// finding.
func (p *packagePlanner) refuse(pos token.Position, key string, match ask.CallMatch, skip func(rule, aspect, reason string), r refusal) {
	reported := map[string]bool{}
	for _, w := range match.Want {
		if w.Demanded() {
			p.program.Findings.Add(pos, r.remedy, "%s cannot be woven: %s", key, r.reason)
		} else if !reported[w.From] {
			skip(w.From, "", r.reason)
		}
		reported[w.From] = true
	}
	for _, by := range []*ask.Replacement{match.Replace, match.Variant, match.Options} {
		if by != nil && !reported[by.Rule] {
			skip(by.Rule, "", r.reason)
			reported[by.Rule] = true
		}
	}
}

// add adds a planned call site, and the function that it becomes a call of.
func (p *packagePlanner) add(c *call, made *made) {
	s := c.site.Site
	if s != nil {
		s.Func, s.Name = c.key, p.spanName(c)
		s.Symbol = p.symbol(c)
		s.Pos = c.site.Pos
		s.Var = p.names.Fresh("instrument" + variableName(c.in) + plan.UpperFirst(c.name))
		s.Starter = made.starter
		shift(s, 1+made.extra())
	}
	key := made.key + "\n" + bodyKey(s)
	fn := p.funcs[key]
	if fn == nil {
		fn = made.function(p)
		fn.Name = p.names.Fresh("instrument" + made.stem)
		if s != nil {
			body := bodyOf(s)
			body.Func, body.Var, body.Passed = fn.Name, made.site, true
			for i := range body.Steps {
				called, suffixes := body.Steps[i].Called()
				for j, f := range called {
					if f.Ref != nil {
						f.Name = p.names.Fresh(fn.Name + suffixes[j])
					}
				}
			}
			fn.Site = &body
		}
		p.funcs[key] = fn
		p.out.CallFuncs = append(p.out.CallFuncs, fn)
	}
	if s != nil {
		s.Steps = fn.Site.Steps
	}
	c.site.Through = fn.Name
	p.out.Calls = append(p.out.Calls, c.site)
	p.planned = append(p.planned, c)
	if made.value == "" {
		p.woven = append(p.woven, c)
	}
}

// shift counts parameters as the function does that has so many before them: the site, and what a
// go statement adds.
func shift(s *plan.Site, n int) {
	if s.Ctx >= 0 {
		s.Ctx += n
	}
	if s.Exchange != nil && s.Exchange.Request >= 0 {
		s.Exchange.Request++
	}
	for i := range s.Steps {
		if f := s.Steps[i].Func; f != nil {
			for j := range f.Args {
				f.Args[j] += n
			}
		}
	}
}

// bodyKey identifies how a body is woven: calls with the same key share a function.
func bodyKey(s *plan.Site) string {
	if s == nil {
		return ""
	}
	text, err := json.Marshal(bodyOf(s))
	if err != nil {
		panic(fmt.Sprintf("marshal site %s: %v", s.Func, err))
	}
	return string(text)
}

// bodyOf returns what a site says of its body's text alone.
func bodyOf(s *plan.Site) plan.Site {
	body := *s
	body.Func, body.Symbol, body.Pos, body.Var, body.Name = "", "", plan.Position{}, "", ""
	body.Aspects, body.Stacks, body.Notes = []plan.Aspect{}, nil, nil
	return body
}

// scope is the package's.
func (p *packagePlanner) scope() *types.Scope { return p.checked.Scope() }

// usable reports whether the package of the calls can refer to a replacement.
func (p *packagePlanner) usable(ref plan.Ref) error {
	return operand.Usable(&source.Func{Program: p.program, Pkg: p.pkg}, &ref)
}
