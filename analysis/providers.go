package analysis

import "github.com/instrumentgo/instrument/internal/kind"

// Providers returns the folders of the packages that may be providers of bindings, by import path:
// those that import package bindings, as far as the main modules link them.
func (r *Result) Providers() map[string]string {
	folders := map[string]string{}
	for path, pkg := range r.program.Graph.Listed {
		if pkg.Imports[kind.Bindings] != nil {
			folders[path] = pkg.Dir
		}
	}
	return folders
}
