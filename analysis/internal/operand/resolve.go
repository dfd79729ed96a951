package operand

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Usable checks that package target may refer to ref: exported, no import of a main package, no import cycle.
func Usable(p *source.Program, target *source.Package, ref *plan.Ref) error {
	if ref == nil || ref.Path == target.Listed.PkgPath {
		return nil
	}
	if ref.Pkg == "main" {
		return fmt.Errorf("%s.%s must not be in a main package, which cannot be imported", ref.Pkg, ref.Name)
	}
	if !ast.IsExported(ref.Name) {
		return fmt.Errorf("%s.%s must be exported, because package %s refers to it", ref.Pkg, ref.Name, target.Listed.PkgPath)
	}
	if cycle := p.Graph.PathBetween(ref.Path, target.Listed.PkgPath); cycle != nil {
		return errors.New("import cycle: " + strings.Join(append([]string{target.Listed.PkgPath}, cycle...), " imports "))
	}
	return nil
}
