package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/scripts/*.txtar: modules that are built plainly and woven by each
// driver, and compared. The scripts run the command as it is installed, and not inside the test
// binary, because its content is part of what the go command keys its cache on.
func TestScripts(t *testing.T) {
	root := repository(t)
	tool := buildTool(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(root, "testdata", "scripts"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(tool)+string(os.PathListSeparator)+env.Getenv("PATH"))
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOTOOLCHAIN", "GOROOT"} {
				value, _, err := runIn(root, "go", "env", name)
				if err != nil {
					return err
				}
				env.Setenv(name, strings.TrimSpace(value))
			}
			env.Setenv("INSTRUMENT_CACHE", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("GOFLAGS", "-buildvcs=false")
			env.Setenv("REPOSITORY", root)
			return nil
		},
		Condition: func(name string) (bool, error) {
			if port, ok := strings.CutPrefix(name, "server:"); ok { // one that .ci/servers starts
				return answers("127.0.0.1:" + port), nil
			}
			if name != "cgo" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			value, _, err := runIn(root, "go", "env", "CGO_ENABLED")
			return strings.TrimSpace(value) == "1", err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"module": moduleCmd, "unique": uniqueCmd, "same": sameCmd, "edit": editCmd, "lacks": lacksCmd,
		},
	})
}

// answers reports whether a server listens at the address.
func answers(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// moduleCmd is "module path [dir]": it makes the folder a module that requires this repository,
// with its tool, and has a package spans that writes the spans of a program to the file $SPANS.
func moduleCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: module path [dir]")
	}
	dir := ts.MkAbs(".")
	if len(args) == 2 {
		dir = ts.MkAbs(args[1])
	}
	root := ts.Getenv("REPOSITORY")
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	ts.Check(err)
	mod := strings.Replace(string(text), "module "+plan.ModulePath, "module "+args[0], 1)
	mod += fmt.Sprintf("\ntool %s/cmd/instrument\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", plan.ModulePath, plan.ModulePath, plan.ModulePath, root)
	ts.Check(os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o666))
	spans, err := os.ReadFile(filepath.Join(root, "testdata", "hazards", "spans", "spans.go"))
	ts.Check(err)
	ts.Check(os.MkdirAll(filepath.Join(dir, "spans"), 0o777))
	ts.Check(os.WriteFile(filepath.Join(dir, "spans", "spans.go"), spans, 0o666))
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666))
}

// uniqueCmd is "unique file...": it makes each file one that no build has seen before, so that the
// build cache has nothing.
func uniqueCmd(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		path := ts.MkAbs(name)
		text, err := os.ReadFile(path)
		ts.Check(err)
		text = append(text, fmt.Sprintf("\nvar _ = %q\n", fmt.Sprint(time.Now().UnixNano(), os.Getpid()))...)
		ts.Check(os.WriteFile(path, text, 0o666))
	}
}

// editCmd is "edit file pattern replacement": a regular expression must match, and is replaced
// once.
func editCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit file pattern replacement")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	at := re.FindSubmatchIndex(text)
	if at == nil {
		ts.Fatalf("%s: %q does not match", args[0], args[1])
	}
	out := append([]byte{}, text[:at[0]]...)
	out = re.Expand(out, []byte(strings.ReplaceAll(args[2], `\n`, "\n")), text, at)
	ts.Check(os.WriteFile(path, append(out, text[at[1]:]...), 0o666))
}

// unstable is what differs between two runs of one program that panics: addresses and arguments.
var unstable = regexp.MustCompile(`0x[0-9a-f]+\??|goroutine \d+`)

// sameCmd is "same [-stack] a b": two files are equal; with -stack, except for addresses.
func sameCmd(ts *testscript.TestScript, neg bool, args []string) {
	stack := len(args) > 0 && args[0] == "-stack"
	if stack {
		args = args[1:]
	}
	if len(args) != 2 {
		ts.Fatalf("usage: [!] same [-stack] a b")
	}
	a, b := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	if stack {
		a, b = unstable.ReplaceAllString(a, "0x"), unstable.ReplaceAllString(b, "0x")
	}
	switch {
	case a != b && !neg:
		ts.Fatalf("%s and %s differ:\n%s", args[0], args[1], difference(args[1], []byte(a), []byte(b)))
	case a == b && neg:
		ts.Fatalf("%s and %s are equal", args[0], args[1])
	}
}

// lacksCmd is "lacks file text": the bytes of the file, which may be a binary, do not hold the
// text.
func lacksCmd(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] lacks file text")
	}
	if strings.Contains(ts.ReadFile(args[0]), args[1]) != neg {
		ts.Fatalf("%s holds %q: %v", args[0], args[1], !neg)
	}
}
