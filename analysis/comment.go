package analysis

import (
	"bytes"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// directive is one "//instrument:name args" comment.
type directive struct {
	name string
	args []ast.DirectiveArg
	text string // everything after the name
	pos  token.Pos
}

// verbs are the directives that are no aspects.
var verbs = []string{"use", "off", "mutating", "decorate", "debug", "bind", "subscribe", "service"}

func directiveNames() []string { return append(aspects.DefaultOrder(), verbs...) }

func isDirectiveName(name string) bool {
	_, known := aspects.Lookup(name)
	return known || slices.Contains(verbs, name)
}

// form takes a comment that may be meant as a directive apart: slashes, space, tool, space, name.
var form = regexp.MustCompile(`^(//|/\*)([ \t]*)([A-Za-z]+):([ \t]*)([A-Za-z]*)`)

// misspelt reports whether a comment is no directive and yet meant as one, with the name that it means, "" for none. Prose
// such as "instrument: a tool" does not count, nor does an address.
func misspelt(text string) (name string, ok bool) {
	m := form.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	name = strings.ToLower(m[5])
	if !isDirectiveName(name) {
		name = ""
	}
	switch {
	case m[1]+m[2]+m[3] == "//instrument":
		return name, true
	case name == "" || m[2] != "" && m[4] != "":
		return "", false
	}
	tool := strings.ToLower(m[3])
	if tool == "instrument" || m[2] == "" && suggest.Distance(tool, "instrument") <= 2 {
		return name, true
	}
	return "", false
}

// parseDirective reads a comment. One that is no directive and yet meant as one is a finding, because it does nothing.
func parseDirective(c *ast.Comment, diags *Diagnostics) (directive, bool) {
	parsed, ok := ast.ParseDirective(c.Slash, c.Text)
	if !ok || parsed.Tool != "instrument" {
		if name, meant := misspelt(c.Text); meant {
			reportMisspelt(c, name, diags)
		}
		return directive{}, false
	}
	d := directive{name: parsed.Name, text: parsed.Args, pos: c.Slash}
	if d.name == "off" {
		return d, true // its reason is free text
	}
	args, err := parsed.ParseArgs()
	if err != nil {
		diags.at(parsed.ArgsPos, quoteHint(d.name), "arguments of //instrument:%s must have whole quotes: %v", d.name, err)
		return directive{}, false
	}
	i := slices.IndexFunc(args, func(a ast.DirectiveArg) bool { return strings.HasPrefix(a.Arg, "//") })
	if i >= 0 {
		diags.at(args[i].Pos, "put the comment on a line of its own", "directive //instrument:%s must end its line", d.name)
		args = args[:i]
	}
	d.args = args
	return d, true
}

func quoteHint(name string) string {
	return "quote a whole argument, as in //instrument:" + name + ` "name=place order"`
}

func reportMisspelt(c *ast.Comment, name string, diags *Diagnostics) {
	hint := "write //instrument:" + name
	if name == "" {
		hint = "the names are " + strings.Join(directiveNames(), ", ")
	}
	if m := form.FindStringSubmatch(c.Text); m[1] == "//" && m[2] != "" && m[3] == "instrument" && m[4] == "" && m[5] == name {
		diags.at(c.Slash, hint, "directive must have no space after //")
		return
	}
	diags.at(c.Slash, hint, "directive must have the form //instrument:name")
}

// meant finds where a directive may begin, misspelt ones included.
var meant = [...]*regexp.Regexp{
	regexp.MustCompile(`//[ \t]*[A-Za-z]{8,12}:`),
	regexp.MustCompile(`/\*[ \t]*[A-Za-z]{8,12}:`),
}

// MayHoldDirective reports whether the text of a Go file looks as if it held a directive, or something meant as one.
func MayHoldDirective(src []byte) bool {
	for _, re := range meant {
		for _, at := range re.FindAllIndex(src, -1) {
			line, _, _ := bytes.Cut(src[at[0]:], []byte("\n"))
			text := strings.TrimRight(string(line), "\r")
			if _, ok := misspelt(text); ok {
				return true
			}
			if d, ok := ast.ParseDirective(token.NoPos, text); ok && d.Tool == "instrument" {
				return true
			}
		}
	}
	return false
}
