package analysis

import (
	"cmp"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// programs adds the main packages of the main modules that link a woven package, wherever it is in
// their import graph. They read the policy file too, even if all sites are in packages that they
// link. The import graph is enough to find them, so they need not be type-checked.
func (r *run) programs(whole *plan.Plan) error {
	p := r.p
	woven, broken := map[string]bool{}, map[string]bool{}
	for _, pkg := range whole.Packages {
		woven[pkg.Path] = pkg.HasSites()
	}
	for _, path := range p.Types.Broken() {
		broken[path] = true
	}
	linksWoven, linksBroken := p.Graph.Links(woven), p.Graph.Links(broken)
	for _, listed := range p.Graph.Own {
		if !r.rules.Live() || listed.Name != "main" || broken[listed.PkgPath] {
			continue
		}
		pkg := whole.Package(listed.PkgPath)
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
			whole.Packages = append(whole.Packages, pkg)
		}
		pkg.Live = true
		if err := pkg.Seal(); err != nil {
			return err
		}
	}
	slices.SortFunc(whole.Packages, func(a, b *plan.Package) int { return cmp.Compare(a.Path, b.Path) })
	return nil
}

// program returns the plan of a main package in which nothing is woven. Its generated file imports
// only package live, so no other name can collide.
func (r *run) program(listed *packages.Package) *plan.Package {
	out := &plan.Package{
		Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, ModuleDir: r.p.Graph.ModuleDir(listed),
		Files: sourceNames(listed), Sites: []*plan.Site{},
	}
	if r.p.Files.Declares(listed, "live") {
		out.Taken = []string{"live"}
	}
	return out
}
