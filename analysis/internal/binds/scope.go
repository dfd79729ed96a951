package binds

import (
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// scope is the package being planned, with what its fields, subscribers and services share: the
// names that its generated file declares and imports, and the meanings of its logical names.
type scope struct {
	*Planner
	pkg      *source.Package
	names    *source.Names
	out      *plan.Package
	meanings map[string]meaning
}

// at reports a finding.
func (s *scope) at(pos token.Pos, hint, format string, args ...any) {
	s.program.Findings.At(pos, hint, format, args...)
}

// position returns a position in the form that the plan uses.
func (s *scope) position(pos token.Pos) plan.Position {
	return plan.PositionIn(s.program.Position(pos), s.out.ModuleDir)
}

// checkFree reports names that would be generated for a type but that the package declares itself.
// It returns true if there are none.
func (s *scope) checkFree(d directive.Directive, of string, generated ...string) bool {
	free := true
	for _, name := range generated {
		if s.declares(name) {
			free = false
			s.at(d.Pos, "rename one of them",
				"package %s must not declare %s, which //instrument:%s on %s generates", s.out.Name, name, d.Name, of)
		}
	}
	return free
}

// declares reports whether the user's own files declare the name, including tests and files for
// other platforms.
func (s *scope) declares(name string) bool {
	if obj := s.pkg.Declared(name); obj != nil {
		return filepath.Base(s.program.Position(obj.Pos()).Filename) != plan.GeneratedFile
	}
	return slices.Contains(s.out.Taken, name)
}

// addImports adds packages that the generated file imports. It returns an error for one that
// imports the package itself.
func (s *scope) addImports(paths ...string) error {
	for _, path := range paths {
		if cycle := s.program.Graph.PathBetween(path, s.pkg.Listed.PkgPath); cycle != nil {
			return fmt.Errorf("import cycle: %s", strings.Join(append([]string{s.pkg.Listed.PkgPath}, cycle...), " imports "))
		}
		if !slices.Contains(s.imports, path) {
			s.imports = append(s.imports, path)
		}
	}
	return nil
}

// short writes a type for a message, with the names of packages.
func (s *scope) short(t types.Type) string { return types.TypeString(t, s.qualify) }

func (s *scope) qualify(pkg *types.Package) string {
	if pkg == s.pkg.Types {
		return ""
	}
	return pkg.Name()
}

// travels returns nil if values of a type survive a round trip as JSON, or an error that says what
// would be lost.
func (s *scope) travels(t types.Type) error { return signature.Travels(t, s.qualify) }
