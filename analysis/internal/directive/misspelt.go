package directive

import (
	"bytes"
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// form splits a comment that may be a misspelt directive into slashes, space, tool, space and name.
var form = regexp.MustCompile(`^(//|/\*)([ \t]*)([A-Za-z]+):([ \t]*)([A-Za-z]*)`)

// misspelt reports whether a comment that is not a directive looks like one, and which name was
// meant, "" if none is close. Prose such as "instrument: a tool" does not count, nor does an
// address.
func misspelt(text string) (name string, ok bool) {
	m := form.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	name = strings.ToLower(m[5])
	if !isName(name) {
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

func reportMisspelt(c *ast.Comment, name string, findings *finding.List) {
	hint := "write //instrument:" + name
	if name == "" {
		hint = "the names are " + strings.Join(Names(), ", ")
	}
	if m := form.FindStringSubmatch(c.Text); m[1] == "//" && m[2] != "" && m[3] == "instrument" && m[4] == "" && m[5] == name {
		findings.At(c.Slash, hint, "directive must have no space after //")
		return
	}
	findings.At(c.Slash, hint, "directive must have the form //instrument:name")
}

// beginnings match where a directive may begin, misspelt ones included.
var beginnings = [...]*regexp.Regexp{
	regexp.MustCompile(`//[ \t]*[A-Za-z]{8,12}:`),
	regexp.MustCompile(`/\*[ \t]*[A-Za-z]{8,12}:`),
}

// MayHold reports whether the text of a Go file seems to hold a directive or a misspelt one. It may
// be wrong, because it also looks into string literals.
func MayHold(src []byte) bool {
	for _, re := range beginnings {
		for _, at := range re.FindAllIndex(src, -1) {
			line, _, _ := bytes.Cut(src[at[0]:], []byte("\n"))
			text := strings.TrimRight(string(line), "\r")
			if _, ok := misspelt(text); ok {
				return true
			}
			if _, ok := parse(token.NoPos, text); ok {
				return true
			}
		}
	}
	return false
}
