package directive

import (
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// Misnamed reports a directive whose name is not one of [Names]. It returns false for all others.
func Misnamed(d Directive, findings *finding.List) bool {
	if IsName(d.Name) {
		return false
	}
	hint := suggest.DidYouMean(d.Name, Names())
	if hint == "" {
		hint = "there are " + strings.Join(Names(), ", ")
	}
	findings.At(d.Pos, hint, "directive //instrument:%s must name an aspect", d.Name)
	return true
}

// Detached reports a directive that stands on nothing that it could apply to.
func Detached(d Directive, findings *finding.List) {
	findings.At(d.Pos, "move it there, without a blank line between, or remove it",
		"directive //instrument:%s must stand directly above a function, method, type or package clause", d.Name)
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
