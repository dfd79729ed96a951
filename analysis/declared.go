package analysis

import (
	"bytes"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// declaredNames returns the names that the package declares in any of its files, those of tests and of other platforms
// included, sorted.
func (s *Sources) declaredNames(pkg *checked) []string {
	taken := pkg.types.Scope().Names()
	for _, f := range s.dirs[pkg.listed.Dir] {
		if f.rule || slices.Contains(pkg.listed.GoFiles, f.path) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.path, f.data, 0)
		if err == nil && file.Name.Name == pkg.listed.Name {
			taken = append(taken, slices.Collect(maps.Keys(file.Scope.Objects))...)
		}
	}
	slices.Sort(taken)
	return slices.Compact(taken)
}

// declares reports whether any file of the package, tests and other platforms included, declares the name in its scope.
func (s *Sources) declares(listed *packages.Package, name string) bool {
	return s.mentions(listed.Dir, name) && slices.ContainsFunc(s.dirs[listed.Dir], func(f *sourceFile) bool {
		if f.rule {
			return false
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.path, f.data, 0)
		return err == nil && file.Name.Name == listed.Name && file.Scope.Lookup(name) != nil
	})
}

// typesNumber returns what the names of the types that woven bodies spell need to be unlike all names in the package's folder.
func (s *Sources) typesNumber(dir string) string {
	number := ""
	taken := func() bool {
		return slices.ContainsFunc([]string{"instrumentContext", "instrumentError", "instrumentCall"}, func(name string) bool {
			return s.mentions(dir, name+number)
		})
	}
	for i := 2; taken(); i++ {
		number = strconv.Itoa(i)
	}
	return number
}

// hasDirective reports whether one of the package's files may hold a directive.
func (s *Sources) hasDirective(pkg *packages.Package) bool {
	return slices.ContainsFunc(pkg.GoFiles, func(path string) bool {
		f := s.files[path]
		return f != nil && f.directive
	})
}

// hold reports whether a Go file of the user's holds one of the texts.
func (s *Sources) hold(texts ...string) bool {
	for path, f := range s.files {
		if f.directive && filepath.Base(path) != GeneratedName && slices.ContainsFunc(texts, func(t string) bool { return bytes.Contains(f.data, []byte(t)) }) {
			return true
		}
	}
	return false
}
