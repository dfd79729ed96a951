package rewrite

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
	"github.com/instrumentgo/instrument/rewrite/internal/stubs"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// TestGolden weaves each archive of testdata/weave: the lines of "sites" name the variables and
// hold the words of a site line, "input.go" is woven into "build.go" and "reading.go". A line
// "flags:" in the archive's comment changes the input: crlf ends its lines in CR LF, bom puts a
// byte order mark before it.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/weave/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sites, input := readCase(t, archive)
			for _, style := range []Style{Build, Reading} {
				woven := checkWoven(t, input, sites, style)
				compareGolden(t, archive, []string{"build.go", "reading.go"}[style], plain(t, archive, woven))
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func hasFlag(archive *txtar.Archive, name string) bool {
	for line := range strings.Lines(string(archive.Comment)) {
		if flags, ok := strings.CutPrefix(line, "flags:"); ok && strings.Contains(flags, name) {
			return true
		}
	}
	return false
}

func readCase(t *testing.T, archive *txtar.Archive) (sites []*plan.Site, input []byte) {
	t.Helper()
	for _, f := range archive.Files {
		switch f.Name {
		case "sites":
			for line := range strings.Lines(string(f.Data)) {
				sites = append(sites, readSite(t, strings.TrimSpace(line)))
			}
		case "input.go":
			input = f.Data
		}
	}
	if hasFlag(archive, "crlf") {
		input = bytes.ReplaceAll(input, []byte("\n"), []byte("\r\n"))
	}
	if hasFlag(archive, "bom") {
		input = append(bytes.Clone(byteOrderMark), input...)
	}
	return sites, input
}

func readSite(t *testing.T, line string) *plan.Site {
	t.Helper()
	variable, words, _ := strings.Cut(line, " ")
	d, _ := ast.ParseDirective(1, "//instrument:site "+words)
	args, err := d.ParseArgs()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	site, err := siteline.Parse(args)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	site.Var = variable
	return site
}

// plain undoes the archive's flags, and checks that they were kept.
func plain(t *testing.T, archive *txtar.Archive, text []byte) []byte {
	t.Helper()
	if hasFlag(archive, "bom") {
		if !bytes.HasPrefix(text, byteOrderMark) || bytes.Count(text, byteOrderMark) != 1 {
			t.Errorf("byte order mark was not kept")
		}
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	if hasFlag(archive, "crlf") {
		if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
			t.Errorf("a line lost its CR LF:\n%q", text)
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	return text
}

func compareGolden(t *testing.T, archive *txtar.Archive, name string, got []byte) {
	t.Helper()
	for i, f := range archive.Files {
		if f.Name == name {
			if *update {
				archive.Files[i].Data = got
			} else if diff := cmp.Diff(string(f.Data), string(got)); diff != "" {
				t.Errorf("%s differs (-golden +got):\n%s", name, diff)
			}
			return
		}
	}
	if !*update {
		t.Fatalf("no golden %s; run with -update", name)
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: got})
}

// checkWoven weaves and checks everything that must hold for any input: the result type-checks,
// weaving it again changes nothing, and what was there keeps its positions (for the compiler) or
// its formatting (for people).
func checkWoven(t *testing.T, input []byte, sites []*plan.Site, style Style) []byte {
	t.Helper()
	before := bytes.Clone(input)
	woven, found, err := Weave("input.go", input, sites, nil, style)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, input) {
		t.Errorf("Weave changed its input")
	}
	if len(found) != len(sites) {
		t.Errorf("found %v of %d sites", found, len(sites))
	}
	again, _, err := Weave("input.go", woven, sites, nil, style)
	if err != nil || !bytes.Equal(woven, again) {
		t.Errorf("weaving twice is not weaving once: %v\n%s", err, again)
	}
	stubs.Check(t, input)
	stubs.Check(t, woven, siteDecls(input, sites))
	if style == Build {
		checkPositions(t, input, woven, sites)
		if bytes.Count(input, []byte("\n")) != bytes.Count(woven, []byte("\n")) {
			t.Errorf("the number of lines changed:\n%s", woven)
		}
		return woven
	}
	if text, ok := asGofmt(input); ok && isFormatted(text) {
		if text, ok := asGofmt(woven); !ok || !isFormatted(text) {
			t.Errorf("the result is not formatted:\n%s", woven)
		}
	}
	return woven
}

func isFormatted(text []byte) bool {
	out, err := format.Source(text)
	return err == nil && bytes.Equal(out, text)
}

// checkPositions compares the positions of every node of the bodies, and of all other declarations,
// before and after.
func checkPositions(t *testing.T, input, woven []byte, sites []*plan.Site) {
	t.Helper()
	before, after := positions(t, input, nil), positions(t, woven, sites)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("positions differ (-before +after):\n%s\n%s", diff, woven)
	}
}

func positions(t *testing.T, src []byte, sites []*plan.Site) []string {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "/src/input.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	var list []string
	add := func(what string, pos token.Pos) {
		list = append(list, fmt.Sprintf("%s %v", what, fset.Position(pos)))
	}
	literals := map[*ast.FuncLit]*plan.Site{}
	plan.EachLiteral(file, func(at plan.Literal, lit *ast.FuncLit, _ []ast.Node) {
		for _, site := range sites {
			if site.Literal != nil && *site.Literal == at {
				literals[lit] = site
			}
		}
	})
	var nodes func(root ast.Node)
	nodes = func(root ast.Node) {
		ast.Inspect(root, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok { // its signature may have got names
				add("literal", lit.Pos())
				for _, stmt := range originalBody(lit.Body, literals[lit]) {
					nodes(stmt)
				}
				add("end", lit.Body.Rbrace)
				return false
			}
			if n != nil {
				add(fmt.Sprintf("%T", n), n.Pos())
				add(fmt.Sprintf("%T end", n), n.End())
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			nodes(decl)
			continue
		}
		add("func "+plan.FuncKey(fn), fn.Pos())
		i := slices.IndexFunc(sites, func(s *plan.Site) bool { return s.Func == plan.FuncKey(fn) })
		var site *plan.Site
		if i >= 0 {
			site = sites[i]
		}
		for _, stmt := range originalBody(fn.Body, site) {
			nodes(stmt)
		}
		add("end", fn.Body.Rbrace)
	}
	return list
}

// originalBody returns the statements that a body had before it was woven for the site; nil for no
// site.
func originalBody(woven *ast.BlockStmt, site *plan.Site) []ast.Stmt {
	if site == nil {
		return woven.List
	}
	if site.Shape == plan.Prologue {
		return woven.List[prologueLength(site):]
	}
	var body []ast.Stmt
	ast.Inspect(woven, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || body != nil {
			return body == nil
		}
		if lit, ok := call.Fun.(*ast.FuncLit); ok {
			body = lit.Body.List
		}
		return true
	})
	return body
}

// prologueLength counts the statements that stand before the body.
func prologueLength(site *plan.Site) int {
	n := 3 + len(site.Attrs)
	for _, set := range []bool{site.Allow, site.Start, site.Entry == plan.EntryRequest} {
		if set {
			n++
		}
	}
	for _, step := range site.Steps {
		n++
		for _, k := range step.Keys {
			if len(k.Guards) > 0 {
				n += 2 // the key's variable, and its value
				break
			}
		}
	}
	return n
}

// siteDecls declares the variables that the woven text of src refers to, as the generated file
// would.
func siteDecls(src []byte, sites []*plan.Site) string {
	const hooks = "github.com/instrumentgo/instrument/runtimehooks"
	file, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly)
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\nimport hooks_ %q\nimport http_ %q\nimport context_ \"context\"\n", file.Name, hooks, hooks+"/httphooks")
	b.WriteString("var _ hooks_.Site\nvar _ http_.Site\nvar _ context_.Context\n")
	declared := map[string]bool{}
	for _, s := range sites {
		if n := s.Numbered; (s.SpellsCall() || s.SpellsContext()) && !declared[n] {
			declared[n] = true
			fmt.Fprintf(&b, "type instrumentContext%s = context_.Context\ntype instrumentError%s = error\ntype instrumentCall%s = hooks_.Call\n", n, n, n)
		}
		site := "hooks_.Site"
		switch s.Entry {
		case plan.EntryHTTP:
			site = "http_.Site"
		case plan.EntryRequest, plan.EntryParent:
			site = "http_.RequestSite"
		}
		fmt.Fprintf(&b, "var %s %s\n", s.Var, site)
	}
	return b.String()
}
