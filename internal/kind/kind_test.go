package kind_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/internal/kind"
)

// Every function of the kinds' packages, and every method of their types, is in the table, and
// nothing else: a method that is new must be judged before check may keep silent about it.
func TestCalls(t *testing.T) {
	for _, k := range kind.All() {
		names := exportedFunctions(t, filepath.Join("..", "..", strings.TrimPrefix(k.Path, "github.com/instrumentgo/instrument/")), k.Type)
		table := slices.Clone(k.Plain)
		for _, c := range k.Calls {
			table = append(table, c.Name)
		}
		for _, name := range names {
			if !slices.Contains(table, name) {
				t.Errorf("%s.%s must be in the table: what does it ask of a provider?", k.Name, name)
			}
		}
		for i, name := range table {
			if !slices.Contains(names, name) || slices.Index(table, name) < i {
				t.Errorf("the table must not have %s.%s, which the package lacks or which stands there twice", k.Name, name)
			}
		}
	}
}

// The kinds are those of package bindings.
func TestAll(t *testing.T) {
	var consts []string
	file, err := parser.ParseFile(token.NewFileSet(), "../../bindings/provider.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Kind" {
				consts = append(consts, spec.Names[0].Name+" "+spec.Values[0].(*ast.BasicLit).Value)
			}
		}
		return true
	})
	var table []string
	for _, k := range kind.All() {
		table = append(table, k.Const+` "`+k.Name+`"`)
	}
	if slices.Sort(consts); !slices.Equal(consts, slices.Sorted(slices.Values(table))) {
		t.Errorf("the table must have the kinds of package bindings, %q, and has %q", consts, table)
	}
}

// exportedFunctions returns the exported functions of a package, and the methods of one of its
// types as Type.Method.
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
