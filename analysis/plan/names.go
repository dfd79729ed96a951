package plan

import (
	"go/ast"
	"strings"
	"unicode"
	"unicode/utf8"
)

// LowerFirst returns the name with its first letter in lower case, whatever script that is of.
func LowerFirst(name string) string { return mapFirst(unicode.ToLower, name) }

// UpperFirst returns the name with its first letter in upper case, whatever script that is of.
func UpperFirst(name string) string { return mapFirst(unicode.ToUpper, name) }

func mapFirst(to func(rune) rune, name string) string {
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return name
	}
	return string(to(first)) + name[size:]
}

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

// SpelledTypes are the names of the types that bodies spell, with the number that a package has for
// them.
func SpelledTypes(number string) []string {
	return []string{"instrumentContext" + number, "instrumentError" + number, "instrumentCall" + number}
}

// ServiceNames are the functions generated for an interface that is marked //instrument:service.
func ServiceNames(name string) []string {
	handler := name + "Handler"
	return []string{DerivedName("Open", name, ""), DerivedName("Provide", name, ""), handler}
}
