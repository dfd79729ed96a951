package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const conformanceModule = "example.com/conformance"

// conformanceCase is a test or subtest of the module testdata/conformance, with its outcome and the
// subtests that it has.
type conformanceCase struct {
	name   string // the last part
	action string // "pass", "fail" or "skip"; "" if it never ended
	output string
	cases  []*conformanceCase // in the order in which they began
}

// TestConformance runs the tests of testdata/conformance, whose packages are woven by the overlay,
// and shows each of their tests as one of its own.
func TestConformance(t *testing.T) {
	run := conformance(t)
	for _, c := range run.root.cases {
		c.report(t)
	}
	if run.err != nil && !t.Failed() {
		t.Errorf("instrument go test: %v\n%s", run.err, run.stderr)
	}
}

// report shows a case as a subtest.
func (c *conformanceCase) report(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		for _, sub := range c.cases {
			sub.report(t)
		}
		switch c.action {
		case "pass":
		case "skip":
			t.Errorf("a test must not be skipped\n%s", c.output)
		default:
			if !t.Failed() {
				t.Errorf("test %s\n%s", c.action, c.output)
			}
		}
	})
}

// conformanceRun is one run of all tests of the module.
type conformanceRun struct {
	root   *conformanceCase // its cases are the packages, by their path in the module
	stderr string
	err    error
}

// conformance runs the module's tests, once for all tests here.
func conformance(t *testing.T) *conformanceRun {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short: it builds and runs a dozen test binaries")
	}
	tool, dir := buildTool(t), filepath.Join(repository(t), "testdata", "conformance")
	tree(t, dir) // what go test sees read, it does not take results from before for
	return conformed(tool, dir)
}

var conformedOnce sync.Once
var conformedRun *conformanceRun

func conformed(tool, dir string) *conformanceRun {
	conformedOnce.Do(func() {
		stdout, stderr, err := runIn(dir, tool, "go", "test", "-json", "-vet=off", "./...")
		conformedRun = &conformanceRun{&conformanceCase{}, stderr, err}
		if problem := conformedRun.read(stdout); problem != nil {
			conformedRun.err = errors.Join(err, problem)
		}
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			conformedRun.err = err
		}
	})
	return conformedRun
}

// read reads what go test -json has printed. Lines that are no events, such as those of a failed
// build, are output of the run.
func (r *conformanceRun) read(stdout string) error {
	decoder := json.NewDecoder(strings.NewReader(stdout))
	for {
		var event struct{ Action, Package, ImportPath, Test, Output string }
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			rest, _ := io.ReadAll(decoder.Buffered())
			r.stderr += string(rest)
			return err
		}
		if event.Action == "build-output" {
			r.stderr += event.Output
		}
		if event.Package == "" {
			continue
		}
		name := strings.TrimPrefix(strings.TrimPrefix(event.Package, conformanceModule), "/")
		c := r.root.of(name)
		if event.Test != "" {
			for part := range strings.SplitSeq(event.Test, "/") {
				c = c.of(part)
			}
		}
		switch event.Action {
		case "pass", "fail", "skip":
			c.action = event.Action
		case "output":
			c.output += event.Output
		}
	}
	for _, c := range r.root.cases {
		if c.action == "skip" && len(c.cases) == 0 { // a package without tests
			c.action = ""
		}
	}
	r.root.cases = slices.DeleteFunc(r.root.cases, func(c *conformanceCase) bool { return c.action == "" && len(c.cases) == 0 })
	return nil
}

// of returns the case of a name, which is new if it is the first time.
func (c *conformanceCase) of(name string) *conformanceCase {
	for _, sub := range c.cases {
		if sub.name == name {
			return sub
		}
	}
	sub := &conformanceCase{name: name}
	c.cases = append(c.cases, sub)
	return sub
}

// find returns the case at a path; nil if there is none.
func (c *conformanceCase) find(path ...string) *conformanceCase {
	for _, name := range path {
		i := slices.IndexFunc(c.cases, func(sub *conformanceCase) bool { return sub.name == name })
		if i < 0 {
			return nil
		}
		c = c.cases[i]
	}
	return c
}

// leaves returns the names of the cases that have no further ones, as they were given: go test has
// put underscores for spaces.
func (c *conformanceCase) leaves() []string {
	var list []string
	for _, sub := range c.cases {
		if len(sub.cases) == 0 {
			list = append(list, strings.ReplaceAll(sub.name, "_", " "))
		}
		list = append(list, sub.leaves()...)
	}
	return list
}

// TestConformanceDocument compares docs/conformance.md with the tests that there are, and the table
// of the kit's classes.
func TestConformanceDocument(t *testing.T) {
	run := conformance(t)
	if len(run.root.cases) == 0 {
		t.Fatal("there must be tests")
	}
	var b bytes.Buffer
	writeConformance(t, &b, run.root)
	if t.Failed() {
		return
	}
	path := filepath.Join(repository(t), "docs", "conformance.md")
	if *update {
		writeFile(t, path, b.Bytes())
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	compare(t, "docs/conformance.md is stale (-want +got); go test ./cmd/instrument -run Conformance -update rewrites it", b.String(), string(want))
}
