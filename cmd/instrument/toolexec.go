package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/rewrite"
)

// toolexecVerb handles one call of a tool of the Go toolchain, below a go command that has us as
// its -toolexec. If weaving does not concern the call, it is replaced by the tool itself.
func toolexecVerb(c *command) (int, error) {
	call, err := gobuild.ParseToolCall(c.args)
	if err != nil {
		return failed, usageError{err}
	}
	if os.Getenv(gobuild.Guard) != "" { // the call belongs to a go command that we started
		return become(call, nil)
	}
	state, err := gobuild.LoadState()
	if err != nil {
		return failed, err
	}
	if state == nil {
		return plainTool(c, call)
	}
	return stateTool(c, state, call)
}

func become(call *gobuild.ToolCall, chain []string) (int, error) {
	line, err := call.Command(chain)
	if err != nil {
		return failed, err
	}
	return gobuild.Become(line)
}

// stateTool handles a tool call of a build that "instrument go" started. The overlay has the woven
// form of most files already. It lacks those that the go command does not take from an overlay: the
// output of cover and cgo, and the module cache. Besides weaving these, stateTool makes errors name
// the files that the user knows.
func stateTool(c *command, state *gobuild.State, call *gobuild.ToolCall) (int, error) {
	if call.Version() {
		return become(call, state.Chain)
	}
	var err error
	switch call.Name {
	case "compile":
		err = errors.Join(stateCompile(state, call), call.MendEmbed(func(file string) (string, bool) { return embedded(state, file) }))
	case "cover":
		stateCover(state, call)
	case "cgo":
		stateCgo(state, call)
	case "link":
		err = addHooks(state, call)
	case "vet":
		err = call.VetSources(func(file string) string { return vetted(state, file) })
	default:
		return become(call, state.Chain)
	}
	if err != nil {
		return failed, err
	}
	line, err := call.Command(state.Chain)
	if err != nil {
		return failed, err
	}
	files := namedFiles(state, call)
	if len(files) == 0 {
		return gobuild.Become(line)
	}
	code, err := gobuild.RunTool(line, files, c.stdin, c.stdout, c.stderr)
	if call.Name == "vet" {
		err = errors.Join(err, call.MendVet(files))
	}
	return code, err
}

// namedFiles returns the woven files that the tool may name in its output.
func namedFiles(state *gobuild.State, call *gobuild.ToolCall) map[string]string {
	if call.Name == "vet" { // vet's files are in its configuration file
		return state.Files
	}
	files := map[string]string{}
	for _, arg := range call.Args {
		if source := state.Files[arg]; source != "" {
			files[arg] = source
		}
	}
	return files
}

// vetted returns the file that vet reads in place of another: for a woven file, the one that the
// user wrote; for the stub that cover was given, the generated file.
func vetted(state *gobuild.State, file string) string {
	if pkg := state.Packages[gobuild.ImportPath()]; pkg != nil && pkg.Stub != "" && sourceName(file) == plan.GeneratedFile {
		return pkg.Generated
	}
	return cmp.Or(state.Plain[file], file)
}

// embedded returns the file to embed in place of another: for a woven file, the one that the user
// wrote. It returns false for a generated file that is not in the package's folder.
func embedded(state *gobuild.State, file string) (string, bool) {
	for _, pkg := range state.Packages {
		if pkg.Generated == file || pkg.Stub == file {
			_, err := os.Stat(pkg.Target)
			return pkg.Target, err == nil
		}
	}
	return cmp.Or(state.Plain[file], state.Files[file], file), true
}

// stateCompile weaves the files of a woven package that the overlay has not reached.
func stateCompile(state *gobuild.State, call *gobuild.ToolCall) error {
	mark := call.TakeMark()
	pkg := state.Packages[gobuild.ImportPath()]
	if pkg == nil {
		if mark != "" {
			return fmt.Errorf("package %s must be in the build state, and is not", gobuild.ImportPath())
		}
		return nil
	}
	if pkg.Mark != mark {
		return fmt.Errorf("package %s must be compiled with the mark %q, and has %q: give -gcflags before the packages", gobuild.ImportPath(),
			pkg.Mark, mark)
	}
	files, at := call.GoFiles()
	for i, file := range files {
		if state.Files[file] != "" {
			continue
		}
		if pkg.Stub != "" && sourceName(file) == plan.GeneratedFile {
			call.Args[at[i]] = pkg.Generated
			continue
		}
		woven, err := weaveForTool(call, file, pkg.Sites, pkg.Calls)
		if err != nil {
			return err
		}
		call.Args[at[i]] = woven
	}
	if mark == "" {
		return nil
	}
	call.Args = append(call.Args, pkg.Generated)
	return addHooks(state, call)
}

// weaveForTool weaves a file that a tool is given, and returns the path of the woven one, or the
// file's own path if it has no site. A line directive keeps the recorded name in the woven file.
func weaveForTool(call *gobuild.ToolCall, file string, sites []*plan.Site, calls []*plan.CallSite) (string, error) {
	if strings.HasSuffix(file, "_test.go") || sourceName(file) == plan.GeneratedFile {
		return file, nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	calls = slices.DeleteFunc(slices.Clone(calls), func(c *plan.CallSite) bool { return path.Base(c.Pos.File) != sourceName(file) })
	sites = slices.DeleteFunc(slices.Clone(sites), func(s *plan.Site) bool { return s.Literal != nil && path.Base(s.Pos.File) != sourceName(file) })
	woven, _, err := rewrite.Weave(file, src, sites, calls, rewrite.Build)
	if err != nil || bytes.Equal(woven, src) {
		return file, err
	}
	out, _ := call.Option("o")
	if out == "" {
		return "", fmt.Errorf("compile %s: the compiler must be given an output file", gobuild.ImportPath())
	}
	target := filepath.Join(filepath.Dir(out), "instrument_woven", filepath.Base(file))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return "", err
	}
	return target, os.WriteFile(target, named(file, woven), 0o666)
}

// named puts a line directive with the file's absolute name in front of its text. The compiler's
// own -trimpath shortens that name as it does for files that it is given.
func named(file string, text []byte) []byte {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	return slices.Concat([]byte("//line "+file+":1:1\n"), text)
}

// stateCover gives cover an empty file if only the overlay has an instrument_gen.go.
func stateCover(state *gobuild.State, call *gobuild.ToolCall) {
	pkg := state.Packages[gobuild.ImportPath()]
	if pkg == nil || pkg.Stub == "" {
		return
	}
	for i, arg := range call.Args {
		if arg == pkg.Target {
			call.Args[i] = pkg.Stub
		}
	}
}

// stateCgo gives cgo the files as written if coverage is measured, because cover comes after cgo
// and must not see woven bodies.
func stateCgo(state *gobuild.State, call *gobuild.ToolCall) {
	if !state.Cover {
		return
	}
	for i, arg := range call.Args {
		if source := state.Files[arg]; source != "" {
			call.Args[i] = source
		}
	}
}

// addHooks adds what generated files outside the overlay import to the import configuration of a
// compile or link call.
func addHooks(state *gobuild.State, call *gobuild.ToolCall) error {
	config, at := call.Option("importcfg")
	if len(state.Hooks) == 0 || at < 0 {
		return nil
	}
	path, err := gobuild.AddImports(config, state.Hooks)
	if err != nil {
		return err
	}
	call.SetOption("importcfg", at, path)
	return nil
}

// printLines prints lines that explain a failure.
func printLines(w io.Writer, lines []string) (int, error) {
	for _, l := range lines {
		fmt.Fprintln(w, l)
	}
	return findings, nil
}
