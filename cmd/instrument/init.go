package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/internal/scaffold"
)

// toolPath is what go.mod names as a tool.
const toolPath = plan.ModulePath + "/cmd/instrument"

// initVerb is "instrument init": it looks at a module, writes a rule file for it and the directive
// on main, and requires what they need. It is the only verb that changes go.mod or sources.
func initVerb(c *command) (int, error) {
	dry := false
	p, packages, err := openProjectFor(c, func(f *flag.FlagSet) { f.BoolVar(&dry, "n", false, "") })
	if err != nil {
		return failed, err
	}
	if len(packages) > 0 {
		return failed, usageError{errors.New("it takes no packages: it looks at the whole module")}
	}
	i := &initialization{project: p}
	if i.module, err = p.env.Requirements(); err != nil {
		return failed, err
	}
	if i.module == nil {
		return failed, i.chooseModule()
	}
	if i.module.Module.Path == plan.ModulePath {
		return failed, fmt.Errorf("module must be one that uses instrument, not %s itself", plan.ModulePath)
	}
	survey, err := i.look(c)
	if err == nil && survey.Unsummed {
		survey, err = i.complete(c, dry)
	}
	if err != nil {
		return failed, err
	}
	if len(survey.Findings) > 0 {
		for _, d := range survey.Findings {
			fmt.Fprintln(c.stderr, d.Format(p.dir))
		}
		fmt.Fprintln(c.stderr, "instrument init: source must compile; nothing is written (fix what is listed, and run it again)")
		return findings, nil
	}
	if i.Proposal, err = scaffold.Propose(scaffold.Module{
		Path: i.module.Module.Path, Dir: i.module.Module.Dir, Among: i.mains() > 1, Read: p.read,
	}, survey); err != nil {
		return failed, err
	}
	if len(i.Files) == 0 {
		fmt.Fprintln(c.stdout, i.nothing(survey))
		return fine, nil
	}
	if dry {
		return fine, i.print(c)
	}
	return i.apply(c)
}

// initialization is one run of init.
type initialization struct {
	*project
	*scaffold.Proposal
	module *gobuild.Requirements
}

// chooseModule is the error for a folder that is in no module.
func (i *initialization) chooseModule() error {
	if !i.env.InModule() {
		return i.inModule()
	}
	var dirs []string
	for _, m := range i.env.Modules {
		if m.Main {
			dirs = append(dirs, i.relative(m.Dir))
		}
	}
	return fmt.Errorf("folder %s must be in a module of the workspace (run it in one of %s)", filepath.Base(i.dir), strings.Join(dirs, ", "))
}

// mains returns the number of main modules.
func (i *initialization) mains() (n int) {
	for _, m := range i.env.Modules {
		if m.Main {
			n++
		}
	}
	return n
}

func (i *initialization) look(c *command) (*analysis.Survey, error) {
	stop := progress(c.stderr, "the go command lists and compiles what the module imports")
	defer stop()
	return analysis.Look(c.ctx, analysis.Config{
		Dir: i.dir, Env: i.env.Process, BuildFlags: i.flags.ListFlags(), Modules: i.env.Modules, ModFile: i.env.ModFile,
		Sources: i.sources, ReadFile: i.read, ExportKey: i.exports, Exports: i.cache.Exports,
		Also: append([]string{plan.AspectsPath, plan.HooksPath, plan.TelemetryPath}, scaffold.PackPaths()...),
	}, i.module.Module.Path)
}

// nothing says why there is nothing to write.
func (i *initialization) nothing(survey *analysis.Survey) string {
	if len(survey.Rules) > 0 {
		return "nothing is new: no file is changed (instrument plan shows what is woven)"
	}
	return "nothing is found to be woven: no server, client or database, and no exported function with a context and an error; no file is changed"
}

// getAll are the arguments of the go command that adds to go.sum what the module's packages and
// tests import. "go get" of something else leaves that out where it raises a version.
var getAll = []string{"get", "-t", "./..."}

// commands returns the go commands to be run, as their arguments.
func (i *initialization) commands() [][]string {
	var list [][]string
	ours := slices.ContainsFunc(i.env.Modules, func(m plan.Module) bool { return m.Main && m.Path == plan.ModulePath })
	if !ours && !i.module.HasTool(toolPath) {
		list = append(list, []string{"get", "-tool", toolPath + release()})
	}
	if len(i.Needs) > 0 {
		list = append(list, append([]string{"get"}, i.Needs...))
	}
	if len(list) > 0 {
		list = append(list, getAll) // versions that have risen are others for what the module imports, too
	}
	return list
}

// release returns the version of this program as go get takes it, "" if it is no release.
func release() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == plan.ModulePath && strings.HasPrefix(info.Main.Version, "v") &&
		!strings.Contains(info.Main.Version, "+dirty") {
		return "@" + info.Main.Version
	}
	return ""
}

// print prints what apply would do.
func (i *initialization) print(c *command) error {
	i.found(c, "would write")
	for _, args := range i.commands() {
		fmt.Fprintf(c.stdout, "go %s\n", strings.Join(args, " "))
	}
	if i.module.Vendor != nil {
		fmt.Fprintf(c.stdout, "go %s\n", strings.Join(i.module.Vendor, " "))
	}
	for _, f := range i.Files {
		if _, err := c.stdout.Write(difference(i.relative(f.Path), f.Before, f.After)); err != nil {
			return err
		}
	}
	return nil
}

// found prints what was found, which files are written, and the first command.
func (i *initialization) found(c *command, verb string) {
	fmt.Fprintf(c.stdout, "module   %s\n", i.module.Module.Path)
	for _, line := range i.Found {
		fmt.Fprintln(c.stdout, line)
	}
	var names []string
	for _, f := range i.Files {
		names = append(names, filepath.ToSlash(i.relative(f.Path)))
	}
	fmt.Fprintf(c.stdout, "%-8s %s\n", verb, strings.Join(names, ", "))
	first := "test ./..."
	if i.First != "" {
		first = "run " + i.folder(i.First)
	}
	fmt.Fprintf(c.stdout, "first    go tool instrument go %s\n", first)
}

// folder names a package's folder for the go command.
func (i *initialization) folder(dir string) string {
	rel := filepath.ToSlash(i.relative(dir))
	if rel == "." || strings.HasPrefix(rel, "..") || filepath.IsAbs(rel) {
		return rel
	}
	return "./" + rel
}
