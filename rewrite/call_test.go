package rewrite

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// TestCalls weaves each archive of testdata/calls: the lines of "calls" hold the words of a call
// site's directive after the name of its variable, "-" for none; "input.go" is woven into
// "build.go" and "reading.go". Weaving that again changes nothing, and what is left of the input
// stays where it was.
func TestCalls(t *testing.T) {
	paths, err := filepath.Glob("testdata/calls/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			calls, input := readCalls(t, archive)
			for _, style := range []Style{Build, Reading} {
				compareGolden(t, archive, []string{"build.go", "reading.go"}[style], checkCalls(t, input, calls, style))
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func readCalls(t *testing.T, archive *txtar.Archive) (calls []*plan.CallSite, input []byte) {
	t.Helper()
	for _, f := range archive.Files {
		switch f.Name {
		case "input.go":
			input = f.Data
		case "calls":
			for line := range strings.Lines(string(f.Data)) {
				variable, words, _ := strings.Cut(strings.TrimSpace(line), " ")
				d, ok := ast.ParseDirective(1, "//instrument:call "+words)
				if !ok {
					t.Fatalf("no directive: %s", line)
				}
				args, err := d.ParseArgs()
				if err != nil {
					t.Fatal(err)
				}
				c, err := siteline.ParseCall(args)
				if err != nil {
					t.Fatal(err)
				}
				if variable != "-" {
					c.Site = &plan.Site{Var: variable}
				}
				calls = append(calls, c)
			}
		}
	}
	return calls, input
}

// checkCalls weaves the input and checks what holds for all woven texts.
func checkCalls(t *testing.T, input []byte, calls []*plan.CallSite, style Style) []byte {
	t.Helper()
	woven, found, err := Weave("input.go", input, nil, calls, style)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(calls) {
		t.Errorf("found %q of %d calls", found, len(calls))
	}
	again, found, err := Weave("input.go", woven, nil, calls, style)
	if err != nil || len(found) != len(calls) || !bytes.Equal(again, woven) {
		t.Errorf("weaving twice finds %q, %v (-once +twice):\n%s", found, err, cmp.Diff(string(woven), string(again)))
	}
	if style == Reading {
		if formatted, err := format.Source(woven); err != nil || !bytes.Equal(formatted, woven) {
			t.Errorf("reading form is not gofmt-clean: %v", err)
		}
		return woven
	}
	if before, after := bytes.Count(input, []byte("\n")), bytes.Count(woven, []byte("\n")); after > before {
		t.Errorf("%d lines became %d", before, after)
	}
	want, got := wordsAt(t, input), wordsAt(t, woven)
	for at, word := range want {
		if got[at] != word && !replaced(calls, word) {
			t.Errorf("%s at %s became %q", word, at, got[at])
		}
	}
	return woven
}

// wordsAt returns the identifiers and literals of a file by their places, line directives obeyed.
func wordsAt(t *testing.T, src []byte) map[string]string {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "input.go", src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Ident:
			words[fset.Position(n.Pos()).String()] = n.Name
		case *ast.BasicLit:
			words[fset.Position(n.Pos()).String()] = n.Value
		}
		return true
	})
	return words
}

// replaced reports whether a word is part of what a woven call no longer spells.
func replaced(calls []*plan.CallSite, word string) bool {
	for _, c := range calls {
		if word == c.Name || strings.Contains(" lib other Client Each T int ", " "+word+" ") {
			return true
		}
	}
	return false
}

// A call that the source does not hold is not found; one whose operand is missing is an error.
func TestCallErrors(t *testing.T) {
	src := []byte("package p\n\nfunc f() { g() }\n")
	missing := []*plan.CallSite{{In: "f", Name: "g", Index: 1, Through: "t"}, {In: "h", Name: "g", Through: "t"}}
	if woven, found, err := Weave("a.go", src, nil, missing, Build); err != nil || len(found) > 0 || !bytes.Equal(woven, src) {
		t.Errorf("woven into %s: found %q, %v", woven, found, err)
	}
	_, _, err := Weave("a.go", src, nil, []*plan.CallSite{{In: "f", Name: "g", Callee: "p.g", Through: "t", Method: true}}, Build)
	if want := "weave a.go: call of p.g in f: it must have an operand"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
