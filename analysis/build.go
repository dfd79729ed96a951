package analysis

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// planner plans the sites of packages, one package after the other.
type planner struct {
	p        *Program
	rules    *ruleSet
	sharing  map[[2]string]sharedUse // by aspect and name
	mutating map[funcID]string       // by the keys of sites, functions of which each call makes something: who says so
}

func newPlanner(p *Program, rules *ruleSet) *planner {
	return &planner{p: p, rules: rules, sharing: map[[2]string]sharedUse{}, mutating: map[funcID]string{}}
}

// plan adds the sites, decorators and skips of a package.
func (b *planner) plan(pkg *checked, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	functions := functionsOf(b.p, pkg)
	for _, f := range functions {
		b.function(f, byFile, names, out)
	}
	b.idle(pkg, functions, byFile)
	b.decorators(pkg, byFile, names, out)
}

// function adds the function's site or skips to the package.
func (b *planner) function(f *function, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	d := byFile[f.file]
	direct, off := b.rules.wantedBy(f.pkg, f.file, d.funcs[f.decl], true)
	broad, broadOff := b.broad(f, byFile)
	if off == nil && len(direct) == 0 {
		off = broadOff
	}
	rules := b.matching(f, b.rules.rules)
	excluded := b.matching(f, b.rules.excludes)
	skip := func(rule, aspect, reason string) {
		out.Skips = append(out.Skips, Skip{Func: f.key, Pos: placed(f.pos(), out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
	}
	b.mark(f, byFile, rules, excluded)
	switch {
	case off != nil:
		skip("off", "", strings.TrimSpace(off.text))
		return
	case len(excluded) > 0:
		if len(direct) > 0 {
			b.p.diags.add(direct[0].pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded[0].name), "directive must not be on a function that a rule file excludes")
		}
		if len(direct) > 0 || slices.ContainsFunc(rules, (*rule).weaves) {
			skip("exclude", "", excluded[0].name)
		}
		return
	}
	var want []*wanted
	for _, r := range rules {
		want = append(want, b.rules.ruleParts(r)...)
	}
	want = append(append(want, broad...), direct...)
	if len(want) == 0 {
		return
	}
	if reason := f.unweavable(); reason != "" {
		reported := map[string]bool{}
		for _, w := range want {
			if w.demanded() {
				remedy := "remove the directive"
				if w.from != "directive" {
					remedy = "narrow the rule"
				}
				b.p.diags.add(w.pos, remedy, "%s cannot be woven: %s", f.key, reason)
			} else if !reported[w.from] {
				skip(w.from, "", reason)
			}
			reported[w.from] = true
		}
		return
	}
	merged := b.p.merge(f, want)
	for _, w := range merged {
		b.p.conflicts(w, true)
	}
	b.rules.sort(f, merged)
	if site := b.site(f, merged, skip, out); site != nil {
		names.set(site, names.variable(f))
		out.Sites = append(out.Sites, site)
	}
}

func (b *planner) matching(f *function, rules []*rule) []*rule {
	var list []*rule
	for _, r := range rules {
		if r.mayMatch(f.pkg.listed) && r.selector.match(f) {
			r.matched = true
			list = append(list, r)
		}
	}
	return list
}
