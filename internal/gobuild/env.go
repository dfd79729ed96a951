package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Environment is what the go command reports about itself in one folder.
type Environment struct {
	Dir     string            // working folder
	Vars    map[string]string // go env, all of it
	Process []string          // environment for go commands of our own: GOFLAGS without -toolexec and -overlay
	Modules []plan.Module
	ModFile string // go.work or go.mod
}

// Guard is set in the environment of every go command that instrument starts for itself, so that a
// tool wrapper below it knows to stay out of the way.
const Guard = "INSTRUMENT_INNER"

// ReadEnvironment asks the go command for its environment in dir, and reads the module files for
// the modules in folders.
func ReadEnvironment(ctx context.Context, dir string, flags *Flags) (*Environment, error) {
	e := &Environment{Dir: dir}
	e.Process = innerEnv(os.Environ())
	cmd := exec.CommandContext(ctx, "go", "env", "-json")
	cmd.Dir, cmd.Env = dir, e.Process
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("go command must be in PATH")
		}
		return nil, fmt.Errorf("run go env: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	if err := json.Unmarshal(out, &e.Vars); err != nil {
		return nil, fmt.Errorf("read go env: %w", err)
	}
	return e, e.readModules(flags)
}

// InModule reports whether dir is inside a module.
func (e *Environment) InModule() bool { return len(e.Modules) > 0 }

func innerEnv(env []string) []string {
	out := make([]string, 0, len(env)+2)
	for _, kv := range env {
		if name, value, _ := strings.Cut(kv, "="); name == "GOFLAGS" {
			kv = "GOFLAGS=" + dropFlags(value, "toolexec", "overlay")
		} else if name == StateVar || name == Guard {
			continue
		}
		out = append(out, kv)
	}
	return append(out, Guard+"=1")
}

// dropFlags removes flags from the value of GOFLAGS.
func dropFlags(goflags string, names ...string) string {
	var keep []string
	for _, f := range SplitQuoted(goflags) {
		name, _, _ := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if !slices.Contains(names, name) {
			quoted, _ := quoteField(f) // it was a field
			keep = append(keep, quoted)
		}
	}
	return strings.Join(keep, " ")
}

// SplitQuoted splits GOFLAGS, or the value of -toolexec, as the go command does: into fields, each
// of which may be quoted as a whole.
func SplitQuoted(s string) []string {
	var list []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if q := s[0]; q == '\'' || q == '"' {
			if end := strings.IndexByte(s[1:], q); end >= 0 {
				list, s = append(list, s[1:1+end]), s[end+2:]
				continue
			}
		}
		end := strings.IndexAny(s, " \t\r\n")
		if end < 0 {
			end = len(s)
		}
		list, s = append(list, s[:end]), s[end:]
	}
	return list
}

// quoteField writes one field of a value that SplitQuoted splits, and reports whether it can be
// written: one with a space, or with a quote in front, and with both kinds of quotes cannot. A
// quote within a field that is not quoted stands for itself.
func quoteField(f string) (string, bool) {
	switch {
	case f != "" && !strings.ContainsAny(f, " \t\r\n") && f[0] != '\'' && f[0] != '"':
		return f, true
	case !strings.Contains(f, "'"):
		return "'" + f + "'", true
	}
	return `"` + f + `"`, !strings.Contains(f, `"`)
}

// readModules finds the modules in folders: the main modules and those that replace directives take
// from a folder.
func (e *Environment) readModules(flags *Flags) error {
	work, mod := e.Vars["GOWORK"], e.Vars["GOMOD"]
	if flags.ModFile != "" {
		mod = flags.ModFile
	}
	if work == "off" {
		work = ""
	}
	e.ModFile = mod
	switch {
	case work != "":
		e.ModFile = work
		return e.readWork(work)
	case mod == "" || mod == os.DevNull:
		return nil
	}
	dir := filepath.Dir(e.Vars["GOMOD"])
	return e.readMod(mod, dir, true)
}

func (e *Environment) readWork(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	work, err := modfile.ParseWork(file, data, nil)
	if err != nil {
		return err
	}
	for _, use := range work.Use {
		dir := absolute(filepath.Dir(file), use.Path)
		if err := e.readMod(filepath.Join(dir, "go.mod"), dir, true); err != nil {
			return err
		}
	}
	e.addReplaced(work.Replace, filepath.Dir(file))
	return nil
}

func (e *Environment) readMod(file, dir string, main bool) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return err
	}
	if mod.Module == nil {
		return fmt.Errorf("%s: go.mod must name its module", file)
	}
	e.add(plan.Module{Path: mod.Module.Mod.Path, Dir: dir, Main: main})
	if strict, err := modfile.Parse(file, data, nil); err == nil {
		e.addReplaced(strict.Replace, dir)
	}
	return nil
}

func (e *Environment) addReplaced(replaces []*modfile.Replace, base string) {
	for _, r := range replaces {
		if r.New.Version == "" {
			e.add(plan.Module{Path: r.Old.Path, Dir: absolute(base, r.New.Path)})
		}
	}
}

// add adds a module. A main module stays one even if another module of the workspace also replaces
// it by its folder.
func (e *Environment) add(m plan.Module) {
	i := slices.IndexFunc(e.Modules, func(o plan.Module) bool { return o.Path == m.Path && o.Dir == m.Dir })
	if i < 0 {
		e.Modules = append(e.Modules, m)
		return
	}
	e.Modules[i].Main = e.Modules[i].Main || m.Main
}

func absolute(base, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// Key identifies everything in the environment that a plan depends on, besides the sources.
func (e *Environment) Key() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Vars)) {
		switch name {
		case "GOGCCFLAGS", "GOTMPDIR", "PWD", "GOTELEMETRYDIR", "GOFLAGS": // GOGCCFLAGS names a temporary folder
		default:
			fmt.Fprintf(&b, "%s=%s\n", name, e.Vars[name])
		}
	}
	fmt.Fprintf(&b, "GOFLAGS=%s\n", dropFlags(e.Vars["GOFLAGS"], "toolexec"))
	for _, m := range e.Modules {
		fmt.Fprintf(&b, "module %s %s %v\n", m.Path, m.Dir, m.Main)
	}
	return b.String()
}
