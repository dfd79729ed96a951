package analysis

// Reach is what the plan covers of one package of the main modules.
type Reach struct {
	Path   string
	Dir    string   // absolute
	Files  []string // absolute paths of the Go files that took part
	Unsure bool     // a main package that links a package that does not type-check, and so may be woven
	Ruled  bool     // a rule may weave functions of the package
}

// reach returns every package of the main modules, sorted by import path. A build under other
// constraints compiles files that are not among these, and the plan does not know their functions.
func (r *run) reach() []Reach {
	var list []Reach
	for _, pkg := range r.p.Graph.Own {
		list = append(list, Reach{
			Path: pkg.PkgPath, Dir: pkg.Dir, Files: pkg.GoFiles, Unsure: r.unsure[pkg.PkgPath], Ruled: r.rules.MayWeave(pkg),
		})
	}
	return list
}
