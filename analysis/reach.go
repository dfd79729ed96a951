package analysis

import (
	"slices"

	"golang.org/x/tools/go/packages"
)

// Reach is what the plan saw of one package of the main modules.
type Reach struct {
	Path   string
	Dir    string   // absolute
	Files  []string // absolute paths of the Go files that took part
	Unsure bool     // a main package that links what does not type-check, and so perhaps what is woven
	Ruled  bool     // a rule may weave functions of the package
}

// Reach returns every package of the main modules, sorted by import path. A build that compiles other files than these, under
// other constraints, has functions that the plan does not know of.
func (p *Program) Reach() []Reach {
	var list []Reach
	for _, pkg := range p.own {
		list = append(list, Reach{
			Path: pkg.PkgPath, Dir: pkg.Dir, Files: pkg.GoFiles, Unsure: p.unsure[pkg.PkgPath],
			Ruled: slices.ContainsFunc(p.rules.rules, func(r *rule) bool { return r.weaves() && r.mayMatch(pkg) }),
		})
	}
	return list
}

// Main is a program of the main modules: a main package, with the packages of the main modules that it is made of.
type Main struct {
	Path     string
	Packages []string // import paths, sorted; its own among them
}

// Mains returns the programs of the main modules, sorted by import path.
func (p *Program) Mains() []Main {
	var list []Main
	for _, pkg := range p.own {
		if pkg.Name != "main" {
			continue
		}
		m := Main{Path: pkg.PkgPath}
		packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) {
			if p.isOwn(dep) {
				m.Packages = append(m.Packages, dep.PkgPath)
			}
		})
		slices.Sort(m.Packages)
		list = append(list, m)
	}
	return list
}
