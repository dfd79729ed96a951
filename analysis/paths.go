package analysis

import (
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"
	"time"
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

// checkPaths reports combinations of aspects that are wrong or wasteful.
func checkPaths(p *Program, plan *Plan, mutating map[funcID]string) {
	var list []*policed
	for _, pkg := range plan.Packages {
		list = append(list, p.policed(pkg)...)
	}
	for _, s := range list {
		p.checkRepeat(s, mutating)
		p.checkStreams(s)
		p.checkCacheKey(s)
	}
	p.checkNested(list)
}

// policed is a site with an aspect that decides whether and when its body runs.
type policed struct {
	*Site
	fn    *types.Func
	pkg   *checked
	pos   token.Position            // of the function, or of the decorated interface
	asked map[string]token.Position // of the directives above it, by aspect
	body  bool                      // has a body of the user's: it is no forwarding method of a decorator
}

// id names the function among all packages.
func (s *policed) id() funcID { return idOf(s.fn) }

// policies are the aspects that are checked here.
var policies = []string{"retry", "hedge", "timeout", "cache"}

// policed returns the package's sites with such an aspect, in the order of the plan.
func (p *Program) policed(pkg *Package) []*policed {
	var list []*policed
	for _, s := range pkg.Sites {
		if decides(s) {
			list = append(list, &policed{Site: s, body: true})
		}
	}
	for _, d := range pkg.Decorators {
		for _, m := range d.Methods {
			if m.Site != nil && decides(m.Site) {
				list = append(list, &policed{Site: m.Site})
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	listed := p.graph.listed[pkg.Path]
	checked, err := p.types.packageOf(listed)
	if err != nil || checked.types == nil {
		return nil // planning it has said so
	}
	functions := map[string]*function{}
	for _, f := range functionsOf(p, checked) {
		functions[f.key] = f
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

func decides(s *Site) bool {
	for _, name := range policies {
		if _, ok := s.aspect(name); ok {
			return true
		}
	}
	return false
}

// locate finds the function, and the directives above it.
func (s *policed) locate(f *function) {
	if f == nil {
		return
	}
	s.fn, s.asked = f.obj, map[string]token.Position{}
	if f.decl.Doc == nil {
		return
	}
	for _, c := range f.decl.Doc.List {
		if rest, ok := strings.CutPrefix(c.Text, "//instrument:"); ok {
			if name, _, _ := strings.Cut(rest, " "); s.asked[name].Line == 0 {
				s.asked[name] = f.p.position(c.Pos())
			}
		}
	}
}

// decoratedMethod returns the interface's method that a decorator's site forwards to.
func decoratedMethod(pkg *checked, decorators []Decorator, s *Site) *types.Func {
	for _, d := range decorators {
		for _, m := range d.Methods {
			if obj := pkg.declared(d.Interface); m.Site == s && obj != nil {
				method, _, _ := types.LookupFieldOrMethod(obj.Type(), false, pkg.types, m.Name)
				fn, _ := method.(*types.Func)
				return fn
			}
		}
	}
	return nil
}

// at is where a finding about an aspect of the site stands: the directive above the function that asks for it, else the
// function.
func (s *policed) at(aspect string) token.Position {
	if pos, ok := s.asked[aspect]; ok {
		return pos
	}
	a, _ := s.aspect(aspect)
	if pos, ok := s.asked["use"]; ok && a.From == "directive" {
		return pos
	}
	return s.pos
}

// of names an aspect of the site: "retry of Place", and the rule that it is from.
func (s *policed) of(aspect string) string {
	a, _ := s.aspect(aspect)
	name := aspect + " of " + s.shown()
	if a.From != "directive" {
		name += " (rule " + strconv.Quote(a.From) + ")"
	}
	return name
}

// shown names the function in a finding; a decorator's method goes by its interface.
func (s *policed) shown() string {
	if s.body {
		return s.Func
	}
	return s.Name
}

// aspect returns the site's aspect of that name.
func (s *Site) aspect(name string) (Aspect, bool) {
	for _, a := range s.Aspects {
		if a.Name == name && a.Advice == nil {
			return a, true
		}
	}
	return Aspect{}, false
}

// values returns what is given for an option: its values, or its default.
func (a Aspect) values(option string) []Option {
	var list []Option
	for _, o := range a.Options {
		if o.Name == option {
			list = append(list, o)
		}
	}
	return list
}

// attempts returns how often the site's retry runs the body at most; 1 for a site without retry.
func (s *Site) attempts() int {
	a, _ := s.aspect("retry")
	for _, o := range a.values("attempts") {
		n, _ := strconv.Atoi(o.Value)
		return n
	}
	return 1
}

// after returns the site's timeout, 0 without one.
func (s *Site) after() time.Duration {
	a, _ := s.aspect("timeout")
	for _, o := range a.values("after") {
		d, _ := time.ParseDuration(o.Value)
		return d
	}
	return 0
}
