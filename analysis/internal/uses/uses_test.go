package uses

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every function of the kinds' packages, and every method of their portable types, is in the table, and nothing else: a method
// that is new must be judged before check may keep silent about it.
func TestAskedOf(t *testing.T) {
	for kind, table := range askedOf {
		folder := kind
		if kind == "sql" {
			folder = "sqldb"
		}
		dir := filepath.Join("..", "..", "..", "bindings", folder)
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("kind %s must have a package: %v", kind, err)
			continue
		}
		names := exportedFunctions(t, dir, portableType[kind])
		for _, name := range names {
			if _, ok := table[name]; !ok {
				t.Errorf("%s.%s must be in the table: what does it ask of a provider?", kind, name)
			}
		}
		for name := range table {
			if !slices.Contains(names, name) {
				t.Errorf("the table has %s.%s, which there is not", kind, name)
			}
		}
	}
}

// exportedFunctions returns the exported functions of a package, and the methods of one of its types as Type.Method.
func exportedFunctions(t *testing.T, dir, of string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok || !fn.Name.IsExported():
			case fn.Recv == nil:
				names = append(names, fn.Name.Name)
			case receiverName(fn.Recv.List[0].Type) == of:
				names = append(names, of+"."+fn.Name.Name)
			}
		}
	}
	return names
}

func receiverName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return receiverName(x.X)
	case *ast.IndexExpr:
		return receiverName(x.X)
	case *ast.IndexListExpr:
		return receiverName(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}
