package bindings_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/instrumentgo/instrument/bindings/provider"
)

// suites are the conformance suites, with the least number of cases that each must keep.
var suites = []struct {
	path  string
	least int
}{
	{"kv/kvtest", 40}, {"topic/topictest", 30}, {"blob/blobtest", 25}, {"lock/locktest", 20}, {"secret/secrettest", 10},
	{"config/configtest", 10}, {"sqldb/sqldbtest", 10}, {"service/servicetest", 10},
	{"workflow/workflowtest", 40},
}

// README.md says how many cases each suite has and who runs it, as the sources have it.
func TestSuites(t *testing.T) {
	runs := runners(t)
	table := "| suite | cases | run by the tests of |\n|---|---|---|\n"
	for _, s := range suites {
		n := casesIn(t, s.path)
		if n < s.least {
			t.Errorf("%s has %d cases, want at least %d", s.path, n, s.least)
		}
		by := slices.Sorted(slices.Values(runs[filepath.Base(s.path)]))
		if len(by) < 2 {
			t.Errorf("%s is run by %q: it must be run by two, so that it is about the kind and not about a provider", s.path, by)
		}
		table += fmt.Sprintf("| `%s` | %d | %s |\n", s.path, n, strings.Join(by, ", "))
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), table) {
		t.Errorf("README.md must have this table:\n%s", table)
	}
}

// parsed returns the files of a folder.
func parsed(t *testing.T, folder, pattern string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// casesIn counts the elements of the variables of type []testCase in a suite, and the case that
// RunQuota adds of its own.
func casesIn(t *testing.T, suite string) (n int) {
	t.Helper()
	for _, file := range parsed(t, suite, "*.go") {
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				ast.Inspect(node, func(node ast.Node) bool {
					if call, ok := node.(*ast.CallExpr); ok && selected(call, "providertest") == "RunQuota" {
						n++
					}
					return true
				})
				return false
			case *ast.CompositeLit:
				list, ok := node.Type.(*ast.ArrayType)
				if !ok {
					return true
				}
				if of, ok := list.Elt.(*ast.Ident); ok && of.Name == "testCase" {
					n += len(node.Elts)
				}
				return false
			}
			return true
		})
	}
	return n
}

// runners returns for each suite, by the last element of its path, the folders whose tests run it.
func runners(t *testing.T) map[string][]string {
	t.Helper()
	folders, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	providers, err := filepath.Glob("provider/*")
	if err != nil {
		t.Fatal(err)
	}
	runs := map[string][]string{}
	for _, folder := range append(folders, providers...) {
		name := filepath.Base(folder)
		for _, file := range parsed(t, folder, "*_test.go") {
			ast.Inspect(file, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				for _, s := range suites {
					suite := filepath.Base(s.path)
					switch selected(call, suite) {
					case "Run", "Local", "HTTP", "Registry":
						if !slices.Contains(runs[suite], name) {
							runs[suite] = append(runs[suite], name)
						}
					}
				}
				return true
			})
		}
	}
	return runs
}

// selected returns the function of a package that is called, "" if it is another package's.
func selected(call *ast.CallExpr, pkg string) string {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if of, ok := selector.X.(*ast.Ident); !ok || of.Name != pkg {
		return ""
	}
	return selector.Sel.Name
}

// README.md shows which provider has which kind, as they declare it.
func TestProviderTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var header []string
	rows := map[string][]string{}
	for line := range strings.Lines(string(readme)) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case strings.HasPrefix(line, "| provider | URL |"):
			header = cells
		case header != nil && !strings.HasPrefix(line, "|"):
			header = nil
		case header != nil:
			for len(cells) < len(header) {
				cells = append(cells, "")
			}
			for i, cell := range cells[3:] {
				if cell != "" {
					rows[cells[0]] = append(rows[cells[0]], header[3+i])
				}
			}
		}
	}
	for _, p := range provider.All() {
		var kinds []string
		for _, k := range p.Kinds {
			kinds = append(kinds, string(k.Kind))
		}
		got := slices.Sorted(slices.Values(rows[p.Name]))
		if !slices.Equal(got, kinds) {
			t.Errorf("README.md says that %s has %q, and it declares %q", p.Name, got, kinds)
		}
	}
}
