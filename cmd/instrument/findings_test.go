package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/instrumentgo/instrument/internal/gobuild"
)

// findingCase is one txtar of testdata/findings: a module in which something is wrong, and the
// commands that must say so. Its header says what, and holds lines
//
//	run: instrument plan ./...     a command line; INSTRUMENT in it stands for the built command; this one is the default
//	same as: go build ./...        the command before must print what this one prints, and exit as it does
//	words of the go command        the lines printed are not all ours, and need not have a remedy
//	no module                      there is no go.mod
//	with output                    the plan that it prints belongs to the golden file too
//
// A go.mod that the archive lacks is written, with all requirements of this repository; one that it
// has gets them in the place of a line "require INSTRUMENT".
type findingCase struct {
	name, header string
	runs         []findingRun
	foreign      bool // words of the go command
	module       bool
	output       bool
	files        []txtar.File
}

type findingRun struct{ line, sameAs string }

// TestFindings runs each module's commands, and compares all they print as errors, and their exit
// status, with the golden file. Every line has its place and its remedy, none is there twice, and
// no command changes a file.
func TestFindings(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(repository(t), "testdata", "findings", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("find findings: %d files, %v", len(paths), err)
	}
	tool := buildTool(t)
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := newFindingCase(strings.TrimSuffix(filepath.Base(path), ".txtar"), archive)
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f.write(t, dir)
			before := tree(t, dir)
			golden := &txtar.Archive{Comment: []byte(f.header)}
			for _, r := range f.runs {
				text := f.run(t, dir, tool, r)
				golden.Files = append(golden.Files, txtar.File{Name: r.line, Data: []byte(text)})
			}
			if diff := gocmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("files must stay as they are (-before +after):\n%s", diff)
			}
			compareGolden(t, filepath.Join("findings", f.name+".txt"), txtar.Format(golden))
		})
	}
}

func newFindingCase(name string, archive *txtar.Archive) *findingCase {
	f := &findingCase{name: name, module: true, files: archive.Files}
	for line := range strings.Lines(string(archive.Comment)) {
		text := strings.TrimSpace(line)
		run, isRun := strings.CutPrefix(text, "run: ")
		same, isSame := strings.CutPrefix(text, "same as: ")
		switch {
		case isRun:
			f.runs = append(f.runs, findingRun{line: run})
		case isSame:
			f.runs[len(f.runs)-1].sameAs = same
		case text == "words of the go command":
			f.foreign = true
		case text == "no module":
			f.module = false
		case text == "with output":
			f.output = true
		default:
			f.header += line
		}
	}
	if len(f.runs) == 0 {
		f.runs = []findingRun{{line: "instrument plan ./..."}}
	}
	return f
}

// write writes the module.
func (f *findingCase) write(t *testing.T, dir string) {
	t.Helper()
	root := repository(t)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	mod := string(hazardGoMod(t, root))
	mod = strings.Replace(mod, "module "+hazardModule, "module example.com/shop", 1)
	_, requirements, _ := strings.Cut(mod, "\n")
	files := f.files
	if f.module && !hasFile(files, "go.mod") && !hasFile(files, "go.work") {
		files = append([]txtar.File{{Name: "go.mod", Data: []byte(mod)}}, files...)
	}
	for _, file := range files {
		if filepath.Base(file.Name) == "go.mod" && (bytes.Contains(file.Data, []byte("require INSTRUMENT")) || !hasFile(f.files, file.Name)) {
			file.Data = []byte(strings.Replace(string(file.Data), "require INSTRUMENT", requirements, 1))
			writeFile(t, filepath.Join(dir, filepath.Dir(file.Name), "go.sum"), sum)
		}
		writeFile(t, filepath.Join(dir, file.Name), file.Data)
	}
}

func hasFile(files []txtar.File, name string) bool {
	for _, f := range files {
		if f.Name == name {
			return true
		}
	}
	return false
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, data, 0o666)); err != nil {
		t.Fatal(err)
	}
}

// placed is a line with a place and a remedy; spoken is one of a verb that cannot begin.
var (
	placed = regexp.MustCompile(`^[^:\s]+:\d+:\d+: .*\S \(.+\)$`)
	spoken = regexp.MustCompile(`^(instrument( \w+)?|usage): `)
)

// libraryLine is a place in the standard library or a dependency, which each release moves.
var libraryLine = regexp.MustCompile(`(?m)^(  (?:client|exec|strings|version4|trace/provider)\.go):\d+ `)

// run runs one command, and returns what it printed as errors, with its exit status.
func (f *findingCase) run(t *testing.T, dir, tool string, r findingRun) string {
	t.Helper()
	stdout, text := printed(t, dir, tool, r.line)
	if r.sameAs != "" {
		_, want := printed(t, dir, tool, r.sameAs)
		compare(t, fmt.Sprintf("%s must print what %s prints (-want +got)", r.line, r.sameAs), want, text)
	}
	if f.foreign {
		text = strings.ReplaceAll(text, dir, "DIR")
	}
	if strings.Contains(text, dir) || strings.Contains(text, "goroutine ") {
		t.Errorf("%s must print neither absolute paths nor stacks:\n%s", r.line, text)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimSuffix(line, "\n")
		if seen[line] && line != "" {
			t.Errorf("%s must print once: %s", r.line, line)
		}
		seen[line] = true
		if !f.foreign && !placed.MatchString(line) && !spoken.MatchString(line) && !strings.HasPrefix(line, "exit status ") {
			t.Errorf("%s must print lines of the form file:line:col: message (remedy), not: %s", r.line, line)
		}
	}
	if f.output {
		text += libraryLine.ReplaceAllString(stdout, "$1:N ")
	}
	return text
}

// printed runs a command line, and returns its output and its error output with its exit status.
func printed(t *testing.T, dir, tool, line string) (stdout, text string) {
	t.Helper()
	args := gobuild.SplitQuoted(line)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "INSTRUMENT", tool)
	}
	if args[0] == "instrument" {
		args[0] = tool
	}
	stdout, stderr, err := runIn(dir, args...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return stdout, strings.ReplaceAll(stderr, tool, "INSTRUMENT") + fmt.Sprintf("exit status %d\n", code)
}

// tree returns the content of every file below a folder, by relative path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, relErr := filepath.Rel(dir, path)
		files[rel] = string(data)
		return cmp.Or(err, relErr)
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// compareGolden compares text with a golden file, or writes it.
func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join(repository(t), "golden", name)
	if *update {
		writeFile(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	compare(t, "golden file differs (-want +got)", string(want), string(got))
}
