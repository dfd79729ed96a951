package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/gobuild"
	"github.com/instrumentgo/instrument/rewrite/generated/siteline"
)

// plainTool handles a tool call below a plain go command with -toolexec="instrument toolexec". The
// generated files say what to weave. They are compared with the plan when the go command asks for
// the compiler's version, which it does in every build, even if nothing is compiled.
func plainTool(c *command, call *gobuild.ToolCall) (int, error) {
	switch {
	case call.Name == "cover" && !call.Version():
		if err := plainCover(call); err != nil {
			return failed, err
		}
		return become(call, nil)
	case call.Name != "compile", slices.Contains(call.Args, "-std"):
		return become(call, nil)
	case call.Version():
		return plainVersion(c, call)
	}
	return plainCompile(c, call)
}

// plainVersion answers "compile -V=full", unless the plan and the generated files disagree.
func plainVersion(c *command, call *gobuild.ToolCall) (int, error) {
	check, err := checkPlain(c)
	if err != nil {
		return failed, err
	}
	if len(check.Problems) > 0 {
		return printLines(c.stderr, check.Problems)
	}
	line, err := call.Command(nil)
	if err != nil {
		return failed, err
	}
	var out bytes.Buffer
	code, err := gobuild.RunTool(line, nil, c.stdin, &out, c.stderr)
	if err != nil || code != 0 {
		return code, err
	}
	id, err := gobuild.ToolID()
	if err != nil {
		return failed, err
	}
	fmt.Fprint(c.stdout, gobuild.StampVersion(out.String(), id))
	return fine, check.remember()
}

// plainCheck is the result of comparing the plan with the generated files. It is kept in the cache.
type plainCheck struct {
	Problems []string                // one line each, with position and remedy
	Packages map[string]plainPackage // packages of the main modules, by import path
	Called   []string                // names of functions whose calls rules may select
}

// plainPackage is one package of the main modules, as the plan saw it.
type plainPackage struct {
	Dir   string
	Files []string // base names of the files that took part
	Ruled bool     // a rule may select functions in it
	Woven bool
}

// remember keeps the check for the compiler calls of the same go command.
func (b *plainCheck) remember() error {
	cache, err := gobuild.OpenCache()
	if err != nil {
		return err
	}
	return cache.Remember(b)
}

// checkPlain compares the plan of the module in the working folder with its generated files.
func checkPlain(c *command) (*plainCheck, error) {
	p, err := openProject(c, &gobuild.Flags{})
	if err != nil || !p.env.InModule() {
		return &plainCheck{}, err
	}
	p.useTags(p.recordedTags())
	check := &plainCheck{}
	if p.cache.Load("bare", p.key, check) {
		return check, nil
	}
	planned, err := p.plan(c)
	if err != nil {
		return nil, err
	}
	check.Packages, check.Called = planned.plainPackages(), planned.Called
	if planned.refused() {
		for _, d := range planned.Findings {
			check.Problems = append(check.Problems, d.Format(p.dir))
		}
		return check, nil
	}
	stale, err := planned.stale()
	if err != nil {
		return nil, err
	}
	for _, s := range stale {
		check.Problems = append(check.Problems, s.text(p))
	}
	check.Problems = append(check.Problems, planned.outOfReach()...)
	if len(check.Problems) > 0 || len(planned.Broken) > 0 {
		return check, nil
	}
	return check, p.cache.Store("bare", p.key, check)
}

func (p *planned) plainPackages() map[string]plainPackage {
	list := map[string]plainPackage{}
	for _, r := range p.Reach {
		pkg := plainPackage{Dir: r.Dir, Ruled: r.Ruled}
		for _, f := range r.Files {
			pkg.Files = append(pkg.Files, filepath.Base(f))
		}
		if planned := p.Plan.Package(r.Path); planned != nil {
			pkg.Woven = planned.Woven()
		}
		list[r.Path] = pkg
	}
	return list
}

// outOfReach reports packages that only "instrument go" can weave, because generate writes only
// into main modules. What packs weave there is optional, as all their rules are.
func (p *planned) outOfReach() []string {
	var list []string
	for _, pkg := range p.Plan.Packages {
		if pkg.Demanded != "" && !p.reaches(pkg) {
			list = append(list, fmt.Sprintf("%s:1:1: package %s, which rule %q weaves, must be in a main module for go build -toolexec, because generate writes no %s elsewhere (build with: instrument go build)",
				p.relative(p.env.ModFile), pkg.Path, pkg.Demanded, plan.GeneratedFile))
		}
	}
	return list
}

// leftAlone says what packs weave that only "instrument go" can weave.
func (p *planned) leftAlone() []string {
	var paths []string
	for _, pkg := range p.Plan.Packages {
		if pkg.Woven() && pkg.Demanded == "" && !p.reaches(pkg) {
			paths = append(paths, pkg.Path)
		}
	}
	if paths == nil {
		return nil
	}
	return []string{"only instrument go weaves dependencies, and -toolexec leaves them alone: " + strings.Join(paths, ", ")}
}

// reaches reports whether a package is in a main module, where generate writes.
func (p *planned) reaches(pkg *plan.Package) bool {
	return slices.ContainsFunc(p.Reach, func(r analysis.Reach) bool { return r.Path == pkg.Path })
}

// recordedTags returns the build tags that the generated files were made with.
func (p *project) recordedTags() string {
	for _, path := range p.sources.Named(plan.GeneratedFile) {
		if data, err := p.read(path); err == nil {
			if pkg, err := siteline.Read(data); err == nil && pkg.Tags != "" {
				return pkg.Tags
			}
		}
	}
	return ""
}

// plainCompile weaves the files of one package by its generated file.
func plainCompile(c *command, call *gobuild.ToolCall) (int, error) {
	check := &plainCheck{}
	cache, err := gobuild.OpenCache()
	if err != nil {
		return failed, err
	}
	if !cache.Recall(check) {
		if check, err = checkPlain(c); err != nil {
			return failed, err
		}
	}
	files, at := call.GoFiles()
	pkg, ok := check.find(files)
	if !ok && gobuild.ImportPath() == "command-line-arguments" && len(files) > 0 {
		// The files are outside any module, so no plan covers them. That must be reported.
		pkg = plainPackage{Dir: filepath.Dir(files[len(files)-1])}
	} else if !ok {
		return become(call, nil)
	}
	i := slices.IndexFunc(files, func(f string) bool { return sourceName(f) == plan.GeneratedFile })
	problems, err := pkg.unplanned(c.dir, files, i >= 0, check.Called)
	if err != nil {
		return failed, err
	}
	if problems = append(check.Problems, problems...); len(problems) > 0 {
		return printLines(c.stderr, problems)
	}
	if i < 0 {
		return become(call, nil)
	}
	if own := filepath.Join(pkg.Dir, plan.GeneratedFile); filepath.Base(files[i]) != plan.GeneratedFile && callsIn(own) { // cover was given a stub
		files[i], call.Args[at[i]] = own, own
	}
	data, err := os.ReadFile(files[i])
	if err != nil {
		return failed, err
	}
	generated, err := siteline.Read(data)
	if err != nil {
		return failed, fmt.Errorf("%s: %w", files[i], err)
	}
	sources := map[string]string{}
	for j, file := range files {
		woven, err := weaveForTool(call, file, generated.Sites, generated.Calls)
		if err != nil {
			return failed, err
		}
		if woven != file {
			call.Args[at[j]], sources[woven] = woven, file
		}
	}
	line, err := call.Command(nil)
	if err != nil {
		return failed, err
	}
	return gobuild.RunTool(line, sources, c.stdin, c.stdout, c.stderr)
}

// plainCover gives cover an empty file in place of a generated one with functions that only woven
// calls call: they are not the user's statements.
func plainCover(call *gobuild.ToolCall) error {
	list, _ := call.Option("outfilelist")
	for i, arg := range call.Args {
		if filepath.Base(arg) != plan.GeneratedFile || !callsIn(arg) || list == "" {
			continue
		}
		data, err := os.ReadFile(arg)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), arg, data, parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		stub := filepath.Join(filepath.Dir(list), "instrument_stub", plan.GeneratedFile)
		if err := os.MkdirAll(filepath.Dir(stub), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(stub, []byte("package "+file.Name.Name+"\n"), 0o666); err != nil {
			return err
		}
		call.Args[i] = stub
	}
	return nil
}

// callsIn reports whether a file is one of generate's that has functions which woven calls call.
func callsIn(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil || !isOurs(data) {
		return false
	}
	pkg, err := siteline.Read(data)
	return err == nil && len(pkg.Calls) > 0
}

// find returns the package being compiled, if it belongs to a main module and is not an external
// test.
func (b *plainCheck) find(files []string) (plainPackage, bool) {
	if pkg, ok := b.Packages[gobuild.ImportPath()]; ok {
		return pkg, true
	}
	if gobuild.ImportPath() == "command-line-arguments" && len(files) > 0 { // the command line named its files
		for _, pkg := range b.Packages {
			if pkg.Dir == filepath.Dir(files[len(files)-1]) {
				return pkg, true
			}
		}
	}
	return plainPackage{}, false
}

// unplanned reports files that need weaving but that the plan does not know, either because they
// take part only under other constraints or because the package's generated file does not take
// part.
func (pkg plainPackage) unplanned(dir string, files []string, generated bool, called []string) ([]string, error) {
	var list []string
	for _, file := range files {
		name := sourceName(file)
		if strings.HasSuffix(name, "_test.go") || name == plan.GeneratedFile || slices.Contains(pkg.Files, name) || toolMade(name) {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		switch {
		case len(pkg.Files) == 0 && analysis.MayHoldDirective(src):
			list = append(list, fmt.Sprintf("%s:1:1: file must be in a module to be woven (run: go mod init)", finding.Relative(dir, file)))
		case pkg.Ruled || analysis.MayHoldDirective(src) || analysis.HoldsName(src, called):
			list = append(list, fmt.Sprintf("%s:1:1: file must take part in the plan that the %s is made from (run: instrument generate with the -tags and GOOS of this build)",
				finding.Relative(dir, filepath.Join(pkg.Dir, name)), plan.GeneratedFile))
		}
	}
	if pkg.Woven && !generated {
		list = append(list, fmt.Sprintf("%s:1:1: file must be compiled too (name the package instead of its files)",
			finding.Relative(dir, filepath.Join(pkg.Dir, plan.GeneratedFile))))
	}
	return list, nil
}

// sourceName returns the base name of the source file that cgo or cover made a file from.
func sourceName(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".go")
	for cut := true; cut; {
		name, cut = cutAny(name, ".cover", ".cgo1")
	}
	return name + ".go"
}

func cutAny(name string, suffixes ...string) (string, bool) {
	for _, suffix := range suffixes {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base, true
		}
	}
	return name, false
}

// toolMade reports whether the go command itself adds the file to packages: cgo's types, cover's
// variables, the main function of a test.
func toolMade(name string) bool {
	return slices.Contains([]string{"_cgo_gotypes.go", "_cgo_import.go", "covervars.go", "_testmain.go"}, name)
}
