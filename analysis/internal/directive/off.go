package directive

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Off returns the reason of the //instrument:off that covers what stands in a function, or outside
// all functions if decl is nil: one on the function, on its receiver's type, or above the package
// clause of its file. The closest one counts; "" is none. Sets are those of the package's files.
func Off(sets map[*ast.File]Set, file *ast.File, decl *ast.FuncDecl) string {
	lists := [][]Directive{sets[file].File}
	if decl != nil {
		lists = append(lists, sets[file].Funcs[decl])
		if decl.Recv != nil {
			base, _ := plan.ReceiverBase(decl.Recv.List[0].Type)
			for _, other := range sets {
				for spec, list := range other.Types {
					if base != nil && spec.Name.Name == base.Name {
						lists = append(lists, list)
					}
				}
			}
		}
	}
	for _, list := range slices.Backward(lists) {
		for _, d := range list {
			if d.Name == "off" {
				return strings.TrimSpace(d.Text)
			}
		}
	}
	return ""
}
