package analysis

// Providers returns the folders of the packages that may be providers of bindings, by import path: those
// that import package bindings, as far as the main modules link them.
func (p *Program) Providers() map[string]string {
	folders := map[string]string{}
	for path, pkg := range p.listed {
		if pkg.Imports[bindingsPath] != nil {
			folders[path] = pkg.Dir
		}
	}
	return folders
}
