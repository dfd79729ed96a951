package rewrite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// TestRun builds a program plainly and woven, and compares what they print: values, and the file
// and line of statements as runtime.Caller and panics report them.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it builds programs with the go command")
	}
	archive, err := txtar.ParseFile("testdata/run/program.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = f.Data
	}
	var sites []*plan.Site
	for line := range strings.Lines(string(files["sites"])) {
		sites = append(sites, readSite(t, strings.TrimSpace(line)))
	}
	for _, name := range []string{"go.mod", "main.go", "plain.go"} {
		write(t, filepath.Join(dir, name), files[name])
	}
	plain := filepath.Join(dir, "plain.exe")
	build(t, dir, "-o", plain)
	wantOut, _ := run(t, plain)
	_, wantCrash := run(t, plain, "crash")

	for style, name := range map[Style]string{Build: "build", Reading: "reading"} {
		woven, found, err := Weave(filepath.Join(dir, "main.go"), files["main.go"], sites, nil, style)
		if err != nil || len(found) != len(sites) {
			t.Fatalf("found %d of %d: %v", len(found), len(sites), err)
		}
		exe := filepath.Join(dir, name+".exe")
		build(t, dir, "-o", exe, "-overlay", overlay(t, dir, name, map[string][]byte{
			"main.go": woven, "plain.go": files["hooks.go"], "gen.go": declareSites(sites),
		}))
		if *update && style == Build {
			_, reported := run(t, exe)
			write(t, "testdata/run/reported.golden", []byte(reported))
		}
		out, reported := run(t, exe)
		want, err := os.ReadFile("testdata/run/reported.golden")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), reported); diff != "" {
			t.Errorf("%s: the hooks reported something else (-golden +got):\n%s", name, diff)
		}
		if style == Reading {
			continue // its lines differ
		}
		if diff := cmp.Diff(wantOut, withoutLiterals(out, files["main.go"])); diff != "" {
			t.Errorf("the woven program prints something else (-plain +woven):\n%s", diff)
		}
		_, crash := run(t, exe, "crash")
		if diff := cmp.Diff(mainLines(wantCrash), mainLines(crash)); diff != "" {
			t.Errorf("the woven program's crash names other lines (-plain +woven):\n%s", diff)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

func run(t *testing.T, exe string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && len(args) == 0 {
		t.Fatalf("%s: %v\n%s", exe, err, errs.String())
	}
	return out.String(), errs.String()
}

// overlay writes the replaced files and returns the path of the overlay's description.
func overlay(t *testing.T, dir, name string, files map[string][]byte) string {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.Mkdir(at, 0o777); err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for base, data := range files {
		write(t, filepath.Join(at, base), data)
		replace[filepath.Join(dir, base)] = filepath.Join(at, base)
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(at, "overlay.json"), data)
	return filepath.Join(at, "overlay.json")
}

func declareSites(sites []*plan.Site) []byte {
	var b bytes.Buffer
	b.WriteString("package main\n\ntype instrumentCall = Call\n\n")
	for _, s := range sites {
		fmt.Fprintf(&b, "var %s = Site{name: %q}\n", s.Var, s.Func)
	}
	return b.Bytes()
}

// withoutLiterals drops the lines that a trace has only because a body became a literal: the
// function's own frame, whose call is at the closing brace.
func withoutLiterals(out string, src []byte) string {
	lines := strings.Split(string(src), "\n")
	var list []string
	for line := range strings.Lines(out) {
		var n int
		if _, err := fmt.Sscanf(line, "main.go:%d", &n); err == nil && lines[n-1] == "}" {
			continue
		}
		list = append(list, line)
	}
	return strings.Join(list, "")
}

var mainLine = regexp.MustCompile(`main\.go:\d+`)

func mainLines(trace string) []string { return slices.Compact(mainLine.FindAllString(trace, -1)) }
