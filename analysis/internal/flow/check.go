package flow

import (
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file and its neighbours paths_*.go find what is wrong with the aspects of a whole plan, when each site alone is right:
//
//	paths_effects.go  retry of what must not happen twice, and of what cannot be read twice
//	paths_cache.go    a cache below authz that does not tell callers apart
//	paths_nested.go   retries and timeouts inside one another, on a path of calls
//	paths_calls.go    the calls that such a path is made of; paths_callers.go, who calls a function at all;
//	                  paths_bind.go, what a call through an interface gets to
//
// All are findings, and so stop the build. They are reported only where every run of the code would be wrong or wasteful, as
// far as the source tells; what it does not tell is let pass.

// Check reports combinations of aspects that are wrong or wasteful.
func Check(p *source.Program, plan *plan.Plan, mutating map[source.FuncID]string) {
	var list []*subject
	for _, pkg := range plan.Packages {
		list = append(list, policed(p, pkg)...)
	}
	for _, s := range list {
		checkRepeat(p, s, mutating)
		checkStreams(p, s)
		checkCacheKey(p, s)
	}
	checkNested(p, list)
}

// subject is a site with an aspect that decides whether and when its body runs.
type subject struct {
	*plan.Site
	fn    *types.Func
	pkg   *source.Package
	pos   token.Position            // of the function, or of the decorated interface
	asked map[string]token.Position // of the directives above it, by aspect
	body  bool                      // has a body of the user's: it is no forwarding method of a decorator
}

// id names the function among all packages.
func (s *subject) id() source.FuncID { return source.IDOf(s.fn) }

// policies are the aspects that are checked here.
var policies = []string{"retry", "hedge", "timeout", "cache"}

// policed returns the package's sites with such an aspect, in the order of the plan.
func policed(p *source.Program, pkg *plan.Package) []*subject {
	var list []*subject
	for _, s := range pkg.Sites {
		if decides(s) {
			list = append(list, &subject{Site: s, body: true})
		}
	}
	for _, d := range pkg.Decorators {
		for _, m := range d.Methods {
			if m.Site != nil && decides(m.Site) {
				list = append(list, &subject{Site: m.Site})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	listed := p.Graph.Listed[pkg.Path]
	checked, err := p.Types.Foreign(listed)
	if err != nil || checked.Types == nil {
		return nil // planning it has said so
	}
	functions := map[string]*source.Func{}
	for _, f := range source.Functions(p, checked) {
		functions[f.Key] = f
	}
	known := list[:0]
	for _, s := range list {
		s.pkg, s.pos = checked, token.Position{Filename: filepath.Join(pkg.ModuleDir, filepath.FromSlash(s.Pos.File)), Line: s.Pos.Line, Column: s.Pos.Column}
		if s.body {
			s.locate(functions[s.Func])
		} else {
			s.fn = decoratedMethod(checked, pkg.Decorators, s.Site)
		}
		if s.fn != nil {
			known = append(known, s)
		}
	}
	return known
}

func decides(s *plan.Site) bool {
	for _, name := range policies {
		if _, ok := s.Aspect(name); ok {
			return true
		}
	}
	return false
}

// locate finds the function, and the directives above it.
func (s *subject) locate(f *source.Func) {
	if f == nil {
		return
	}
	s.fn, s.asked = f.Obj, map[string]token.Position{}
	for _, d := range directive.In(f.Decl.Doc) {
		if _, given := s.asked[d.Name]; !given {
			s.asked[d.Name] = f.Program.Position(d.Pos)
		}
	}
}

// decoratedMethod returns the interface's method that a decorator's site forwards to.
func decoratedMethod(pkg *source.Package, decorators []plan.Decorator, s *plan.Site) *types.Func {
	for _, d := range decorators {
		for _, m := range d.Methods {
			if obj := pkg.Declared(d.Interface); m.Site == s && obj != nil {
				method, _, _ := types.LookupFieldOrMethod(obj.Type(), false, pkg.Types, m.Name)
				fn, _ := method.(*types.Func)
				return fn
			}
		}
	}
	return nil
}

// at is where a finding about an aspect of the site stands: the directive above the function that asks for it, else the
// function.
func (s *subject) at(aspect string) token.Position {
	if pos, ok := s.asked[aspect]; ok {
		return pos
	}
	a, _ := s.Aspect(aspect)
	if pos, ok := s.asked["use"]; ok && a.From == "directive" {
		return pos
	}
	return s.pos
}

// of names an aspect of the site: "retry of Place", and the rule that it is from.
func (s *subject) of(aspect string) string {
	a, _ := s.Aspect(aspect)
	name := aspect + " of " + s.shown()
	if a.From != "directive" {
		name += " (rule " + strconv.Quote(a.From) + ")"
	}
	return name
}

// shown names the function in a finding; a decorator's method goes by its interface.
func (s *subject) shown() string {
	if s.body {
		return s.Func
	}
	return s.Name
}
