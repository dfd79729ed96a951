package analysis

import (
	"cmp"
	"go/parser"
	"go/token"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Programs whose sites are all in the packages that they link: their main packages read the policy file, too.

// programs adds the main packages of the main modules that link a woven package, wherever in their import graph it is. What
// the graph tells is enough: nothing of them is type-checked for it.
func (b *planner) programs(plan *Plan) error {
	p := b.p
	woven, broken := map[string]bool{}, map[string]bool{}
	for _, pkg := range plan.Packages {
		woven[pkg.Path] = pkg.hasSites()
	}
	for _, path := range p.broken() {
		broken[path] = true
	}
	linksWoven, linksBroken := p.links(woven), p.links(broken)
	for _, listed := range p.own {
		if p.rules.noLive || listed.Name != "main" || broken[listed.PkgPath] {
			continue
		}
		pkg := plan.Package(listed.PkgPath)
		if pkg != nil && pkg.Live {
			continue
		}
		if !linksWoven(listed) {
			if linksBroken(listed) {
				p.unsure[listed.PkgPath] = true
			}
			continue
		}
		if pkg == nil {
			pkg = b.program(listed)
			plan.Packages = append(plan.Packages, pkg)
		}
		pkg.Live, b.lives = true, true
		if err := pkg.seal(); err != nil {
			return err
		}
	}
	slices.SortFunc(plan.Packages, func(a, b *Package) int { return cmp.Compare(a.Path, b.Path) })
	return nil
}

// program is the plan of a main package in which nothing is woven. Its generated file imports package live and nothing else,
// so that this is the one name that matters.
func (b *planner) program(listed *packages.Package) *Package {
	out := &Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, ModuleDir: b.p.moduleDir(listed), Files: sourceNames(listed), Sites: []*Site{}}
	if b.p.declares(listed, "live") {
		out.Taken = []string{"live"}
	}
	return out
}

// declares reports whether any file of the package, tests and other platforms included, declares the name in its scope.
func (p *Program) declares(listed *packages.Package, name string) bool {
	return p.cfg.Sources.mentions(listed.Dir, name) && slices.ContainsFunc(p.cfg.Sources.dirs[listed.Dir], func(s *sourceFile) bool {
		if s.rule {
			return false
		}
		file, err := parser.ParseFile(token.NewFileSet(), s.path, s.data, 0)
		return err == nil && file.Name.Name == listed.Name && file.Scope.Lookup(name) != nil
	})
}

// links returns a function that reports whether a package imports one of some, or is one, directly or through others.
func (p *Program) links(some map[string]bool) func(*packages.Package) bool {
	known := map[*packages.Package]bool{}
	var find func(pkg *packages.Package) bool
	find = func(pkg *packages.Package) bool {
		found, seen := known[pkg]
		if seen {
			return found
		}
		known[pkg] = false
		found = some[pkg.PkgPath]
		for _, dep := range pkg.Imports {
			found = found || find(dep)
		}
		known[pkg] = found
		return found
	}
	return func(pkg *packages.Package) bool { return len(some) > 0 && find(pkg) }
}
