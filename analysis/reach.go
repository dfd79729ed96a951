package analysis

// Reach is what the plan saw of one package of the main modules.
type Reach struct {
	Path   string
	Dir    string   // absolute
	Files  []string // absolute paths of the Go files that took part
	Unsure bool     // a main package that links what does not type-check, and so perhaps what is woven
	Ruled  bool     // a rule may weave functions of the package
}

// reach returns every package of the main modules, sorted by import path. A build that compiles other files than these, under
// other constraints, has functions that the plan does not know of.
func (r *run) reach() []Reach {
	var list []Reach
	for _, pkg := range r.p.Graph.Own {
		list = append(list, Reach{
			Path: pkg.PkgPath, Dir: pkg.Dir, Files: pkg.GoFiles, Unsure: r.unsure[pkg.PkgPath],
			Ruled: r.rules.MayWeave(pkg),
		})
	}
	return list
}
