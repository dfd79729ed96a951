package callsites

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// unusedImports finds imports that only woven calls used. The compiler would refuse them, so they
// become blank: their packages are initialised as before.
func (p *packagePlanner) unusedImports() {
	byFile := map[*ast.File][]*call{}
	for _, c := range p.woven {
		byFile[c.file] = append(byFile[c.file], c)
	}
	for _, file := range p.pkg.Files {
		calls := byFile[file]
		if len(calls) == 0 {
			continue
		}
		used, dropped := imports{p}.importUses(file, calls)
		for _, spec := range file.Imports {
			first := dropped[spec]
			if first == nil || used[spec] {
				continue
			}
			u := plan.UsedImport{}
			u.Path, _ = strconv.Unquote(spec.Path.Value)
			if spec.Name != nil {
				u.Name = spec.Name.Name
			}
			first.site.Unused = append(first.site.Unused, u)
		}
	}
}

// imports finds the imports that identifiers refer to.
type imports struct{ *packagePlanner }

// importUses returns the imports that the file goes on using, and those that a woven call no longer
// spells, with the first such call.
func (p imports) importUses(file *ast.File, calls []*call) (used map[*ast.ImportSpec]bool, dropped map[*ast.ImportSpec]*call) {
	used, dropped = map[*ast.ImportSpec]bool{}, map[*ast.ImportSpec]*call{}
	selected := map[*ast.Ident]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.SelectorExpr:
			selected[n.Sel] = true
		case *ast.Ident:
			spec := p.importOf(file, n, selected[n])
			if spec == nil {
				return true
			}
			by := spelledBy(calls, n.Pos())
			if by == nil {
				used[spec] = true
			} else if dropped[spec] == nil {
				dropped[spec] = by
			}
		}
		return true
	})
	return used, dropped
}

// importOf returns the import through which an identifier refers to a package or, after a dot
// import, to what the package declares.
func (p imports) importOf(file *ast.File, id *ast.Ident, selected bool) *ast.ImportSpec {
	switch obj := p.info.Uses[id].(type) {
	case nil:
		return nil
	case *types.PkgName:
		for _, spec := range file.Imports {
			if spec.Pos() == obj.Pos() {
				return spec
			}
		}
	default:
		if selected || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
			return nil
		}
		for _, spec := range file.Imports {
			if spec.Name != nil && spec.Name.Name == "." && spec.Path.Value == strconv.Quote(obj.Pkg().Path()) {
				return spec
			}
		}
	}
	return nil
}

// spelledBy returns the call whose woven form no longer holds the text at pos, or nil.
func spelledBy(calls []*call, pos token.Pos) *call {
	for _, c := range calls {
		from := c.node.Pos()
		if sel, ok := plan.Called(c.node).(*ast.SelectorExpr); ok && c.site.Method {
			from = sel.X.End()
		}
		if from <= pos && pos < c.node.Lparen {
			return c
		}
	}
	return nil
}
