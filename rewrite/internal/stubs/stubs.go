package stubs

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"golang.org/x/tools/txtar"
)

//go:embed stubs.txtar
var archive []byte

// Check reports everything that the type checker finds in a file and in the others of its package.
func Check(t *testing.T, src []byte, others ...string) {
	t.Helper()
	for _, err := range Errors(append([]string{string(src)}, others...)...) {
		t.Errorf("%v\n%s", err, src)
	}
}

// Errors type-checks the files of a package.
func Errors(files ...string) (errs []error) {
	fset := token.NewFileSet()
	var list []*ast.File
	for i, text := range files {
		file, err := parser.ParseFile(fset, fmt.Sprintf("file%d.go", i), text, parser.SkipObjectResolution)
		if err != nil {
			return []error{err}
		}
		list = append(list, file)
	}
	config := types.Config{Importer: importer{}, Error: func(err error) { errs = append(errs, err) }}
	config.Check("example.com/checked", fset, list, nil)
	return errs
}

// importer holds the packages that were imported. It does not check bodies, which the stubs lack.
type importer map[string]*types.Package

func (i importer) Import(path string) (*types.Package, error) {
	if pkg := i[path]; pkg != nil {
		return pkg, nil
	}
	for _, f := range txtar.Parse(archive).Files {
		if f.Name != path {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path+".go", f.Data, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		config := types.Config{Importer: i, IgnoreFuncBodies: true}
		pkg, err := config.Check(path, fset, []*ast.File{file}, nil)
		i[path] = pkg
		return pkg, err
	}
	return nil, fmt.Errorf("there is no stub of %s", path)
}
