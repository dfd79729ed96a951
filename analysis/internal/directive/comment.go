package directive

import (
	"bytes"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// Directive is one "//instrument:name args" comment.
type Directive struct {
	Name string
	Args []ast.DirectiveArg
	Text string // everything after the name
	Pos  token.Pos
}

// Verbs are the directives that are no aspects.
var Verbs = []string{"use", "off", "mutating", "decorate", "debug", "bind", "subscribe", "service"}

func Names() []string { return append(aspects.DefaultOrder(), Verbs...) }

func IsName(name string) bool {
	_, known := aspects.Lookup(name)
	return known || slices.Contains(Verbs, name)
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
	if !IsName(name) {
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

// parse reads a comment. One that is no directive and yet meant as one is a finding, because it does nothing.
func parse(c *ast.Comment, diags *finding.List) (Directive, bool) {
	parsed, ok := ast.ParseDirective(c.Slash, c.Text)
	if !ok || parsed.Tool != "instrument" {
		if name, meant := misspelt(c.Text); meant {
			reportMisspelt(c, name, diags)
		}
		return Directive{}, false
	}
	d := Directive{Name: parsed.Name, Text: parsed.Args, Pos: c.Slash}
	if d.Name == "off" {
		return d, true // its reason is free text
	}
	args, err := parsed.ParseArgs()
	if err != nil {
		diags.At(parsed.ArgsPos, QuoteHint(d.Name), "arguments of //instrument:%s must have whole quotes: %v", d.Name, err)
		return Directive{}, false
	}
	i := slices.IndexFunc(args, func(a ast.DirectiveArg) bool { return strings.HasPrefix(a.Arg, "//") })
	if i >= 0 {
		diags.At(args[i].Pos, "put the comment on a line of its own", "directive //instrument:%s must end its line", d.Name)
		args = args[:i]
	}
	d.Args = args
	return d, true
}

func QuoteHint(name string) string {
	return "quote a whole argument, as in //instrument:" + name + ` "name=place order"`
}

func reportMisspelt(c *ast.Comment, name string, diags *finding.List) {
	hint := "write //instrument:" + name
	if name == "" {
		hint = "the names are " + strings.Join(Names(), ", ")
	}
	if m := form.FindStringSubmatch(c.Text); m[1] == "//" && m[2] != "" && m[3] == "instrument" && m[4] == "" && m[5] == name {
		diags.At(c.Slash, hint, "directive must have no space after //")
		return
	}
	diags.At(c.Slash, hint, "directive must have the form //instrument:name")
}

// meant finds where a directive may begin, misspelt ones included.
var meant = [...]*regexp.Regexp{
	regexp.MustCompile(`//[ \t]*[A-Za-z]{8,12}:`),
	regexp.MustCompile(`/\*[ \t]*[A-Za-z]{8,12}:`),
}

// MayHold reports whether the text of a Go file looks as if it held a directive, or something meant as one.
func MayHold(src []byte) bool {
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

// Misnamed reports a directive of which there is none. It returns false for the others.
func Misnamed(d Directive, diags *finding.List) bool {
	if IsName(d.Name) {
		return false
	}
	hint := suggest.DidYouMean(d.Name, Names())
	if hint == "" {
		hint = "there are " + strings.Join(Names(), ", ")
	}
	diags.At(d.Pos, hint, "directive //instrument:%s must name an aspect", d.Name)
	return true
}
