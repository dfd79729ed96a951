package ask

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/entries"
	"github.com/instrumentgo/instrument/analysis/internal/order"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// Rules is what all rule files declare.
type Rules struct {
	// Unread reports that a rule file could not be read, so that what it declares is missing.
	Unread bool
	// Entries is what packs declare of handlers.
	Entries *entries.List
	// Exchanges is what packs declare of requests and responses.
	Exchanges *entries.Exchanges

	p        *source.Program
	stacks   map[string][]*Want // aspects that rules and directives ask for by one name
	rules    []*rule
	excludes []*rule
	order    order.Order
	noLive   bool
	custom   map[string]*plan.Ref // custom advice by name; nil where it was refused
	packs    map[*types.Var]*pack // by the variable that holds their rules
	taking   map[string]bool      // names of functions that rules select by their options
}

// Match is what the rules that select a function ask for it.
type Match struct {
	Want       []*Want // in the order of the rules, and not merged
	Mutating   string  // name of the first rule that says that each call makes something, "" for none
	Repeatable string  // name of the first rule that says that a second call makes nothing more, "" for none
}

// rule is one aspects.Rule or aspects.Exclude.
type rule struct {
	name     string // for Exclude, the reason
	pos      token.Position
	selector selector
	parts    []part
	optional bool
	mutating bool
	repeats  bool         // it says that calls are repeatable
	replace  *Replacement // of what its calls call; nil for none
	variant  *Replacement // of what its calls call, with a context; nil for none
	options  *Replacement // that is given the options of its calls; nil for none
	pack     *pack        // that declares it; nil for a rule file of the main modules
	matched  bool
	cyclic   bool                       // it selected something in a package that its pack imports, which was reported
	may      map[*packages.Package]bool // what selector.may has answered
}

// part is an aspect of a rule, or a stack by name.
type part struct {
	aspect *Want
	stack  string
	pos    token.Position
}

// Match returns what the rules ask for a function. Exclusions are not considered.
func (rs *Rules) Match(f *source.Func) Match {
	var m Match
	for _, r := range rs.rules {
		if r.selector.functions() && r.match(f) {
			m.add(rs, r)
		}
	}
	return m
}

// MatchLiteral returns what the rules ask for a function literal. Exclusions are not considered.
func (rs *Rules) MatchLiteral(f *source.Func) Match {
	var m Match
	for _, r := range rs.rules {
		if r.reaches(f.Pkg.Listed) && r.selector.literals(f) && !r.pack.imported(f.Pkg.Listed, r) {
			r.matched = true
			m.add(rs, r)
		}
	}
	return m
}

// excludes reports whether an exclusion selects the function. It takes out literals as handlers, or
// with the rest of a package, and not with a function that it names: they are called apart from it.
func (r *rule) excludes(f *source.Func) bool {
	if f.Literal == nil {
		return r.match(f)
	}
	hit := r.reaches(f.Pkg.Listed) && r.selector.literals(f) || r.mayMatch(f.Pkg.Listed) && r.selector.match(f.Nameless())
	r.matched = r.matched || hit
	return hit
}

// reaches reports whether a rule may select function literals of a package.
func (r *rule) reaches(pkg *packages.Package) bool {
	return r.selector.literals != nil && r.selector.calls == nil && r.mayMatch(pkg)
}

// MayMatchLiteral reports whether a rule may select a function literal of the package.
func (rs *Rules) MayMatchLiteral(pkg *packages.Package) bool {
	return slices.ContainsFunc(rs.rules, func(r *rule) bool { return r.reaches(pkg) })
}

// add adds what one rule asks.
func (m *Match) add(rs *Rules, r *rule) {
	m.Want = append(m.Want, rs.wantOf(r)...)
	if r.mutating && m.Mutating == "" {
		m.Mutating = r.name
	}
	if r.repeats && m.Repeatable == "" {
		m.Repeatable = r.name
	}
}

// Excluded returns the reason of the first exclusion that selects a function or literal, "" for
// none.
func (rs *Rules) Excluded(f *source.Func) (reason string) { return rs.excluded(f, selector.functions) }

// excluded is Excluded by exclusions that select something of a kind.
func (rs *Rules) excluded(f *source.Func, of func(selector) bool) (reason string) {
	for _, r := range rs.excludes {
		if of(r.selector) && r.excludes(f) && reason == "" {
			reason = r.name
		}
	}
	return reason
}

// MayMatch reports whether a rule or an exclusion may select a function of the package.
func (rs *Rules) MayMatch(pkg *packages.Package) bool {
	may := func(r *rule) bool { return r.mayMatch(pkg) }
	return slices.ContainsFunc(rs.rules, may) || slices.ContainsFunc(rs.excludes, may)
}

// MayWeave reports whether a rule may give a function of the package an aspect.
func (rs *Rules) MayWeave(pkg *packages.Package) bool {
	return slices.ContainsFunc(rs.rules, func(r *rule) bool { return r.selector.functions() && len(r.parts) > 0 && r.mayMatch(pkg) })
}

// Live reports whether main packages should read the policy file.
func (rs *Rules) Live() bool { return !rs.noLive }

// Unmatched reports the rules and exclusions that selected nothing of what [Rules.Match],
// [Rules.Excluded], [Rules.MatchCall] and [Rules.MatchGo] were asked about.
func (rs *Rules) Unmatched() {
	for _, r := range rs.rules {
		if !r.matched && !r.optional {
			rs.p.Findings.Add(r.pos, "fix its selector, or add aspects.Optional()", "rule %q must select %s", r.name, r.subject())
		}
	}
	for _, r := range rs.excludes {
		if !r.matched {
			rs.p.Findings.Add(r.pos, "fix its selector, or remove it", "exclusion %q must select %s", r.name, r.subject())
		}
	}
}

// subject is what the rule selects.
func (r *rule) subject() string {
	switch {
	case r.selector.calls != nil:
		return "a call"
	case r.selector.gos:
		return "a go statement"
	}
	return "a function"
}

// match reports whether the rule selects the function, and records that it did.
func (r *rule) match(f *source.Func) bool {
	if !r.mayMatch(f.Pkg.Listed) || !r.selector.match(f) || r.pack.imported(f.Pkg.Listed, r) {
		return false
	}
	r.matched = true
	return true
}

// mayMatch is selector.may, called once for each package.
func (r *rule) mayMatch(pkg *packages.Package) bool {
	may, known := r.may[pkg]
	if !known {
		may = r.selector.may(pkg)
		r.may[pkg] = may
	}
	return may
}

// wantOf returns a rule's aspects, including those of its stacks.
func (rs *Rules) wantOf(r *rule) []*Want {
	var list []*Want
	for _, part := range r.parts {
		parts := rs.stacks[part.stack]
		if part.aspect != nil {
			parts = []*Want{part.aspect}
		}
		list = append(list, askedBy(r.name, part.pos, false, part.stack, parts)...)
	}
	for _, w := range list {
		w.Generated = r.selector.generated
	}
	return list
}

// stackHint is the remedy for a stack that no rule file declares.
func (rs *Rules) stackHint(name string) string {
	names := slices.Sorted(maps.Keys(rs.stacks))
	return cmp.Or(suggest.DidYouMean(name, names),
		fmt.Sprintf("there are %s; aspects.Stack(%q, …) in a file with //go:build instrument declares it", strings.Join(names, ", "), name))
}
