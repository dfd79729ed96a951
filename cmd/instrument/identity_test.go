package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/instrumentgo/instrument/analysis/plan"
)

var (
	identityModules = flag.String("identity", "", "modules to weave whole, as path@version, separated by commas")
	identityAspects = flag.String("identity-aspects", "Trace(), Metrics()", "what to weave them with, as a rule file writes it")
)

// TestIdentity weaves every function of modules from the module proxy, and runs their tests plainly
// and woven: the same tests fail. It is run by hand, for it takes minutes a module;
// docs/identity.md has the last figures.
//
//	go test ./cmd/instrument -run TestIdentity -v -timeout=60m -identity=gopkg.in/yaml.v3@v3.0.1
func TestIdentity(t *testing.T) {
	if *identityModules == "" {
		t.Skip("run by hand, with -identity=module@version")
	}
	tool := buildTool(t)
	for _, module := range strings.Split(*identityModules, ",") {
		t.Run(module, func(t *testing.T) {
			dir := identityModule(t, module)
			plan, stderr, err := runIn(dir, tool, "plan")
			if err != nil {
				t.Fatalf("instrument plan: %v\n%s", err, stderr)
			}
			plain, _, _ := runIn(dir, "go", "test", "./...")
			woven, errs, _ := runIn(dir, tool, "go", "test", "./...")
			if diff := gocmp.Diff(failures(plain), failures(woven)); diff != "" {
				t.Errorf("other tests fail (-plain +woven):\n%s%s", diff, errs)
			}
			t.Logf("%d functions woven, %d as attempts, %d skips, %d failures of its own",
				len(wovenLine.FindAllString(plan, -1)), strings.Count(plan, "  (attempt)\n"), strings.Count(plan, "  skipped, "), len(failures(plain)))
		})
	}
}

var (
	wovenLine   = regexp.MustCompile(`(?m)  \((prologue|attempt)\)$`)
	failureLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^FAIL\t(\S+)`)
)

// failures returns the names of the tests and packages that failed, sorted.
func failures(output string) []string {
	var list []string
	for _, m := range failureLine.FindAllStringSubmatch(output, -1) {
		list = append(list, m[1]+m[2])
	}
	slices.Sort(list)
	return list
}

// identityModule returns a copy of a module, with a rule that reaches all of it.
func identityModule(t *testing.T, module string) string {
	t.Helper()
	out, stderr, err := runIn(repository(t), "go", "mod", "download", "-json", module)
	var found struct{ Dir string }
	if err != nil || json.Unmarshal([]byte(out), &found) != nil {
		t.Fatalf("download %s: %v\n%s", module, err, stderr)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(found.Dir)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // the module cache is read-only
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chmod(path, 0o777)
	})
	if err != nil {
		t.Fatal(err)
	}
	rule := fmt.Sprintf("//go:build instrument\n\npackage identity\n\nimport . \"%s/aspects\"\n\nvar _ = Module(Rule(\"everything\", All(), %s))\n", plan.ModulePath, *identityAspects)
	for name, text := range map[string]string{"identity.go": "package identity\n", "rules.go": rule} {
		path := filepath.Join(dir, "identity", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"go", "mod", "edit", "-go=1.26.0", "-require=" + plan.ModulePath + "@v0.0.0", "-replace=" + plan.ModulePath + "=" + repository(t), "-tool=" + plan.ModulePath + "/cmd/instrument"},
		{"go", "mod", "tidy"},
	} {
		if _, stderr, err := runIn(dir, args...); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, stderr)
		}
	}
	return dir
}
