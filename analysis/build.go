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
	b := &planner{p: p, breakers: map[string]breakerUse{}}
	for _, listed := range p.candidates() {
		pkg, err := b.plan(listed)
		if err != nil {
			return nil, err
		}
		if pkg != nil {
			plan.Packages = append(plan.Packages, pkg)
		}
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
	plan.Unloaded = p.unloaded()
	if b.sites > 0 && (p.incomplete(hooksPath) || p.incomplete(httpPath)) {
		p.missingModule(token.Position{Filename: p.cfg.ModFile, Line: 1, Column: 1})
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
		if own && p.hasDirective(pkg) || slices.ContainsFunc(p.rules.rules, func(r *rule) bool { return r.selector.may(pkg) }) ||
			slices.ContainsFunc(p.rules.excludes, func(r *rule) bool { return r.selector.may(pkg) }) {
			list = append(list, pkg)
		}
	}
	return list
}

// hooksOwn reports whether the path is one of this module's own packages.
func (p *Program) hooksOwn(path string) bool {
	return path == hooksPath || strings.HasPrefix(path, hooksPath+"/") || path == aspectsPath
}

// unloaded returns the files that hold directives and take no part in this build, and reports directives in tests.
func (p *Program) unloaded() []string {
	loaded := map[string]bool{}
	for _, pkg := range p.listed {
		for _, f := range pkg.GoFiles {
			loaded[f] = true
		}
	}
	var list []string
	for _, path := range slices.Sorted(maps.Keys(p.cfg.Sources.files)) {
		s := p.cfg.Sources.files[path]
		if !s.directive || loaded[path] || s.rule {
			continue
		}
		m := p.mainModuleOf(path)
		if m == nil {
			continue
		}
		if isTest(path) {
			p.testDirectives(s)
			continue
		}
		rel, _ := filepath.Rel(m.Dir, path)
		if file, err := parser.ParseFile(token.NewFileSet(), path, s.data, parser.ParseComments|parser.SkipObjectResolution); err == nil && hasRealDirective(file) {
			list = append(list, filepath.ToSlash(rel))
		}
	}
	return list
}

// mainModuleOf returns the main module that holds the path, or nil. Another module may lie in a folder of it.
func (p *Program) mainModuleOf(path string) *Module {
	var inner *Module
	for i := range p.cfg.Modules {
		m := &p.cfg.Modules[i]
		if strings.HasPrefix(path+string(filepath.Separator), m.Dir+string(filepath.Separator)) && (inner == nil || len(m.Dir) > len(inner.Dir)) {
			inner = m
		}
	}
	if inner == nil || !inner.Main {
		return nil
	}
	return inner
}

func hasRealDirective(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				return true
			}
		}
	}
	return false
}

func (p *Program) testDirectives(s *sourceFile) {
	file, err := parser.ParseFile(p.fset, s.path, s.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				p.diags.add(p.position(c.Slash), "move the function out of the test, or remove the directive", "directive //instrument:%s must not be in a test file, which is never woven", d.Name)
			}
		}
	}
}

// planner builds the packages of a plan one after the other.
type planner struct {
	p        *Program
	sites    int
	breakers map[string]breakerUse
}

type breakerUse struct {
	options string
	pos     token.Position
}

func (b *planner) plan(listed *packages.Package) (*Package, error) {
	p := b.p
	before := len(p.diags.list)
	pkg := p.packageOf(listed)
	if pkg.broken {
		return nil, nil
	}
	out := &Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, Sites: []*Site{}}
	for _, f := range listed.GoFiles {
		if filepath.Base(f) != GeneratedName {
			out.Files = append(out.Files, filepath.Base(f))
		}
	}
	out.ModuleDir = listed.Dir
	if m := p.module(listed); m != nil {
		out.ModuleDir = m.Dir
	} else if listed.Module != nil && listed.Module.Dir != "" {
		out.ModuleDir = listed.Module.Dir
		out.ReadOnly = p.mainModuleOf(listed.Dir) == nil
	}
	byFile := map[*ast.File]fileDirectives{}
	for _, file := range pkg.files {
		byFile[file] = p.directives(file)
	}
	out.Taken = p.declaredNames(pkg)
	names := &names{p: p, dir: listed.Dir, taken: map[string]bool{}, types: pkg}
	for _, f := range p.functions(pkg) {
		b.function(f, byFile, names, out)
	}
	p.decorators(pkg, byFile, names, out)
	if len(p.diags.list) > before && len(out.Sites) == 0 && len(out.Skips) == 0 && len(out.Decorators) == 0 {
		return nil, nil
	}
	if len(out.Sites) == 0 && len(out.Skips) == 0 && len(out.Decorators) == 0 {
		return nil, nil
	}
	b.sites += len(out.Sites) + len(out.Decorators)
	return out, out.seal()
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
func (p *Program) packageOf(listed *packages.Package) *checked {
	if p.fromSource(listed, p.checker.source) {
		return p.checker.check(listed)
	}
	foreign := *p.checker
	foreign.done = map[string]*checked{}
	return foreign.check(listed)
}

// function adds the function's site or skips to the package.
func (b *planner) function(f *function, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	d := byFile[f.file]
	direct, off := b.p.wantedBy(f.pkg, f.file, d.funcs[f.decl], true)
	var broad []*wanted
	if f.exported() {
		var typeOff, fileOff *directive
		var typeWant, fileWant []*wanted
		if file, spec := typeSpec(byFile, f); spec != nil {
			typeWant, typeOff = b.p.wantedBy(f.pkg, file, withoutDecorate(byFile[file].types[spec]), false)
		}
		fileWant, fileOff = b.p.wantedBy(f.pkg, f.file, d.file, false)
		broad = append(fileWant, typeWant...)
		for _, o := range []*directive{typeOff, fileOff} {
			if o != nil && off == nil && len(direct) == 0 {
				off = o
			}
		}
	}
	rules := b.matching(f, b.p.rules.rules)
	excluded := b.matching(f, b.p.rules.excludes)
	skip := func(rule, aspect, reason string) {
		out.Skips = append(out.Skips, Skip{Func: f.key, Pos: b.p.relative(f.pos(), out.ModuleDir), Rule: rule, Aspect: aspect, Reason: reason})
	}
	switch {
	case off != nil:
		skip("off", "", strings.TrimSpace(off.text))
		return
	case len(excluded) > 0:
		if len(direct) > 0 {
			b.p.diags.add(direct[0].pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded[0].name), "directive must not be on a function that a rule file excludes")
		}
		if len(rules) > 0 || len(direct) > 0 {
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
			if w.strict {
				b.p.diags.add(w.pos, "remove the directive", "%s cannot be woven: %s", f.key, reason)
			} else if !reported[w.from] {
				skip(w.from, "", reason)
			}
			reported[w.from] = true
		}
		return
	}
	merged := b.p.merge(f, want)
	b.p.sort(f, merged)
	if site := b.site(f, merged, skip, out); site != nil {
		site.Var = names.variable(f)
		out.Sites = append(out.Sites, site)
	}
}

func withoutDecorate(list []directive) []directive {
	return slices.DeleteFunc(slices.Clone(list), func(d directive) bool { return d.name == "decorate" })
}

// typeSpec returns the declaration of a method's receiver type, which may be in another file of the package.
func typeSpec(byFile map[*ast.File]fileDirectives, f *function) (*ast.File, *ast.TypeSpec) {
	if f.recv == nil {
		return nil, nil
	}
	for _, file := range f.pkg.files {
		for spec := range byFile[file].types {
			if spec.Name.Name == f.recv.Name() {
				return file, spec
			}
		}
	}
	return nil, nil
}

func (b *planner) matching(f *function, rules []*rule) []*rule {
	var list []*rule
	for _, r := range rules {
		if r.selector.may(f.pkg.listed) && r.selector.match(f) {
			r.matched = true
			list = append(list, r)
		}
	}
	return list
}

// ruleParts returns a rule's aspects, those of its stacks included, each naming the rule.
func (p *Program) ruleParts(r *rule) []*wanted {
	var list []*wanted
	for _, part := range r.parts {
		if part.aspect != nil {
			list = append(list, fromParts([]*wanted{part.aspect}, r.name, part.pos, false)...)
		} else if s := p.rules.stacks[part.stack]; s != nil {
			list = append(list, fromParts(s.parts, r.name, part.pos, false)...)
		}
	}
	return list
}

// fromParts copies aspects, to be asked for by the given rule or directive.
func fromParts(parts []*wanted, from string, pos token.Position, strict bool) []*wanted {
	var list []*wanted
	for _, w := range parts {
		c := *w
		c.from, c.pos, c.strict = from, pos, strict
		list = append(list, &c)
	}
	return list
}

// merge joins what several rules and directives say of one aspect. Directives override rules, the closer one the wider one;
// two rules that give one option different values are a finding.
func (p *Program) merge(f *function, want []*wanted) []*wanted {
	var list []*wanted
	for _, w := range want {
		i := slices.IndexFunc(list, func(m *wanted) bool { return m.name == w.name })
		if i < 0 {
			c := *w
			c.options = maps.Clone(w.options)
			list = append(list, &c)
			continue
		}
		m := list[i]
		for _, name := range slices.Sorted(maps.Keys(w.options)) {
			old, had := m.options[name]
			if had && m.from != "directive" && w.from != "directive" && m.from != w.from && !slices.EqualFunc(old, w.options[name], func(a, b value) bool { return a.text == b.text }) {
				p.diags.add(w.pos, "give both the same value, or narrow a selector", "rules %q and %q must agree on option %s of %s for %s", m.from, w.from, name, w.name, f.key)
			}
			if m.options == nil {
				m.options = map[string][]value{}
			}
			m.options[name] = w.options[name]
		}
		if w.from == "directive" {
			m.from, m.pos = w.from, w.pos
		}
		m.strict = m.strict || w.strict
	}
	return list
}
