package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/rewrite"
	"github.com/instrumentgo/instrument/rewrite/generated"
)

// wovenVerbs are the verbs of the go command that compile or list packages. All others are passed
// on as they are.
var wovenVerbs = []string{"build", "install", "list", "run", "test", "vet"}

// goVerb is "instrument go …": it runs the go command over an overlay of woven files.
func goVerb(c *command) (int, error) {
	args := gobuild.VerbFirst(c.args)
	if len(args) == 0 || !slices.Contains(wovenVerbs, args[0]) || asksHelp(args[1:]) {
		return gobuild.Go(c.dir, c.args, os.Environ(), c.stdin, c.stdout, c.stderr)
	}
	flags, err := gobuild.ParseFlags(args, c.dir)
	if err != nil {
		return failed, err
	}
	p, err := openProject(c, flags)
	if err != nil {
		return failed, err
	}
	if err := p.inModule(); err != nil {
		return failed, err
	}
	b, code, err := p.build(c)
	if b == nil {
		return code, err
	}
	line, env, err := p.commandLine(b)
	if err != nil {
		return failed, err
	}
	if flags.Verbose {
		fmt.Fprintf(c.stderr, "cd %s\n%s=%s go %s\n", p.dir, gobuild.StateVar, b.State, strings.Join(line, " "))
	}
	code, err = gobuild.Go(p.dir, line, env, c.stdin, c.stdout, c.stderr)
	if err == nil && code == 0 && len(b.Broken) > 0 {
		return p.unwoven(c, b)
	}
	return code, err
}

func asksHelp(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" })
}

// build is what a woven build needs. It is kept in the cache, so that a build of unchanged sources
// loads no packages.
type build struct {
	Overlay  string
	State    string
	Files    []string // woven files in the cache
	Marks    []gobuild.Mark
	Broken   []string          // packages that do not type-check; the compiler will report them
	Findings []string          // of the broken packages, in case the compiler reports nothing
	Dirs     map[string]string // import paths of packages that get a generated file, by folder
}

// build returns the woven build. If there is none, it prints the findings and returns the exit
// status.
func (p *project) build(c *command) (*build, int, error) {
	key := fmt.Sprintf("%s\ncover=%v chain=%q gcflags=%q", p.key, p.flags.Cover, p.chain(), p.flags.Gcflags)
	b := &build{}
	if p.cache.Load("build", key, b) && b.complete() {
		return b, fine, nil
	}
	planned, err := p.plan(c)
	if err != nil {
		return nil, failed, err
	}
	if planned.refused() {
		code, err := planned.refuse(c)
		return nil, code, err
	}
	if foreign := planned.foreign(); len(foreign) > 0 {
		code, err := printLines(c.stderr, foreign)
		return nil, code, err
	}
	b, err = planned.weaveBuild(c)
	if err != nil {
		return nil, failed, err
	}
	if len(b.Broken) > 0 {
		return b, fine, nil
	}
	return b, fine, p.cache.Store("build", key, b)
}

// complete reports whether the cache still has all files of the build.
func (b *build) complete() bool {
	return !slices.ContainsFunc(append(b.Files, b.Overlay, b.State), func(path string) bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

// onlyBroken reports whether all findings are errors in source that does not type-check. These are
// left to the compiler, which words them best and reports only packages that are in the build. An
// error in a rule file is not among them, because the compiler never sees it.
func (p *planned) onlyBroken() bool {
	return !slices.ContainsFunc(p.Findings, func(d finding.Diagnostic) bool { return !d.Compiler })
}

// refused reports whether there can be no woven build, whatever the compiler reports.
func (p *planned) refused() bool { return len(p.Findings) > 0 && (p.Unread || !p.onlyBroken()) }

// foreign reports generated files that would replace a file of the user's own.
func (p *planned) foreign() []string {
	var list []string
	for _, pkg := range p.Plan.Packages {
		if !pkg.Woven() || pkg.ReadOnly {
			continue
		}
		path := generatedPath(pkg)
		if have, err := os.ReadFile(path); err == nil && !isOurs(have) {
			list = append(list, foreignFile(path, pkg.Path).text(p.project))
		}
	}
	return list
}

// refuse prints why there is no build. If there are only errors in the source, it leaves them to
// the compiler.
func (p *planned) refuse(c *command) (int, error) {
	if p.onlyBroken() {
		args := append([]string{"list", "-export", "-f", ""}, p.flags.ListFlags()...)
		code, err := gobuild.Go(p.dir, append(append(args, "--"), p.Broken...), p.env.Process, nil, c.stdout, c.stderr)
		if err != nil || code != 0 {
			return findings, err
		}
	}
	p.report(c.stderr)
	return findings, nil
}

// weaver puts woven files into the cache, and records where each of them belongs.
type weaver struct {
	*planned
	replace map[string]string // the overlay
	state   *gobuild.State
	hooks   map[string]bool // import paths in generated files of packages that the overlay does not reach
}

// weaveBuild weaves all packages of the plan.
func (p *planned) weaveBuild(c *command) (*build, error) {
	b := &build{Broken: p.Broken, Dirs: map[string]string{}}
	for _, d := range p.Findings {
		b.Findings = append(b.Findings, d.Format(p.dir))
	}
	id, err := gobuild.ToolID()
	if err != nil {
		return nil, err
	}
	w := &weaver{p, map[string]string{}, &gobuild.State{
		Chain: p.chain(), Files: map[string]string{}, Plain: map[string]string{}, Packages: map[string]*gobuild.StatePackage{},
		Cover: p.flags.Cover,
	}, map[string]bool{}}
	for _, pkg := range p.Plan.Packages {
		if !pkg.Woven() {
			continue
		}
		s, err := w.add(pkg)
		if err != nil {
			return nil, err
		}
		if pkg.ReadOnly {
			s.Mark = pkg.Hash + "-" + id
			b.Marks = append(b.Marks, gobuild.Mark{Path: pkg.Path, Value: s.Mark})
		} else {
			b.Dirs[pkg.Dir] = pkg.Path
		}
	}
	if err := w.findHooks(c); err != nil {
		return nil, err
	}
	if b.Overlay, err = gobuild.WriteOverlay(p.cache, w.replace, p.replace); err != nil {
		return nil, err
	}
	b.Files = sortedKeys(w.state.Files)
	b.State, err = w.state.Save(p.cache)
	return b, err
}

// add weaves one package.
func (w *weaver) add(pkg *plan.Package) (*gobuild.StatePackage, error) {
	woven, err := w.weave(pkg, rewrite.Build)
	if err != nil {
		return nil, err
	}
	s := &gobuild.StatePackage{Sites: essential(pkg.Sites), Calls: essentialCalls(pkg.Calls), Target: generatedPath(pkg)}
	w.state.Packages[pkg.Path] = s
	onDisk, err := os.ReadFile(s.Target)
	virtual := !pkg.ReadOnly && (err != nil || !sameText(onDisk, woven.generated))
	stub := virtual || !pkg.ReadOnly && len(pkg.CallFuncs) > 0 // coverage must not count what only woven calls call
	if stub && !virtual && w.flags.Cover {
		woven.generated = append(woven.generated, "\n// Coverage does not count this text.\n"...)
	}
	if virtual && (w.flags.Cover || w.sources.Embedded(pkg.Dir)) {
		// The go command's cache key has only the overlay's text. It must also say what is in the
		// folder: that is what cover sees, and what the compiler embeds (MendEmbed).
		folder := "// This text is in no folder."
		if err == nil {
			folder = fmt.Sprintf("// The folder has another text: %x.", sha256.Sum256(onDisk))
		}
		woven.generated = append(woven.generated, "\n"+folder+"\n"...)
	}
	if s.Generated, err = w.put(pkg, s.Target, woven.generated); err != nil {
		return nil, err
	}
	if pkg.ReadOnly { // an overlay may not replace its files, so the tool wrapper weaves it
		paths, err := generated.Imports(woven.generated)
		for _, path := range paths {
			w.hooks[path] = true
		}
		return s, err
	}
	w.replace[s.Target] = s.Generated
	if stub {
		if s.Stub, err = w.cache.Put("stub", pkg.Path, plan.GeneratedFile, []byte("package "+pkg.Name+"\n")); err != nil {
			return nil, err
		}
	}
	for _, f := range woven.files {
		path, err := w.put(pkg, f.path, f.text)
		if err != nil {
			return nil, err
		}
		w.replace[f.path], w.state.Plain[path] = path, cmp.Or(w.planned.replace[f.path], f.path)
	}
	return s, nil
}

// put stores the woven text of a file.
func (w *weaver) put(pkg *plan.Package, source string, text []byte) (string, error) {
	path, err := w.cache.Put("woven", pkg.Path, filepath.Base(source), text)
	w.state.Files[path] = source
	return path, err
}

// essential returns the sites with no more than Weave needs.
func essential(sites []*plan.Site) []*plan.Site {
	var list []*plan.Site
	for _, s := range sites {
		c := *s
		c.Aspects, c.Notes = nil, nil
		list = append(list, &c)
	}
	return list
}

// essentialCalls returns the call sites with no more than Weave needs.
func essentialCalls(calls []*plan.CallSite) []*plan.CallSite {
	var list []*plan.CallSite
	for _, call := range calls {
		c := *call
		if c.Site != nil {
			c.Site = &plan.Site{Var: c.Site.Var, Entry: c.Site.Entry}
		}
		list = append(list, &c)
	}
	return list
}

// findHooks finds the export data of what generated files import, for packages outside the overlay.
// The go command does not know about those imports.
func (w *weaver) findHooks(c *command) error {
	if len(w.hooks) == 0 {
		return nil
	}
	args := append([]string{"-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"}, w.flags.ListFlags()...)
	for _, value := range w.flags.Gcflags {
		args = append(args, "-gcflags="+value)
	}
	lines, err := w.env.List(c.ctx, append(args, sortedKeys(w.hooks)...)...)
	if err != nil {
		return err
	}
	w.state.Hooks = map[string]string{}
	for _, line := range lines {
		if path, file, ok := strings.Cut(line, "="); ok {
			w.state.Hooks[path] = file
		}
	}
	return nil
}

// chain returns the user's own -toolexec command. It is dropped if it names this program, which
// runs anyway.
func (p *project) chain() []string {
	words := gobuild.SplitQuoted(p.flags.Toolexec)
	if i := slices.Index(words, "toolexec"); i > 0 && strings.TrimSuffix(filepath.Base(words[i-1]), ".exe") == "instrument" {
		words = slices.Delete(words, i-1, i+1)
	}
	return words
}

// commandLine returns the arguments and the environment of the go command.
func (p *project) commandLine(b *build) (line, env []string, err error) {
	tool, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	toolexec, err := gobuild.Toolexec(p.cache, tool)
	if err != nil {
		return nil, nil, err
	}
	flags := []string{"-overlay=" + b.Overlay, "-toolexec=" + toolexec}
	if len(b.Marks) > 0 {
		flags = append(flags, gobuild.MarkFlags(b.Marks, p.flags.Gcflags,
			func(path string) bool { return slices.Contains(p.flags.Packages, path) })...)
	}
	var files []string
	if dir, spelt := p.flags.Named(p.dir); b.Dirs[dir] != "" {
		files = append(files, spelt+plan.GeneratedFile)
	}
	env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, gobuild.StateVar+"=") }),
		gobuild.StateVar+"="+b.State)
	return p.flags.CommandLine(flags, files), env, nil
}

// unwoven reports packages that we could not read but that the compiler accepted. They would be in
// the build without their aspects.
func (p *project) unwoven(c *command, b *build) (int, error) {
	args := append([]string{"-e", "-deps", "-test", "-f", "{{.ImportPath}}"}, p.flags.ListFlags()...)
	paths, err := p.env.List(c.ctx, append(append(args, "--"), p.flags.Packages...)...)
	if err != nil {
		return failed, err
	}
	if !slices.ContainsFunc(b.Broken, func(path string) bool { return slices.Contains(paths, path) }) {
		return fine, nil
	}
	for _, f := range b.Findings {
		fmt.Fprintln(c.stderr, f)
	}
	return findings, nil
}
