// Package archtest holds the test of which package may import what: the direction in which the
// stages depend on one another, and what only the drivers may know. The reasons are in
// CONTRIBUTING.md.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/internal/kind"
)

const modulePath = "github.com/instrumentgo/instrument"

// The rooms behind the door of analysis, and the two packages that it shares with the stages after
// it.
const (
	rooms   = "analysis/internal/"
	plan    = "analysis/plan"
	finding = "analysis/finding"
)

// layers says which packages of this module each package may import, tests aside. A path stands for
// the folders below it as well, unless "=" stands before it, and the longest one that fits a
// package counts.
var layers = map[string][]string{
	"aspects":      {"internal/option"},
	"runtimehooks": {"runtimehooks", "internal/option", "internal/suggest"},                                                      // what a woven program links: no package of the tool
	"bindings":     {"bindings", "internal/kind", "internal/option", "internal/suggest", "internal/observe", "internal/sqltext"}, // likewise; each provider with a heavy dependency is a module of its own

	"runtimehooks/live":       {"runtimehooks", "internal/yamlfile"},
	"runtimehooks/franzhooks": {"runtimehooks", "internal/observe"},
	"runtimehooks/natshooks":  {"runtimehooks", "internal/observe"},
	"runtimehooks/pgxhooks":   {"runtimehooks", "internal/observe", "internal/sqltext"},
	"runtimehooks/redishooks": {"runtimehooks", "internal/observe"},
	"runtimehooks/sqlhooks":   {"internal/observe", "runtimehooks/internal/process"},
	"bindings/environment":    {"=bindings", "internal/yamlfile"},

	// Providers are made of what kinds ask of them, and know of nothing that a service or its tests
	// import beside the kinds.
	"bindings/provider": {"=bindings", "bindings/internal", "bindings/provider", "bindings/blob", "bindings/config", "bindings/kv", "bindings/lock",
		"bindings/secret", "bindings/sqldb", "bindings/topic", "bindings/workflow", "internal/option", "internal/suggest", "internal/sqltext", "internal/yamlfile"},

	"bindings/service/servicetest": {"bindings", "runtimehooks"},                    // what a service that is woven fails with
	"bindings/internal/guard":      {"bindings", "runtimehooks", "internal/option"}, // the policies of an environment are those of woven functions

	"analysis":           {"analysis", "internal/kind", "internal/underway"},
	finding:              nil,
	plan:                 {"internal/option"},
	rooms + "directive":  {finding, plan, "aspects", "internal/suggest"},
	rooms + "signature":  {plan},
	rooms + "source":     {finding, plan, rooms + "directive", rooms + "signature", "internal/underway"},
	rooms + "literals":   {plan, rooms + "directive", rooms + "signature", rooms + "source"},
	rooms + "entries":    {finding, plan, rooms + "signature", rooms + "source"},
	rooms + "expression": {plan, rooms + "signature", rooms + "source", "aspects"},
	rooms + "order":      {"internal/option", finding, "aspects", "internal/suggest"},
	rooms + "ask":        {rooms + "order", rooms + "entries", rooms + "expression", "internal/option", finding, plan, rooms + "directive", rooms + "signature", rooms + "source", "aspects", "internal/suggest"},
	rooms + "operand":    {"internal/option", plan, rooms + "signature", rooms + "source", rooms + "ask", "aspects"},
	rooms + "initorder":  {plan},
	rooms + "frames":     {plan, rooms + "source"},
	rooms + "sites":      {rooms + "frames", rooms + "initorder", rooms + "entries", rooms + "literals", "internal/option", finding, plan, rooms + "directive", rooms + "signature", rooms + "source", rooms + "ask", rooms + "operand", "aspects", "internal/underway"},
	rooms + "steps":      {finding, plan, rooms + "directive", rooms + "signature", rooms + "sites", rooms + "source", "internal/suggest", "internal/underway"},
	rooms + "callsites":  {rooms + "initorder", plan, rooms + "directive", rooms + "signature", rooms + "source", rooms + "ask", rooms + "operand", rooms + "sites", "internal/underway"},
	rooms + "binds":      {"internal/option", finding, plan, rooms + "directive", rooms + "signature", rooms + "source", "internal/kind", "internal/suggest", "internal/underway"},
	rooms + "calls":      {plan, rooms + "signature", rooms + "source", "internal/underway"},
	rooms + "flow":       {"internal/option", finding, plan, rooms + "sites", rooms + "signature", rooms + "source", rooms + "calls", "internal/underway"},
	rooms + "replay":     {plan, rooms + "signature", rooms + "source", rooms + "calls", "internal/underway"},
	rooms + "survey":     {finding, plan, rooms + "entries", rooms + "literals", rooms + "directive", rooms + "signature", rooms + "source", rooms + "flow"},
	rooms + "uses":       {plan, rooms + "signature", rooms + "source", rooms + "calls", "internal/kind"},

	"rewrite":                    {"internal/option", plan, "internal/underway"},
	"rewrite/generated":          {"internal/option", plan, "rewrite", "aspects", "internal/kind", "internal/underway"},
	"rewrite/generated/literal":  {"internal/option", plan, "aspects"},
	"rewrite/generated/siteline": {plan},
	"rewrite/internal":           nil,

	"internal/gobuild":       {plan},
	"internal/option":        nil, // what the options of policies may be, for all who read them
	"internal/option/schema": {"internal/option"},
	"internal/kind":          nil,                  // the kinds of bindings, for the tool and for programs
	"internal/suggest":       nil,                  // how a misspelled word is reported, for all
	"internal/observe":       {"internal/sqltext"}, // how operations on databases and services are recorded
	"internal/recorded":      nil,                  // for tests
	"internal/sqltext":       nil,
	"internal/yamlfile":      nil, // files that programs and the tool read, bounded
	"internal/underway":      nil, // what the tool is doing, for when it panics
	"internal/envcheck":      {plan, finding, "internal/suggest", "internal/yamlfile", "bindings", "bindings/provider", "bindings/environment"},
	"internal/bindgraph":     {plan, "bindings", "bindings/provider"},
	"internal/scaffold":      {plan, "=analysis"}, // what init writes, from what a survey holds
	"internal/archtest":      nil,
	"docs":                   {"aspects"},
	"cmd/instrument":         {"aspects", "analysis", "rewrite", "internal", "bindings", "runtimehooks"},

	"bench":    {"bench", "runtimehooks"},
	"examples": {"examples", "bindings", "runtimehooks"}, // written plainly: of the last, only generated files know
}

// pure are the packages that see nothing of the machine: source has read what they are given.
var pure = []string{
	"aspects", plan, rooms + "directive", rooms + "signature", rooms + "literals", rooms + "entries", rooms + "expression", rooms + "ask", rooms + "operand", rooms + "sites", rooms + "callsites", rooms + "binds", rooms + "flow", "rewrite",
}

// barred says which packages of the standard library are kept to a few places.
var barred = []struct {
	path  string
	only  []string // the packages that may import it
	never []string // the packages that may not; nil for all others than only
	why   string
}{
	{"os/exec", []string{"internal/gobuild", "cmd", "bindings/provider/dbos/kill"}, nil, "only the drivers run the go command and its tools"},
	{"syscall", []string{"internal/gobuild", "examples", "bindings"}, nil, "only the drivers replace a process, and bindings name signals"},
	{"os", nil, pure, "the same plan and text must give the same bytes, whatever the machine"},
	{"io/fs", nil, pure, "the same plan and text must give the same bytes, whatever the machine"},
	{"net", nil, []string{"aspects", "analysis", "rewrite"}, "no stage asks another machine"},
	{"math/rand", nil, []string{"aspects", "analysis", "rewrite"}, "the same input must give the same bytes"},
	{"math/rand/v2", nil, []string{"aspects", "analysis", "rewrite"}, "the same input must give the same bytes"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// rel is the package's path below the module's.
func (p pkg) rel() string { return relative(p.ImportPath) }

func relative(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, modulePath), "/")
}

func isOwn(path string) bool { return below(path, modulePath) }

func below(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

func anyBelow(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return below(path, f) || f == "="+path })
}

// packages lists the module's packages for the system that the test runs on.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", modulePath+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		checkLayer(t, p)
		checkBarred(t, p)
		if below(p.rel(), "rewrite") {
			checkNoClock(t, p)
		}
	}
}

func checkLayer(t *testing.T, p pkg) {
	t.Helper()
	folder, known := "", false
	for f := range layers {
		if below(p.rel(), f) && len(f) >= len(folder) {
			folder, known = f, true
		}
	}
	if !known {
		t.Errorf("package %s must be in the table of layers", p.rel())
		return
	}
	for _, path := range p.Imports {
		switch {
		case isOwn(path) && !anyBelow(relative(path), layers[folder]):
			t.Errorf("%s must not import %s: of this module it may import only %q", p.rel(), relative(path), layers[folder])
		case folder == "aspects" && !isOwn(path) && strings.Contains(strings.Split(path, "/")[0], "."):
			t.Errorf("%s must not import %s: rule files are to be checked with the standard library and internal/option alone", p.rel(), path)
		}
	}
}

func checkBarred(t *testing.T, p pkg) {
	t.Helper()
	for _, b := range barred {
		barred := anyBelow(p.rel(), b.never) || b.never == nil && !anyBelow(p.rel(), b.only)
		if barred && slices.Contains(p.Imports, b.path) {
			t.Errorf("%s must not import %s: %s", p.rel(), b.path, b.why)
		}
	}
}

// notClock are the names of package time that are about durations.
var notClock = []string{"Duration", "ParseDuration", "Hour", "Minute", "Second", "Millisecond", "Microsecond", "Nanosecond"}

// checkNoClock checks that the package uses of package time only what needs no clock.
func checkNoClock(t *testing.T, p pkg) {
	t.Helper()
	fset := token.NewFileSet()
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && !slices.Contains(notClock, sel.Sel.Name) {
				t.Errorf("%s: %s must have no clock, such as time.%s", fset.Position(sel.Pos()), p.rel(), sel.Sel.Name)
			}
			return true
		})
	}
}

var importedOfOurs = regexp.MustCompile(`(?m)^\+\s*(?:import )?(?:\w+ )?"(` + regexp.QuoteMeta(modulePath) + `[^"]*)"`)

// Woven and generated code may import of this module what a program can link without the tool.
func TestWovenCodeImports(t *testing.T) {
	paths, err := filepath.Glob("../../golden/*/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	const hooks = modulePath + "/runtimehooks"
	allowed := []string{hooks, hooks + "/httphooks", hooks + "/cachehooks", hooks + "/live", hooks + "/debug", hooks + "/sloghooks", kind.Bindings}
	for _, k := range kind.All() {
		allowed = append(allowed, k.Path)
	}
	found := 0
	for _, path := range paths {
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range importedOfOurs.FindAllSubmatch(golden, -1) {
			found++
			if !slices.Contains(allowed, string(m[1])) {
				t.Errorf("%s: woven code must not import %s", filepath.Base(path), m[1])
			}
		}
	}
	if found == 0 {
		t.Errorf("no golden file of %d has an import of ours", len(paths))
	}
}

// A module that uses the tool requires, through links.go, every package of bindings that generated
// files may import.
func TestLinks(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../cmd/instrument/links.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{modulePath + "/runtimehooks/debug", modulePath + "/runtimehooks/live"}
	for _, k := range kind.All() {
		want = append(want, k.Path)
	}
	var got []string
	for _, spec := range file.Imports {
		got = append(got, strings.Trim(spec.Path.Value, `"`))
	}
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("cmd/instrument/links.go must import %q, and imports %q", want, got)
	}
}
