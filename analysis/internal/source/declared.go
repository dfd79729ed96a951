package source

import (
	"bytes"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// DeclaredNames returns the names that the package declares in any of its files, including tests
// and files for other platforms, sorted.
func (s *Files) DeclaredNames(pkg *Package) []string {
	taken := pkg.Types.Scope().Names()
	for _, f := range s.dirs[pkg.Listed.Dir] {
		if f.Rule || slices.Contains(pkg.Listed.GoFiles, f.Path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0)
		if err == nil && file.Name.Name == pkg.Listed.Name {
			taken = append(taken, slices.Collect(maps.Keys(file.Scope.Objects))...)
		}
	}
	slices.Sort(taken)
	return slices.Compact(taken)
}

// Declares reports whether any file of the package, including tests and files for other platforms,
// declares the name in the package's scope.
func (s *Files) Declares(listed *packages.Package, name string) bool {
	return s.Mentions(listed.Dir, name) && slices.ContainsFunc(s.dirs[listed.Dir], func(f *File) bool {
		if f.Rule {
			return false
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0)
		return err == nil && file.Name.Name == listed.Name && file.Scope.Lookup(name) != nil
	})
}

// HasDirective reports whether one of the package's files may hold a directive.
func (s *Files) HasDirective(pkg *packages.Package) bool {
	return slices.ContainsFunc(pkg.GoFiles, func(path string) bool {
		f := s.Files[path]
		return f != nil && f.Directive
	})
}

// Hold reports whether one of the user's Go files holds one of the texts.
func (s *Files) Hold(texts ...string) bool {
	for path, f := range s.Files {
		if f.Directive && filepath.Base(path) != plan.GeneratedFile &&
			slices.ContainsFunc(texts, func(t string) bool { return bytes.Contains(f.Data, []byte(t)) }) {
			return true
		}
	}
	return false
}
