package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/instrumentgo/instrument/aspects"
)

// doc runs "instrument doc" in this process: it looks at no module.
func doc(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.TempDir(), append([]string{"doc"}, args...), nil, &out, &errs)
	return code, out.String(), errs.String()
}

// Who does not know what there is gets all aspects, outermost first, and all presets.
func TestDocOverview(t *testing.T) {
	code, text, stderr := doc(t)
	if code != fine || stderr != "" {
		t.Fatalf("exit status %d: %s", code, stderr)
	}
	checkWidth(t, text)
	rest := text
	for _, d := range aspects.Builtin() {
		line := regexp.MustCompile(`(?m)^  ` + d.Name + ` +` + regexp.QuoteMeta(d.Title) + `$`).FindStringIndex(rest)
		if line == nil {
			t.Fatalf("%s must be listed with its title, after those that stand outside it:\n%s", d.Name, text)
		}
		rest = rest[line[1]:]
	}
	for _, p := range aspects.Presets() {
		if !strings.Contains(rest, p.Title) {
			t.Errorf("preset %s must be listed after the aspects:\n%s", p.Name, text)
		}
	}
	for _, name := range []string{"use", "off", "mutating", "repeatable", "decorate", "bind", "subscribe", "workflow", "step", "service", "debug", "otel"} {
		if !regexp.MustCompile(`(?m)^  ` + name + ` +[a-z]`).MatchString(rest) {
			t.Errorf("directive %s must be listed after the presets:\n%s", name, text)
		}
	}
}

// All that parses an aspect is printed, and fits a terminal.
func TestDocAspect(t *testing.T) {
	for _, d := range aspects.Builtin() {
		code, text, stderr := doc(t, d.Name)
		if code != fine || stderr != "" {
			t.Fatalf("%s: exit status %d: %s", d.Name, code, stderr)
		}
		text, example, _ := strings.Cut(text, "\nExample:\n")
		checkWidth(t, text)
		words := strings.Join(strings.Fields(text), " ")
		for _, want := range []string{
			d.Title, "//instrument:" + d.Name, "aspects." + d.Rule + "(", d.Doc,
			d.Needs.Context, d.Needs.Own, d.Needs.Error, d.Needs.Plain, d.Needs.JSON, d.Needs.NoResponse,
		} {
			checkHas(t, d.Name, words, want)
		}
		for i := range d.Options {
			checkOption(t, d.Name, text, &d.Options[i])
		}
		for line := range strings.Lines(d.Example) {
			if !strings.Contains(example, strings.TrimRight("    "+line, " \n")) {
				t.Errorf("doc %s: example must have the line %q", d.Name, line)
			}
		}
	}
}

func checkHas(t *testing.T, what, words, want string) {
	t.Helper()
	if want = strings.Join(strings.Fields(want), " "); !strings.Contains(words, want) {
		t.Errorf("doc %s must say %q:\n%s", what, want, words)
	}
}

// checkOption checks what is said of one option: all between its name and the next empty line.
func checkOption(t *testing.T, aspect, text string, o *aspects.Option) {
	t.Helper()
	_, text, ok := strings.Cut(text, "\n  "+o.Name+"=")
	if !ok {
		t.Errorf("doc %s must have option %s", aspect, o.Name)
		return
	}
	text, _, _ = strings.Cut(text, "\n\n")
	words := strings.Join(strings.Fields(text), " ")
	wants := append([]string{o.Doc, o.Why, strings.TrimPrefix(o.Min, ">"), o.Max}, o.OneOf...)
	if o.Default != "" {
		wants = append(wants, "by default "+o.Default)
	}
	if o.Rule != "" {
		wants = append(wants, "aspects."+o.Rule)
	}
	if o.Need {
		wants = append(wants, "must be given")
	}
	for _, want := range wants {
		checkHas(t, aspect+", option "+o.Name+",", words, want)
	}
	if kinds[o.Kind] == "" {
		t.Errorf("kind %q of option %s of %s must be worded in doc.go", o.Kind, o.Name, aspect)
	}
}

func TestDocPreset(t *testing.T) {
	for _, p := range aspects.Presets() {
		code, text, stderr := doc(t, p.Name)
		if code != fine || stderr != "" {
			t.Fatalf("%s: exit status %d: %s", p.Name, code, stderr)
		}
		checkWidth(t, text)
		words := strings.Join(strings.Fields(text), " ")
		checkHas(t, p.Name, words, p.Doc)
		for _, part := range p.Parts {
			checkHas(t, p.Name, words, strings.Join(append([]string{part.Aspect}, part.Options...), " ")+" "+part.Why)
		}
	}
}

func TestDocDirective(t *testing.T) {
	for _, d := range directivePages {
		code, text, stderr := doc(t, d.name)
		if code != fine || stderr != "" {
			t.Fatalf("%s: exit status %d: %s", d.name, code, stderr)
		}
		text, example, _ := strings.Cut(text, "\nExample:\n")
		checkWidth(t, text)
		for _, want := range append([]string{d.title, d.written}, d.paragraphs...) {
			checkHas(t, d.name, strings.Join(strings.Fields(text), " "), want)
		}
		if !strings.Contains(example, "//instrument:"+d.name) {
			t.Errorf("doc %s must have an example with the directive:\n%s", d.name, example)
		}
	}
}

// checkWidth checks that lines fit, except for a word that is too long by itself.
func checkWidth(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > columns {
			t.Errorf("line must have at most %d columns, not %d: %s", columns, utf8.RuneCountInString(line), line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line must not end in spaces: %q", line)
		}
	}
}

func TestDocMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"retyr"}, `instrument doc: argument must be an aspect or a preset, not "retyr" (did you mean "retry"?)`},
		{[]string{"Retry"}, `(did you mean "retry"?)`},
		{[]string{"sever"}, `(did you mean "server"?)`},
		{[]string{"caching"}, `(there are recover, trace, `},
		{[]string{"retry", "trace"}, "instrument doc: it takes one aspect or preset"},
	} {
		code, stdout, stderr := doc(t, c.args...)
		if code != failed || stdout != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "usage: instrument doc [aspect]") {
			t.Errorf("doc %q: exit status %d and %q, and must be %d and say %q with the usage", c.args, code, stderr, failed, c.want)
		}
	}
	if code, stdout, _ := doc(t, "-h"); code != fine || !strings.Contains(stdout, "usage: instrument doc [aspect]") {
		t.Errorf("doc -h: exit status %d: %s", code, stdout)
	}
}

// Whoever copies an example gets what it says. All are woven in one module, by one build.
func TestDocExamples(t *testing.T) {
	root, dir := repository(t), t.TempDir()
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.sum"), sum)
	writeFile(t, filepath.Join(dir, "go.mod"), hazardGoMod(t, root))
	wants := map[string]string{}
	for _, d := range aspects.Builtin() {
		want, err := promised(d.Example)
		if err != nil {
			t.Errorf("example of %s: %v", d.Name, err)
			continue
		}
		if !strings.Contains(d.Example, "//instrument:"+d.Name) {
			t.Errorf("example of %s must have its directive", d.Name)
		}
		wants[d.Name] = want
		writeFile(t, filepath.Join(dir, d.Name, "main.go"), []byte(d.Example))
	}
	if wants["workflow"], err = promised(workflowExample); err != nil {
		t.Errorf("example of workflow: %v", err)
	}
	writeFile(t, filepath.Join(dir, "workflow", "main.go"), []byte(workflowExample))
	for _, name := range []string{"main.go", "rules.go"} { // call sites have a rule
		text, err := os.ReadFile(filepath.Join(root, "aspects", "_examples", "calls", name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "calls", name), text)
		if name == "main.go" {
			if wants["calls"], err = promised(string(text)); err != nil {
				t.Errorf("example of calls: %v", err)
			}
		}
	}
	bin := filepath.Join(t.TempDir(), "bin") + string(filepath.Separator)
	if _, stderr, err := runIn(dir, buildTool(t), "go", "build", "-ldflags=-w", "-o", bin, "./..."); err != nil {
		t.Errorf("build examples: %v\n%s", err, stderr) // those that can be built are
	}
	for name, want := range wants {
		stdout, stderr, err := runIn(dir, bin+name)
		if err != nil {
			t.Errorf("run example of %s: %v\n%s", name, err, stderr)
			continue
		}
		compare(t, "example of "+name+" must print what its comment says (-want +got)", want, strings.TrimSpace(stdout))
	}
}

// promised returns what a program's comment says that it prints.
func promised(program string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "main.go", program, parser.ParseComments)
	if err != nil {
		return "", err
	}
	for _, group := range file.Comments {
		if text, ok := strings.CutPrefix(group.Text(), "Output:"); ok {
			return strings.TrimSpace(text), nil
		}
	}
	return "", fmt.Errorf("it must have a comment that begins with Output:")
}
