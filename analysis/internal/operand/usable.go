package operand

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Usable checks that the function's package may refer to ref, which may be nil: that it is
// exported, that its package is no main package, and that importing it makes no cycle.
func Usable(f *source.Func, ref *plan.Ref) error {
	target := f.Pkg.Listed.PkgPath
	if ref == nil || ref.Path == target {
		return nil
	}
	if ref.Pkg == "main" {
		return fmt.Errorf("%s.%s must not be in a main package, which cannot be imported", ref.Pkg, ref.Name)
	}
	if !ast.IsExported(ref.Name) {
		return fmt.Errorf("%s.%s must be exported, because package %s refers to it", ref.Pkg, ref.Name, target)
	}
	if cycle := f.Program.Graph.PathBetween(ref.Path, target); cycle != nil {
		return errors.New("import cycle: " + strings.Join(append([]string{target}, cycle...), " imports "))
	}
	return nil
}
