package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
)

// project is the module or workspace that a verb works on, as a build with the given flags sees it.
type project struct {
	dir     string // working folder of go commands: that of the verb, or the value of -C
	flags   *gobuild.Flags
	env     *gobuild.Environment
	cache   *gobuild.Cache
	sources *analysis.Files
	read    func(string) ([]byte, error)
	replace map[string]string // the user's overlay
	key     string            // identifies this program and everything that the plan depends on
	exports string            // identifies everything that the export data of dependencies depends on
}

// openProject reads the go command's environment and the sources.
func openProject(c *command, flags *gobuild.Flags) (*project, error) {
	p := &project{dir: cmp.Or(flags.Chdir, c.dir), flags: flags}
	var err error
	if p.cache, err = gobuild.OpenCache(); err != nil {
		return nil, err
	}
	if p.env, err = gobuild.ReadEnvironment(c.ctx, p.dir, flags); err != nil {
		return nil, err
	}
	flags.AddGoflags(p.env.Vars["GOFLAGS"])
	if p.read, p.replace, err = flags.Reader(p.dir); err != nil {
		return nil, err
	}
	dirs := make([]string, 0, len(p.env.Modules))
	for _, m := range p.env.Modules {
		dirs = append(dirs, m.Dir)
	}
	if p.sources, err = analysis.Scan(dirs, p.read); err != nil {
		return nil, err
	}
	id, err := gobuild.ToolID()
	if err != nil {
		return nil, err
	}
	p.key = strings.Join([]string{id, p.dir, p.env.Key(), strings.Join(flags.ListFlags(), " "), p.sources.Digest}, "\n")
	p.exports = strings.Join([]string{p.env.Key(), strings.Join(flags.ListFlags(), " "), p.sources.Modules}, "\n")
	for _, from := range sortedKeys(p.replace) { // what the overlay adds in or outside the folders
		data, _ := os.ReadFile(p.replace[from])
		text := fmt.Sprintf("\noverlay %s %q", from, data)
		p.key, p.exports = p.key+text, p.exports+text
	}
	return p, nil
}

// plan loads the project and plans it.
func (p *project) plan(c *command) (*planned, error) {
	stop := progress(c.stderr, "the go command lists and compiles what the module imports")
	defer stop()
	result, err := analysis.Run(c.ctx, analysis.Config{
		Dir: p.dir, Env: p.env.Process, BuildFlags: p.flags.ListFlags(), Modules: p.env.Modules, ModFile: p.env.ModFile,
		Sources: p.sources, ReadFile: p.read, ExportKey: p.exports, Exports: p.cache.Exports,
	})
	if err != nil {
		return nil, err
	}
	for _, pkg := range result.Plan.Packages {
		pkg.Tags = p.flags.Tags
	}
	return &planned{p, result}, nil
}

// planned is a project's plan.
type planned struct {
	*project
	*analysis.Result
}

// report prints the findings and the files that take no part, and reports whether there were
// findings.
func (p *planned) report(w io.Writer) bool {
	for _, d := range p.Findings {
		fmt.Fprintln(w, d.Format(p.dir))
	}
	return len(p.Findings) > 0
}

// suggestInit says how to begin, where nothing asks for weaving.
func (p *planned) suggestInit(w io.Writer) {
	if !p.Asked {
		fmt.Fprintln(w, "instrument: nothing is woven, because no file has rules or a directive (run: instrument init)")
	}
}

// warnings reports what weaving leaves out although nobody asked for that.
func (p *planned) warnings() []string {
	var list []string
	for _, f := range p.Plan.Unloaded {
		list = append(list, f+": file has directives or rules and takes no part in this build, because of its build constraints (warning)")
	}
	return append(list, p.leftAlone()...)
}

// matching returns the plan's packages that the patterns name, or all of them if there are no
// patterns.
func (p *planned) matching(c *command, patterns []string) ([]*plan.Package, error) {
	if len(patterns) == 0 {
		return p.Plan.Packages, nil
	}
	paths, err := p.list(c, patterns)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(p.Plan.Packages), func(pkg *plan.Package) bool { return !paths[pkg.Path] }), nil
}

// list returns the import paths that the patterns name.
func (p *project) list(c *command, patterns []string) (map[string]bool, error) {
	args := append([]string{"-f", "{{.ImportPath}}"}, p.flags.ListFlags()...)
	lines, err := p.env.List(c.ctx, append(append(args, "--"), patterns...)...)
	paths := map[string]bool{}
	for _, l := range lines {
		paths[l] = true
	}
	return paths, err
}

func (p *planned) isBroken(path string) bool { return slices.Contains(p.Broken, path) }

// useTags plans with build tags that are not on the command line.
func (p *project) useTags(tags string) {
	if tags != "" {
		p.flags.List = append(p.flags.List, "-tags="+tags)
		p.flags.Tags = tags
		p.key += "\ntags " + tags
		p.exports += "\ntags " + tags
	}
}

func (p *project) relative(path string) string { return finding.Relative(p.dir, path) }

// inModule returns an error if the folder is outside any module.
func (p *project) inModule() error {
	if p.env.InModule() {
		return nil
	}
	return fmt.Errorf("folder %s must be in a module (run: go mod init)", filepath.Base(p.dir))
}
