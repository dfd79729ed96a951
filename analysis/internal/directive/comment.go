package directive

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/aspects"
)

// Directive is one "//instrument:name args" comment.
type Directive struct {
	Name string
	Args []ast.DirectiveArg // set by [Read] alone
	Text string             // everything after the name
	Pos  token.Pos
}

// Verbs are the directives that are not aspects. The first two are about aspects.
var Verbs = []string{"use", "off", "mutating", "repeatable", "decorate", "debug", "otel", "bind", "subscribe", "service", "workflow", "step"}

// Names returns the names of all directives.
func Names() []string { return append(aspects.DefaultOrder(), Verbs...) }

// isName reports whether there is a directive of that name.
func isName(name string) bool {
	_, known := aspects.Lookup(name)
	return known || slices.Contains(Verbs, name)
}

// In returns the directives of a comment, which may be nil. It leaves reporting mistakes to [Read].
func In(group *ast.CommentGroup) []Directive {
	if group == nil {
		return nil
	}
	var list []Directive
	for _, c := range group.List {
		if parsed, ok := parse(c.Slash, c.Text); ok {
			list = append(list, directive(parsed))
		}
	}
	return list
}

func parse(pos token.Pos, text string) (ast.Directive, bool) {
	parsed, ok := ast.ParseDirective(pos, text)
	return parsed, ok && parsed.Tool == "instrument"
}

func directive(parsed ast.Directive) Directive {
	return Directive{Name: parsed.Name, Text: parsed.Args, Pos: parsed.Slash}
}

// read returns the directive that a comment line holds, with its arguments. A line that only looks
// like a directive is a finding, because it does nothing.
func read(c *ast.Comment, findings *finding.List) (Directive, bool) {
	parsed, ok := parse(c.Slash, c.Text)
	if !ok {
		if name, meant := misspelt(c.Text); meant {
			reportMisspelt(c, name, findings)
		}
		return Directive{}, false
	}
	d := directive(parsed)
	if d.Name == "off" {
		return d, true // its reason is free text
	}
	args, err := parsed.ParseArgs()
	if err != nil {
		findings.At(parsed.ArgsPos, QuoteHint(d.Name), "arguments of //instrument:%s must have matching quotes: %v", d.Name, err)
		return Directive{}, false
	}
	i := slices.IndexFunc(args, func(a ast.DirectiveArg) bool { return strings.HasPrefix(a.Arg, "//") })
	if i >= 0 {
		findings.At(args[i].Pos, "put the comment on a line of its own", "directive //instrument:%s must end its line", d.Name)
		args = args[:i]
	}
	d.Args = args
	return d, true
}
