package ask

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/aspects"
)

const fuzzed = `package a

import "errors"

var ErrGone = errors.New("gone")

func IsTransient(err error) bool { return err == ErrGone }

`

// directivesOf reads the directives of a function, as written.
func directivesOf(t *testing.T, directives string) (list []*Want, findings []finding.Diagnostic, ok bool) {
	t.Helper()
	fset := token.NewFileSet()
	p := &source.Program{Fset: fset, Findings: &finding.List{Fset: fset}, Types: &source.Types{}}
	rules := &Rules{p: p, stacks: map[string][]*Want{"server": {{Name: "trace"}}}}
	file, err := parser.ParseFile(p.Fset, "a.go", fuzzed+directives+"\nfunc F() error { return nil }\n", parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, false
	}
	conf := types.Config{Importer: errorsOnly{}, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg := &source.Package{Listed: &packages.Package{Name: "a", PkgPath: "example.com/a"}, Info: &types.Info{}, Files: []*ast.File{file}}
	pkg.Types, _ = conf.Check("example.com/a", p.Fset, []*ast.File{file}, nil)
	found := directive.Read(file, p.Findings)
	for _, ds := range found.Funcs {
		want, _ := rules.FromDirectives(pkg, file, ds, true)
		list = append(list, want...)
	}
	return list, p.Findings.Sorted(), true
}

// errorsOnly imports package errors.
type errorsOnly struct{}

func (errorsOnly) Import(path string) (*types.Package, error) {
	pkg := types.NewPackage(path, "errors")
	err := types.NewVar(token.NoPos, pkg, "", types.Universe.Lookup("error").Type())
	text := types.NewVar(token.NoPos, pkg, "", types.Typ[types.String])
	pkg.Scope().Insert(types.NewFunc(token.NoPos, pkg, "New", types.NewSignatureType(nil, nil, nil, types.NewTuple(text), types.NewTuple(err), false)))
	pkg.MarkComplete()
	return pkg, nil
}

// directiveText writes an aspect's options as a directive.
func directiveText(w *Want) string {
	text := "//instrument:" + w.Name
	def, _ := aspects.Lookup(w.Name)
	for _, o := range def.Options {
		for _, v := range w.Options[o.Name] {
			text += " " + strconv.Quote(o.Name+"="+v.Text)
		}
	}
	return text
}

// What a directive says is what its canonical form says, whatever is in its place: nothing makes
// the tool panic, each finding has a place and one line, and each accepted value is written back as
// a directive that gives the same value.
func FuzzDirective(f *testing.F) {
	for _, def := range aspects.Builtin() {
		text := "//instrument:" + def.Name
		for _, o := range def.Options {
			if o.Default != "" {
				text += fmt.Sprintf(" %s=%s", o.Name, o.Default)
			}
		}
		f.Add(text)
	}
	for _, text := range []string{
		"//instrument:retry attempts=3 if=IsTransient on=ErrGone abort=ErrGone initial=0.5s max=60s jitter=1e-1",
		"//instrument:trace \"name=place order\" kind=server attr=req.ID attr=id err=0 stream=ok",
		"//instrument:trace `name=a\"b` attr=\"a\\nb\"", "//instrument:timeout 2000ms", "//instrument:log WARN+1 slow=1h0m0s",
		"//instrument:breaker payments rate=.5 window=+10", "//instrument:use server", "//instrument:off why", "//instrument:off",
		"//instrument:", "//instrument:Trace", "// instrument:trace", "//instrument:trace // a comment", "//instrument:trace \"", "//instrument:decorate now",
		"//instrument:trace\n//instrument:trace\n//instrument:metrics", "/*instrument:trace*/", "//instrument:trace =", "//instrument:log level=\xff",
		`//instrument:trace "attr=a\nb" "attr=a\nb"`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "/*") {
				return // it might declare what directives name
			}
		}
		list, findings, ok := directivesOf(t, text)
		if !ok {
			return
		}
		for _, d := range findings {
			if line := d.Format(""); !d.Pos.IsValid() || d.Message == "" || d.Hint == "" || strings.Contains(line, "\n") {
				t.Errorf("finding must be one line with a place and a remedy: %q", line)
			}
		}
		if len(findings) > 0 {
			return
		}
		for _, w := range list {
			again, findings, ok := directivesOf(t, directiveText(w))
			if !ok || len(findings) > 0 || len(again) != 1 {
				t.Fatalf("%s must be read again: %v", directiveText(w), findings)
			}
			for name, values := range w.Options {
				if !slices.EqualFunc(values, again[0].Options[name], func(a, b Value) bool { return a.Text == b.Text && (a.Ref == nil) == (b.Ref == nil) }) {
					t.Errorf("%s must give %s %v, not %v", directiveText(w), name, values, again[0].Options[name])
				}
			}
		}
	})
}
