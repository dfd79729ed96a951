// Package docs holds the test that keeps reference.md true: its tables of aspects, options and
// rules are made from package aspects, which also parses what they describe.
package docs

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/instrumentgo/instrument/aspects"
)

var update = flag.Bool("update", false, "rewrite the generated parts of reference.md")

// TestReference compares the generated parts of reference.md, each between two comments that name
// it, with what package aspects says now.
func TestReference(t *testing.T) {
	data, err := os.ReadFile("reference.md")
	if err != nil {
		t.Fatal(err)
	}
	functions := ruleFunctions(t)
	want := string(data)
	for name, text := range map[string]string{
		"aspects":      aspectSections(functions),
		"presets":      presetSections(),
		"declarations": functions.table("Rules", "Decl", "Part"),
		"selectors":    functions.table("Selector"),
	} {
		begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("reference.md must have the comments %s and %s", strings.TrimSpace(begin), strings.TrimSpace(end))
		}
		want = before + begin + text + end + after
	}
	if *update {
		if err := os.WriteFile("reference.md", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(want, string(data)); diff != "" {
		t.Errorf("reference.md is stale (-want +got); go test ./docs -update rewrites it:\n%s", diff)
	}
}

// ruleFunc is a function or method of the vocabulary of rule files.
type ruleFunc struct {
	call   string // "Attempts(n int)", or ".In(patterns ...string)" for a method
	result string // its type
	text   string // documentation, on one line
}

type functionList []ruleFunc

// named returns the call of a function.
func (l functionList) named(name string) string {
	for _, f := range l {
		if strings.HasPrefix(f.call, name+"(") || strings.HasPrefix(f.call, name+"[") {
			return strings.ReplaceAll(f.call, "|", "\\|")
		}
	}
	return name + "(?)"
}

// table returns the functions with the given results, in the order of the source.
func (l functionList) table(results ...string) string {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, result := range results {
		for _, f := range l {
			if f.result == result {
				fmt.Fprintf(&b, "| `%s` | %s |\n", f.call, escape(f.text))
			}
		}
	}
	return b.String()
}

// ruleFunctions reads the vocabulary from the source of package aspects.
func ruleFunctions(t *testing.T) functionList {
	t.Helper()
	fset := token.NewFileSet()
	var decls []ast.Decl
	for _, name := range []string{"rules.go", "constructors.go"} {
		file, err := parser.ParseFile(fset, filepath.Join("..", "aspects", name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		decls = append(decls, file.Decls...)
	}
	var list functionList
	for _, decl := range decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !f.Name.IsExported() || f.Type.Results == nil {
			continue
		}
		var signature strings.Builder
		if err := printer.Fprint(&signature, fset, f.Type); err != nil {
			t.Fatal(err)
		}
		name := f.Name.Name
		if f.Recv != nil {
			name = "." + name
		}
		params, result, _ := cutLast(strings.TrimPrefix(signature.String(), "func"), " ")
		list = append(list, ruleFunc{name + params, result, oneLine(docLink.ReplaceAllString(f.Doc.Text(), "`$1`"))})
	}
	return list
}

// docLink matches a link of a documentation comment.
var docLink = regexp.MustCompile(`\[([\w./]+)\]`)

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// asCode marks a name as code.
func asCode(name string) string { return "`" + name + "`" }

func aspectSections(functions functionList) string {
	var b strings.Builder
	for _, d := range aspects.Builtin() {
		fmt.Fprintf(&b, "### %s: %s\n\n`//instrument:%s`, in a rule file `aspects.%s`\n\n%s\n", d.Name, d.Title, d.Name, functions.named(d.Rule), escape(oneLine(d.Doc)))
		if text := d.NeedsText(asCode); text != "" {
			fmt.Fprintf(&b, "\n%s\n", text)
		}
		if len(d.Options) == 0 {
			continue
		}
		b.WriteString("\n| option | in a rule file | value | default | |\n|---|---|---|---|---|\n")
		for _, o := range d.Options {
			var rule []string
			if o.Own {
				rule = append(rule, "the argument")
			}
			if o.Rule != "" {
				rule = append(rule, "`"+functions.named(o.Rule)+"`")
			}
			value := "`" + o.Name + "=`"
			if o.Value {
				value += ", or alone"
			}
			text := escape(o.Doc)
			if o.Why != "" {
				text += ". *Why:* " + escape(o.Why)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", value, strings.Join(rule, ", "), escape(valueOf(o)), defaultOf(o), text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// presetSections lists each preset's aspects with the argument for each.
func presetSections() string {
	var b strings.Builder
	for _, p := range aspects.Presets() {
		fmt.Fprintf(&b, "### %s: %s\n\n`//instrument:use %s`, in a rule file `aspects.Use(%q)`\n\n%s\n\n| aspect | because |\n|---|---|\n", p.Name, p.Title, p.Name, p.Name, escape(oneLine(p.Doc)))
		for _, part := range p.Parts {
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(append([]string{part.Aspect}, part.Options...), " "), escape(part.Why))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// kinds words each kind of value for a reader.
var kinds = map[aspects.Kind]string{
	aspects.Duration: "duration",
	aspects.Int:      "whole number",
	aspects.Float:    "number",
	aspects.Bool:     "true or false",
	aspects.String:   "text",
	aspects.Level:    "debug, info, warn or error",
	aspects.PerTime:  "number per time",
	aspects.Size:     "number of calls, or duration",
	aspects.Scheme:   "authentication scheme",
	aspects.Func:     "function `func(error) bool`, or of all results",
	aspects.Call:     "function or method",
	aspects.Key:      "expression over the parameters; repeatable",
	aspects.Expr:     "expression over the parameters, or variable of the package",
	aspects.Sentinel: "variable of type error; repeatable",
	aspects.Path:     "parameter or field path; repeatable",
	aspects.Result:   "result, by name or index",
}

func valueOf(o aspects.Option) string {
	if len(o.OneOf) > 0 {
		return strings.Join(o.OneOf, ", ")
	}
	text := cmp.Or(kinds[o.Kind], string(o.Kind))
	least, open := strings.CutPrefix(o.Min, ">")
	switch {
	case open && o.Max != "":
		return fmt.Sprintf("%s, more than %s, at most %s", text, least, o.Max)
	case open:
		return fmt.Sprintf("%s, more than %s", text, least)
	case o.Min != "" && o.Max != "":
		return fmt.Sprintf("%s, %s to %s", text, o.Min, o.Max)
	case o.Min != "":
		return fmt.Sprintf("%s, at least %s", text, o.Min)
	}
	return text
}

func defaultOf(o aspects.Option) string {
	switch {
	case o.Need:
		return "must be given"
	case o.Default == "":
		return "–"
	}
	return o.Default
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// escape keeps a text's asterisks, bars and angle brackets what they are.
func escape(text string) string {
	return strings.NewReplacer("*", `\*`, "|", `\|`, "<", "&lt;").Replace(text)
}
