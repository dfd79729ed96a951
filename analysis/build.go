package analysis

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Plan matches every function against the directives and rules, and resolves what meets. Findings are in Diagnostics.
func (p *Program) Plan() (*Plan, error) {
	plan := &Plan{Packages: []*Package{}}
	b := &planner{p: p, sharing: map[[2]string]sharedUse{}}
	for _, listed := range p.candidates() {
		pkg, err := b.plan(listed)
		if err != nil {
			return nil, err
		}
		if pkg != nil {
			plan.Packages = append(plan.Packages, pkg)
		}
	}
	if err := b.programs(plan); err != nil {
		return nil, err
	}
	for _, r := range p.rules.rules {
		if !r.matched && !r.optional && len(p.broken()) == 0 {
			p.diags.add(r.pos, "mend its selector, or add aspects.Optional()", "rule %q must select a function", r.name)
		}
	}
	for _, r := range p.rules.excludes {
		if !r.matched && len(p.broken()) == 0 {
			p.diags.add(r.pos, "mend its selector, or remove it", "exclusion %q must select a function", r.name)
		}
	}
	b.rivals()
	p.checkPaths(plan)
	plan.Unloaded = p.unloaded()
	if needed := b.needed(); slices.ContainsFunc(needed, p.incomplete) {
		p.missingModule(token.Position{Filename: p.cfg.ModFile, Line: 1, Column: 1}, needed...)
	}
	return plan, nil
}

// incomplete reports whether the package, or one that it imports, is missing from the module's requirements.
func (p *Program) incomplete(path string) bool {
	pkg := p.listed[path]
	if pkg == nil {
		return true
	}
	missing := false
	packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) { missing = missing || len(dep.Errors) > 0 })
	return missing
}

// broken returns the packages that were checked and do not type-check.
func (p *Program) broken() []string {
	var list []string
	for path, c := range p.checker.done {
		if c.broken {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// Broken returns the import paths of packages that could not be planned because their source does not type-check.
func (p *Program) Broken() []string { return p.broken() }

// Unread reports whether a rule file could not be read, so that the plan lacks what it says.
func (p *Program) Unread() bool { return p.unread }

// candidates returns the packages in which a directive stands or a rule may match, sorted by path.
func (p *Program) candidates() []*packages.Package {
	var list []*packages.Package
	for _, path := range slices.Sorted(maps.Keys(p.listed)) {
		pkg := p.listed[path]
		own := p.isOwn(pkg)
		if len(pkg.GoFiles) == 0 || path == "unsafe" || !own && p.hooksOwn(path) {
			continue
		}
		if own && p.hasDirective(pkg) || slices.ContainsFunc(p.rules.rules, func(r *rule) bool { return r.mayMatch(pkg) }) ||
			slices.ContainsFunc(p.rules.excludes, func(r *rule) bool { return r.mayMatch(pkg) }) {
			list = append(list, pkg)
		}
	}
	return list
}

// hooksOwn reports whether the path is one of this module's own packages.
func (p *Program) hooksOwn(path string) bool {
	return path == hooksPath || strings.HasPrefix(path, hooksPath+"/") || path == aspectsPath
}

// planner builds the packages of a plan one after the other.
type planner struct {
	p        *Program
	sites    int
	caches   bool                    // a site has a cache
	lives    bool                    // a main package reads the policy file
	pages    bool                    // a main package serves the state page
	injects  []string                // packages of bindings that generated files import
	handlers []placedHandler         // of all packages
	sharing  map[[2]string]sharedUse // by aspect and name
}

func (b *planner) plan(listed *packages.Package) (*Package, error) {
	p := b.p
	pkg, err := p.packageOf(listed)
	if err != nil || pkg.broken {
		return nil, err
	}
	out := &Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, Files: sourceNames(listed), Sites: []*Site{}}
	out.ModuleDir = p.moduleDir(listed)
	if p.module(listed) == nil && listed.Module != nil && listed.Module.Dir != "" {
		out.ReadOnly = p.mainModuleOf(listed.Dir) == nil
	}
	byFile := map[*ast.File]fileDirectives{}
	for _, file := range pkg.files {
		byFile[file] = p.directives(file)
	}
	b.statePage(pkg, byFile, out)
	out.Taken = p.declaredNames(pkg)
	names := &names{p: p, dir: listed.Dir, taken: map[string]bool{}, types: pkg}
	b.injection(pkg, byFile, names, out)
	functions := p.functions(pkg)
	for _, f := range functions {
		b.function(f, byFile, names, out)
	}
	b.idle(pkg, functions, byFile)
	b.decorators(pkg, byFile, names, out)
	if !out.Woven() && len(out.Skips) == 0 {
		return nil, nil
	}
	b.live(out)
	b.sites += len(out.Sites) + len(out.Decorators)
	for _, s := range out.all() {
		b.caches = b.caches || slices.ContainsFunc(s.Aspects, func(a Aspect) bool { return a.Name == "cache" })
	}
	return out, out.seal()
}

// sourceNames returns the base names of the package's Go files.
func sourceNames(listed *packages.Package) []string {
	var list []string
	for _, f := range listed.GoFiles {
		if filepath.Base(f) != GeneratedName {
			list = append(list, filepath.Base(f))
		}
	}
	return list
}

// moduleDir returns the root of the package's module, or the package's folder if it has none.
func (p *Program) moduleDir(listed *packages.Package) string {
	if m := p.module(listed); m != nil {
		return m.Dir
	}
	if listed.Module != nil && listed.Module.Dir != "" {
		return listed.Module.Dir
	}
	return listed.Dir
}

// declaredNames returns the names that the package declares in any of its files, those of tests and of other platforms
// included, sorted.
func (p *Program) declaredNames(pkg *checked) []string {
	taken := pkg.types.Scope().Names()
	for _, s := range p.cfg.Sources.dirs[pkg.listed.Dir] {
		if s.rule || slices.Contains(pkg.listed.GoFiles, s.path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), s.path, s.data, 0)
		if err == nil && file.Name.Name == pkg.listed.Name {
			taken = append(taken, slices.Collect(maps.Keys(file.Scope.Objects))...)
		}
	}
	slices.Sort(taken)
	return slices.Compact(taken)
}

// packageOf returns the package checked from source; a package outside the main modules that a rule names is checked in a
// universe of its own, because the others see it through its export data.
func (p *Program) packageOf(listed *packages.Package) (*checked, error) {
	if p.fromSource(listed, p.checker.source) {
		return p.checker.check(listed), nil
	}
	var imports []string
	for _, dep := range listed.Imports {
		imports = append(imports, dep.PkgPath)
	}
	if err := p.checker.export(imports); err != nil {
		return nil, err
	}
	foreign := *p.checker
	foreign.done = map[string]*checked{}
	return foreign.check(listed), nil
}

// function adds the function's site or skips to the package.
func (b *planner) function(f *function, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	d := byFile[f.file]
	direct, off := b.p.wantedBy(f.pkg, f.file, d.funcs[f.decl], true)
	broad, broadOff := b.broad(f, byFile)
	if off == nil && len(direct) == 0 {
		off = broadOff
	}
	rules := b.matching(f, b.p.rules.rules)
	excluded := b.matching(f, b.p.rules.excludes)
	skip := func(rule, aspect, reason string) {
		out.Skips = append(out.Skips, Skip{Func: f.key, Pos: b.p.relative(f.pos(), out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
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
		want = append(want, b.p.ruleParts(r)...)
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
	b.p.sort(f, merged)
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
