package analysis

import (
	"cmp"
	"slices"

	"golang.org/x/tools/go/packages"
)

// Programs whose sites are all in the packages that they link: their main packages read the policy file, too.

// programs adds the main packages of the main modules that link a woven package, wherever in their import graph it is. What
// the graph tells is enough: nothing of them is type-checked for it.
func (r *run) programs(plan *Plan) error {
	p := r.p
	woven, broken := map[string]bool{}, map[string]bool{}
	for _, pkg := range plan.Packages {
		woven[pkg.Path] = pkg.hasSites()
	}
	for _, path := range p.types.broken() {
		broken[path] = true
	}
	linksWoven, linksBroken := p.graph.links(woven), p.graph.links(broken)
	for _, listed := range p.graph.own {
		if r.rules.noLive || listed.Name != "main" || broken[listed.PkgPath] {
			continue
		}
		pkg := plan.Package(listed.PkgPath)
		if pkg != nil && pkg.Live {
			continue
		}
		if !linksWoven(listed) {
			if linksBroken(listed) {
				r.unsure[listed.PkgPath] = true
			}
			continue
		}
		if pkg == nil {
			pkg = r.program(listed)
			plan.Packages = append(plan.Packages, pkg)
		}
		pkg.Live = true
		if err := pkg.seal(); err != nil {
			return err
		}
	}
	slices.SortFunc(plan.Packages, func(a, b *Package) int { return cmp.Compare(a.Path, b.Path) })
	return nil
}

// program is the plan of a main package in which nothing is woven. Its generated file imports package live and nothing else,
// so that this is the one name that matters.
func (r *run) program(listed *packages.Package) *Package {
	out := &Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, ModuleDir: r.p.graph.moduleDir(listed), Files: sourceNames(listed), Sites: []*Site{}}
	if r.p.files.declares(listed, "live") {
		out.Taken = []string{"live"}
	}
	return out
}
