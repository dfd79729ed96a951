package plan

import (
	"go/ast"
	"strings"
)

func LowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func UpperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// DerivedName puts words around the name of a type. The result is exported if the type is.
func DerivedName(before, name, after string) string {
	if !ast.IsExported(name) {
		before = strings.ToLower(before)
	}
	return before + UpperFirst(name) + after
}

// GeneratedFile is the name of the file that generate writes in a woven package.
const GeneratedFile = "instrument_gen.go"

// RuleTag is the build tag that marks a rule file.
const RuleTag = "instrument"

// ServiceNames are the functions generated for an interface that is marked //instrument:service.
func ServiceNames(name string) []string {
	handler := name + "Handler"
	return []string{DerivedName("Open", name, ""), DerivedName("Provide", name, ""), handler}
}
