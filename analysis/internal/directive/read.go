package directive

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
)

// Set sorts a file's directives by what they stand on.
type Set struct {
	File   []Directive // above the package clause
	Funcs  map[*ast.FuncDecl][]Directive
	Types  map[*ast.TypeSpec][]Directive
	Fields map[*ast.Field][]Directive // of struct types, also those behind the field on its line
}

// directives parses the directives of a file. One that stands on nothing it could apply to is a finding.
func Read(fset *token.FileSet, file *ast.File, diags *finding.List) Set {
	d := Set{Funcs: map[*ast.FuncDecl][]Directive{}, Types: map[*ast.TypeSpec][]Directive{}, Fields: map[*ast.Field][]Directive{}}
	owners := Owners(file)
	for _, group := range file.Comments {
		for _, c := range group.List {
			parsed, ok := parse(c, diags)
			if !ok {
				continue
			}
			switch owner := owners[group].(type) {
			case *ast.File:
				d.File = append(d.File, parsed)
			case *ast.FuncDecl:
				d.Funcs[owner] = append(d.Funcs[owner], parsed)
			case *ast.TypeSpec:
				d.Types[owner] = append(d.Types[owner], parsed)
			case *ast.Field:
				d.Fields[owner] = append(d.Fields[owner], parsed)
			default:
				Detached(parsed, diags)
			}
		}
	}
	return d
}

// Detached reports a directive that stands on nothing it could apply to.
func Detached(d Directive, diags *finding.List) {
	diags.At(d.Pos, "move it there, without a blank line between, or remove it",
		"directive //instrument:%s must stand directly above a function, method, type or package clause", d.Name)
}

// Owners maps each documentation comment to the declaration that a directive in it belongs to.
func Owners(file *ast.File) map[*ast.CommentGroup]ast.Node {
	owners := map[*ast.CommentGroup]ast.Node{}
	own := func(doc *ast.CommentGroup, n ast.Node) {
		if doc != nil {
			owners[doc] = n
		}
	}
	own(file.Doc, file)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			own(decl.Doc, decl)
		case *ast.GenDecl:
			if decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				own(spec.(*ast.TypeSpec).Doc, spec)
				for _, field := range Fields(spec.(*ast.TypeSpec)) {
					own(field.Doc, field)
					own(field.Comment, field)
				}
			}
			if len(decl.Specs) == 1 {
				own(decl.Doc, decl.Specs[0])
			}
		}
	}
	return owners
}

// Fields returns the fields of a type that is written as a struct.
func Fields(spec *ast.TypeSpec) []*ast.Field {
	if t, ok := ast.Unparen(spec.Type).(*ast.StructType); ok {
		return t.Fields.List
	}
	return nil
}

// IsTest reports whether the file belongs to tests, which are never woven.
func IsTest(name string) bool { return strings.HasSuffix(filepath.Base(name), "_test.go") }

// NoArguments reports arguments of a directive that takes none.
func NoArguments(d Directive, diags *finding.List) {
	if len(d.Args) > 0 {
		diags.At(d.Args[0].Pos, "remove it", "directive //instrument:%s must not have an argument", d.Name)
	}
}

func Holds(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, c := range group.List {
			if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" {
				return true
			}
		}
	}
	return false
}
