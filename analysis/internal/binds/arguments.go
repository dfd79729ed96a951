package binds

import (
	"errors"
	"go/token"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// readArguments reads the arguments of a directive, each of the form option=value and given once.
// set takes one; its error says what the value must be.
func readArguments(d directive.Directive, options []string, findings *finding.List, set func(name, text string, pos token.Pos) error) {
	seen := map[string]bool{}
	for _, arg := range d.Args {
		name, text, named := strings.Cut(arg.Arg, "=")
		example := "as in //instrument:" + d.Name + " " + name + "=" + exampleValues[name]
		hint := suggest.DidYouMean(name, options)
		switch {
		case slices.Contains(options, name):
			hint = example
		case hint == "":
			hint = "its options are " + strings.Join(options, ", ")
		}
		switch {
		case !named:
			findings.At(arg.Pos, hint, "argument %q of //instrument:%s must have the form option=value", arg.Arg, d.Name)
		case !slices.Contains(options, name):
			findings.At(arg.Pos, hint, "//instrument:%s must not have an option %q", d.Name, name)
		case seen[name]:
			findings.At(arg.Pos, "remove one", "option %s of //instrument:%s must be given once", name, d.Name)
		default:
			err := set(name, text, arg.Pos)
			if better, ok := errors.AsType[*hintedError](err); ok {
				example = better.hint
			}
			if err != nil {
				findings.At(arg.Pos, example, "option %s of //instrument:%s %v", name, d.Name, err)
			}
		}
		seen[name] = true
	}
}

// hintedError is an error about an option's value that knows a better remedy than the example.
type hintedError struct {
	error
	hint string
}

// exampleValues holds a value that each option can have.
var exampleValues = map[string]string{
	"name": "stock", "kind": "kv", "migrations": "migrations", "tenants": "true", "topic": "paid", "group": "orders.on-paid",
	"concurrency": "4", "deliveries": "5", "lease": "30s", "from": "now", "idempotent": "Find,List",
}
