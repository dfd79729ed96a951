package ask

import (
	"go/ast"
	"go/types"
	"maps"
	"regexp"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Selectors of calls judge a [source.Func] that has the callee as its object, and the package of
// the call as its package.

// callees is what aspects.Calls and aspects.CallsTaking select.
type callees struct {
	match  func(*source.Func) bool      // in whatever package the call is
	may    func(*packages.Package) bool // whether the package mentions one of them
	named  []namedCallee
	taking []signature.OptionType // of aspects.CallsTaking

}

// namedCallee is one function or method, as a rule file names it.
type namedCallee struct {
	expr ast.Expr
	fn   *types.Func
	typ  types.Type // of the expression: the receiver is the first parameter
}

// names reports whether one of them is the function.
func (c *callees) names(fn *types.Func) bool {
	id := source.IDOf(fn)
	return slices.ContainsFunc(c.named, func(n namedCallee) bool { return source.IDOf(n.fn) == id }) ||
		slices.ContainsFunc(c.taking, func(t signature.OptionType) bool { return t.TakenBy(fn) })
}

// callsOf reads a call of aspects.Calls.
func (r selectorReader) callsOf(call *ast.CallExpr) (selector, bool) {
	c := &callees{}
	ok := r.some(call, "Calls", "a function")
	for _, arg := range call.Args {
		f, isFunc := r.Object(arg).(*types.Func)
		if !isFunc {
			r.Errorf(arg, "builtins and conversions are never woven, and a call of a variable may call anything",
				"argument of aspects.Calls must name a declared function or, as in (*T).Method, a method")
			ok = false
			continue
		}
		if sel, selects := ast.Unparen(arg).(*ast.SelectorExpr); selects && f.Signature().Recv() != nil && !r.Pkg.Info.Types[sel.X].IsType() {
			r.Errorf(arg, "as in (*http.Client).Do", "argument of aspects.Calls must name method %s by its type, not by a value", f.Name())
			ok = false
			continue
		}
		f = f.Origin()
		if f.Pkg() == nil || f.Signature().Recv() != nil && signature.Receiver(f) == nil { // error.Error, or a method of a literal
			r.Errorf(arg, "remove it", "method %s must be one of a type that a package declares", f.Name())
			ok = false
			continue
		}
		c.named = append(c.named, namedCallee{arg, f, r.Pkg.Info.Types[arg].Type})
	}
	c.match = func(f *source.Func) bool { return c.names(f.Obj) }
	c.may = func(pkg *packages.Package) bool {
		return slices.ContainsFunc(c.named, func(n namedCallee) bool { return r.Program.MayCall(pkg, n.fn) })
	}
	return r.own(c), ok
}

// own selects calls in the main modules.
func (r selectorReader) own(c *callees) selector {
	return selector{
		match: func(f *source.Func) bool { return r.Program.Graph.IsOwn(f.Pkg.Listed) && c.match(f) },
		may:   func(pkg *packages.Package) bool { return r.Program.Graph.IsOwn(pkg) && c.may(pkg) },
		calls: c,
	}
}

// dependencies reads a call of Selector.Dependencies.
func (r selectorReader) dependencies(inner selector, call *ast.CallExpr) (selector, bool) {
	if inner.calls == nil {
		r.Errorf(call, "remove it", "Selector.Dependencies must be of calls that aspects.Calls selects")
		return selector{}, false
	}
	dependency := func(re *regexp.Regexp) bool {
		for path, pkg := range r.Program.Graph.Listed {
			if r.Program.Graph.IsDependency(pkg) && re.MatchString(path) {
				return true
			}
		}
		return false
	}
	inside, ok := r.patterns(call, "Selector.Dependencies", "write an import path such as example.com/sdk/...", "a package of a dependency", dependency)
	if !ok {
		return selector{}, false
	}
	far := func(pkg *packages.Package) bool { return r.Program.Graph.IsDependency(pkg) && inside(pkg.PkgPath) }
	return selector{
		match: func(f *source.Func) bool { return inner.match(f) || far(f.Pkg.Listed) && inner.calls.match(f) },
		may:   func(pkg *packages.Package) bool { return inner.may(pkg) || far(pkg) && inner.calls.may(pkg) },
		calls: inner.calls, generated: inner.generated,
	}, true
}

// combinedCalls returns what all parts of a combination name, nil where they select functions. It
// returns false if they select calls and functions.
func (r selectorReader) combinedCalls(call *ast.CallExpr, parts []selector, all bool) (*callees, bool) {
	n := 0
	c := &callees{}
	for _, part := range parts {
		if part.gos != parts[0].gos {
			r.Errorf(call, "give the go statements a rule of their own", "selectors of go statements must not be combined with others")
			return nil, false
		}
		if part.calls != nil {
			n++
			c.named = append(c.named, part.calls.named...)
			c.taking = append(c.taking, part.calls.taking...)
		}
	}
	switch {
	case n == 0:
		return nil, true
	case n < len(parts):
		r.Errorf(call, "give the calls a rule of their own", "selectors of functions and of calls must not be combined")
		return nil, false
	}
	c.match = func(f *source.Func) bool {
		// All match if none does not; one matches if not none does.
		return slices.ContainsFunc(parts, func(s selector) bool { return s.calls.match(f) != all }) != all
	}
	c.may = func(pkg *packages.Package) bool {
		return slices.ContainsFunc(parts, func(s selector) bool { return s.calls.may(pkg) })
	}
	return c, true
}

// CallMatch is what the rules that select a call ask for it.
type CallMatch struct {
	Match
	Replace *Replacement // nil for none
	Variant *Replacement // to be called in place, with a context; nil for none
	Options *Replacement // that its options are given to; nil for none
	Exclude string       // reason of the first exclusion that selects it, "" for none
}

// Any reports whether the rules ask for anything.
func (m *CallMatch) Any() bool { return len(m.Want) > 0 || m.Changed() || m.Variant != nil }

// Changed reports whether a function that is generated makes another call than the one that was
// written.
func (m *CallMatch) Changed() bool { return m.Replace != nil || m.Options != nil }

// MatchCall returns what the rules ask for a call: f has the callee as its object, and the package
// of the call. A call of what a rule replaces, in the package of the replacement, is never
// selected.
func (rs *Rules) MatchCall(f *source.Func) CallMatch {
	var m CallMatch
	for _, r := range rs.rules {
		for _, by := range []*Replacement{r.replace, r.options} {
			if by != nil && by.Path == f.Pkg.Listed.PkgPath && r.selector.calls.match(f) {
				return m
			}
		}
	}
	for _, r := range rs.rules {
		if r.selector.calls == nil || !r.selector.generated && ast.IsGenerated(f.File) || !r.match(f) {
			continue
		}
		m.add(rs, r)
		rs.agree(&m.Replace, r.replace, "replacement", r, f)
		rs.agree(&m.Variant, r.variant, "replacement", r, f)
		rs.agree(&m.Options, r.options, "options", r, f)
	}
	m.Exclude = rs.excluded(f, func(s selector) bool { return s.calls != nil })
	return m
}

// agree takes what a rule names to be called in place of something, or for its options. Two rules
// that name different functions are a finding.
func (rs *Rules) agree(so *(*Replacement), by *Replacement, what string, r *rule, f *source.Func) {
	switch {
	case by == nil, *so != nil && by.Endless && !(*so).Endless:
	case *so == nil, (*so).Endless && !by.Endless:
		*so = by
	case source.IDOf((*so).Func) != source.IDOf(by.Func):
		rs.p.Findings.Add(r.pos, "narrow a selector, or remove one", "rules %q and %q must agree on the %s of %s",
			(*so).Rule, r.name, what, signature.Qualified(f.Obj))
	}
}

// MayCall reports whether a rule or an exclusion may select a call or go statement in the package.
func (rs *Rules) MayCall(pkg *packages.Package) bool {
	may := func(r *rule) bool { return !r.selector.functions() && r.mayMatch(pkg) }
	return slices.ContainsFunc(rs.rules, may) || slices.ContainsFunc(rs.excludes, may)
}

// Callees returns the names of all functions and methods that rules name for their calls, and of
// those that they have been found to select by their options, sorted.
func (rs *Rules) Callees() []string {
	names := maps.Clone(rs.taking)
	for _, r := range rs.rules {
		if r.selector.calls != nil {
			for _, n := range r.selector.calls.named {
				names[n.fn.Name()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Called reports whether a rule or an exclusion selects calls of the function.
func (rs *Rules) Called(fn *types.Func) bool {
	names := func(r *rule) bool {
		if r.selector.calls == nil || !r.selector.calls.names(fn) {
			return false
		}
		if len(r.selector.calls.taking) > 0 {
			rs.taking[fn.Name()] = true
		}
		return true
	}
	return slices.ContainsFunc(rs.rules, names) || slices.ContainsFunc(rs.excludes, names)
}

// MatchGo returns what the rules ask for a go statement: f has its package.
func (rs *Rules) MatchGo(f *source.Func) CallMatch {
	var m CallMatch
	for _, r := range rs.rules {
		if r.selector.gos && r.match(f) {
			m.add(rs, r)
		}
	}
	m.Exclude = rs.excluded(f, func(s selector) bool { return s.gos })
	return m
}
