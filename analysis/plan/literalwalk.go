package plan

import (
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"
)

// Literal is the place of a function literal. Rewriting finds it without types and without
// positions, so that code above it can change.
type Literal struct {
	In    string `json:"in"`    // key of the function that holds it; "var routes" for a variable's initialiser
	Type  string `json:"type"`  // as written, without the names of parameters: "func(http.ResponseWriter, *http.Request)"
	Index int    `json:"index"` // among the literals in that function which are written with this type, from 0
}

// ofC matches a name of C.
var ofC = regexp.MustCompile(`\bC\.`)

// EachLiteral visits the function literals in a file, in the order of the source, the outer ones
// first, each with the nodes that enclose it, from its declaration on. Literals that are called
// where they stand do not count: they are part of their function, and weaving adds such ones. Nor do
// those with a type of C, because the files that cgo writes have another.
func EachLiteral(file *ast.File, visit func(at Literal, lit *ast.FuncLit, enclosing []ast.Node)) {
	seen := map[Literal]int{}
	walk := func(in string, n ast.Node) {
		ast.PreorderStack(n, nil, func(n ast.Node, enclosing []ast.Node) bool {
			lit, ok := n.(*ast.FuncLit)
			if !ok {
				return true
			}
			if at := (Literal{In: in, Type: literalType(lit.Type)}); !ofC.MatchString(at.Type) && !called(lit, enclosing) {
				index := seen[at]
				seen[at]++
				at.Index = index
				visit(at, lit, enclosing)
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			walk(FuncKey(decl), decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR {
					walk("var "+spec.Names[0].Name, spec)
				}
			}
		}
	}
}

// literalType writes the type of a literal without the names of its parameters and results.
func literalType(t *ast.FuncType) string {
	write := func(fields *ast.FieldList) string {
		var list []string
		if fields != nil {
			for _, field := range fields.List {
				for range max(1, len(field.Names)) {
					list = append(list, types.ExprString(field.Type))
				}
			}
		}
		return strings.Join(list, ", ")
	}
	text := "func(" + write(t.Params) + ")"
	if results := write(t.Results); results != "" {
		text += " (" + results + ")"
	}
	return text
}

// called reports whether a literal is called where it stands.
func called(lit *ast.FuncLit, enclosing []ast.Node) bool {
	var at ast.Expr = lit
	for i := len(enclosing) - 1; i >= 0; i-- {
		switch n := enclosing[i].(type) {
		case *ast.ParenExpr:
			at = n
		case *ast.CallExpr:
			return n.Fun == at
		default:
			return false
		}
	}
	return false
}
