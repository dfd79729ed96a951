package directive

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// Set is the directives of a file by what they are on.
type Set struct {
	File   []Directive // above the package clause
	Funcs  map[*ast.FuncDecl][]Directive
	Types  map[*ast.TypeSpec][]Directive
	Fields map[*ast.Field][]Directive // of struct types; a directive may also follow the field on its line
	// Directives above the line on which one function literal begins, and no other. Whether it can be
	// woven its type says.
	Literals map[*ast.FuncLit][]Directive
}

// Read returns the directives of a file. It reports those that are misspelt, or are on nothing that
// they could apply to.
func Read(file *ast.File, findings *finding.List) Set {
	s := Set{Funcs: map[*ast.FuncDecl][]Directive{}, Types: map[*ast.TypeSpec][]Directive{}, Fields: map[*ast.Field][]Directive{},
		Literals: map[*ast.FuncLit][]Directive{}}
	owners := owners(file)
	literals := literals{file: file, fset: findings.Fset}
	for _, group := range file.Comments {
		for _, c := range group.List {
			d, ok := read(c, findings)
			if !ok {
				continue
			}
			switch owner := owners[group].(type) {
			case *ast.File:
				s.File = append(s.File, d)
			case *ast.FuncDecl:
				s.Funcs[owner] = append(s.Funcs[owner], d)
			case *ast.TypeSpec:
				s.Types[owner] = append(s.Types[owner], d)
			case *ast.Field:
				s.Fields[owner] = append(s.Fields[owner], d)
			default:
				if lit := literals.below(group); lit != nil && !slices.Contains(Verbs[2:], d.Name) {
					s.Literals[lit] = append(s.Literals[lit], d)
				} else {
					Detached(d, findings)
				}
			}
		}
	}
	return s
}

// OnTypes returns the directives on each type of a file, as [In] does.
func OnTypes(file *ast.File) map[*ast.TypeSpec][]Directive {
	types := map[*ast.TypeSpec][]Directive{}
	for group, owner := range owners(file) {
		if spec, ok := owner.(*ast.TypeSpec); ok {
			types[spec] = append(types[spec], In(group)...)
		}
	}
	return types
}

// owners maps each documentation comment to the declaration that a directive in it belongs to.
func owners(file *ast.File) map[*ast.CommentGroup]ast.Node {
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

// Fields returns the fields of a type that is declared as a struct, and nil for any other type.
func Fields(spec *ast.TypeSpec) []*ast.Field {
	if t, ok := ast.Unparen(spec.Type).(*ast.StructType); ok {
		return t.Fields.List
	}
	return nil
}

// IsTest reports whether the file belongs to tests, which are never woven.
func IsTest(name string) bool { return strings.HasSuffix(filepath.Base(name), "_test.go") }

// Misnamed reports a directive whose name is not one of [Names], and returns whether it was one.
func Misnamed(d Directive, findings *finding.List) bool {
	if isName(d.Name) {
		return false
	}
	hint := suggest.DidYouMean(d.Name, Names())
	if hint == "" {
		hint = "there are " + strings.Join(Names(), ", ")
	}
	findings.At(d.Pos, hint, "directive //instrument:%s must name an aspect", d.Name)
	return true
}

// Detached reports a directive that is on nothing that it could apply to.
func Detached(d Directive, findings *finding.List) {
	findings.At(d.Pos, "move it there, without a blank line between, or remove it",
		"directive //instrument:%s must stand directly above a function, method, handler, type or package clause", d.Name)
}

// Undecorated reports a directive //instrument:decorate that is not on an interface.
func Undecorated(d Directive, findings *finding.List) {
	findings.At(d.Pos, "move it, or remove it", "directive //instrument:decorate must be on an interface")
}

// NoArguments reports arguments of a directive that takes none.
func NoArguments(d Directive, findings *finding.List) {
	if len(d.Args) > 0 {
		findings.At(d.Args[0].Pos, "remove it", "directive //instrument:%s must not have an argument", d.Name)
	}
}

// QuoteHint is the remedy for an argument with spaces that is not quoted.
func QuoteHint(name string) string {
	return "quote a whole argument, as in //instrument:" + name + ` "name=place order"`
}
