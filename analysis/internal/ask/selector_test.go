package ask

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"
)

// Every selector that package aspects offers to rule files must be one that the reader knows: a rule
// file that compiles must not be refused.
func TestSelectors(t *testing.T) {
	known := map[string]bool{}
	ast.Inspect(parseFile(t, "selector.go"), func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Name.Name != "read" {
			return false
		}
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, e := range clause.List {
				if name, err := strconv.Unquote(e.(*ast.BasicLit).Value); err == nil {
					known[name] = true
				}
			}
		}
		return true
	})
	offered := 0
	for _, decl := range parseFile(t, filepath.Join("..", "..", "..", "aspects", "rules.go")).Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Type.Results == nil {
			continue
		}
		if result, ok := fn.Type.Results.List[0].Type.(*ast.Ident); ok && result.Name == "Selector" {
			offered++
			if !known[fn.Name.Name] {
				t.Errorf("selectorReader.read must know aspects.%s", fn.Name.Name)
			}
		}
	}
	if offered != len(known) {
		t.Errorf("aspects offers %d selectors, and the reader knows %d", offered, len(known))
	}
}

func parseFile(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
