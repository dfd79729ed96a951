package analysis

import (
	"context"
	"go/ast"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/binds"
	"github.com/instrumentgo/instrument/analysis/internal/callsites"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/flow"
	"github.com/instrumentgo/instrument/analysis/internal/replay"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/internal/steps"
	"github.com/instrumentgo/instrument/analysis/internal/uses"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Result is the plan, and what else the drivers have to know about the user's modules.
type Result struct {
	Plan     *plan.Plan
	Findings []finding.Diagnostic // sorted
	Reach    []Reach              // the packages of the main modules, sorted by import path
	Mains    []plan.Main          // the programs of the main modules, sorted by import path
	Broken   []string             // import paths of packages that are not in the plan because they do not type-check, sorted
	Called   []string             // names of what rules name for its calls, sorted
	Asked    bool                 // a file of the main modules has rules or a directive
	Unread   bool                 // a rule file could not be read, so the plan lacks what it declares

	program *source.Program
}

// Uses returns what the bodies of the main modules' functions do with bindings. It is not part of
// the plan, because it type-checks bodies.
func (r *Result) Uses() *plan.Uses { return uses.Read(r.program, r.Plan) }

// Run lists the packages, reads directives and rule files, and plans what they ask for. The user's
// mistakes are findings; the error is the go command's or the file system's.
func Run(ctx context.Context, cfg source.Config) (_ *Result, err error) {
	defer underway.Recover(underway.Work{Verb: "plan", Of: cfg.Dir, Off: underway.OffNowhere}, &err)
	cfg.Also = []string{plan.HooksPath, plan.HTTPPath, plan.EntryPath, plan.CachePath, plan.LivePath, plan.DebugPath}
	cfg.Also = append(cfg.Also, sites.Packages(cfg.Sources)...)
	cfg.Bindings = binds.Packages(cfg.Sources)
	p, ruleFiles, err := source.Load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	rules := ask.Read(p, ruleFiles)
	r := &run{p: p, rules: rules, sites: sites.New(p, rules), binds: binds.New(p), unsure: map[string]bool{}}
	r.calls = callsites.New(p, rules, r.sites)
	plan, err := r.plan()
	if err != nil {
		return nil, err
	}
	return &Result{
		Plan: plan, Findings: p.Findings.Sorted(), Reach: r.reach(), Mains: p.Graph.Mains(), Broken: p.Types.Broken(),
		Called: rules.Callees(), Asked: asked(p), Unread: rules.Unread, program: p,
	}, nil
}

// asked reports whether anything in the main modules asks for weaving.
func asked(p *source.Program) bool {
	for path, f := range p.Files.Files {
		if (f.Directive || f.Rule) && p.Graph.MainModuleOf(path) != nil {
			return true
		}
	}
	return false
}

// run takes one program through the rooms.
type run struct {
	p      *source.Program
	rules  *ask.Rules
	sites  *sites.Planner
	calls  *callsites.Planner
	binds  *binds.Planner
	unsure map[string]bool // main packages that link a package that does not type-check
}

// plan plans all packages, and reports what is wrong across packages.
func (r *run) plan() (*plan.Plan, error) {
	plan := &plan.Plan{Version: plan.Version, Packages: []*plan.Package{}}
	candidates := r.candidates()
	if err := r.exportCallers(candidates); err != nil {
		return nil, err
	}
	for _, listed := range candidates {
		pkg, err := r.planPackage(listed)
		if err != nil {
			return nil, err
		}
		if pkg != nil {
			plan.Packages = append(plan.Packages, pkg)
		}
	}
	if err := r.programs(plan); err != nil {
		return nil, err
	}
	if len(r.p.Types.Broken()) == 0 {
		r.rules.Unmatched()
	}
	r.binds.Rivals()
	flow.Check(r.p, r.sites.Placed)
	replay.Check(r.p, plan)
	plan.Unloaded, plan.Packs = r.unloaded(), r.rules.Packs()
	if needed := append(plan.Imports(), r.binds.Imports()...); slices.ContainsFunc(needed, r.p.Graph.Incomplete) {
		r.p.Types.MissingModule(token.Position{Filename: r.p.Graph.Cfg.ModFile, Line: 1, Column: 1}, needed...)
	}
	return plan, nil
}

// candidates returns the packages that have a directive or that a rule may match, sorted by path.
func (r *run) candidates() []*packages.Package {
	var list []*packages.Package
	for _, path := range slices.Sorted(maps.Keys(r.p.Graph.Listed)) {
		pkg := r.p.Graph.Listed[path]
		own := r.p.Graph.IsOwn(pkg)
		if len(pkg.GoFiles) == 0 || path == "unsafe" || !own && wovenCodeNeeds(path) {
			continue
		}
		if own && r.p.Files.HasDirective(pkg) || r.rules.MayMatch(pkg) {
			list = append(list, pkg)
		}
	}
	return list
}

// exportCallers finds the export data that the packages need which may hold call sites. Other
// packages that the rules select are known before.
func (r *run) exportCallers(candidates []*packages.Package) error {
	callers := slices.DeleteFunc(slices.Clone(candidates), func(pkg *packages.Package) bool { return !r.rules.MayCall(pkg) })
	if len(callers) == 0 {
		return nil
	}
	return r.p.Types.Export(r.p.Graph.External(callers...))
}

// wovenCodeNeeds reports whether woven code or rule files import the package, one of this module's
// own.
func wovenCodeNeeds(path string) bool {
	return path == plan.HooksPath || strings.HasPrefix(path, plan.HooksPath+"/") || path == plan.AspectsPath
}

// planPackage returns the plan of one package, or nil if nothing of it is woven, bound or skipped.
func (r *run) planPackage(listed *packages.Package) (planned *plan.Package, err error) {
	underway.Do(underway.Work{Verb: "plan", Of: "package " + listed.PkgPath, Off: underway.OffRules}, func() { planned, err = r.packagePlan(listed) })
	return planned, err
}

func (r *run) packagePlan(listed *packages.Package) (*plan.Package, error) {
	p := r.p
	pkg, err := p.Types.Package(listed)
	if err != nil || pkg.Broken {
		return nil, err
	}
	out := &plan.Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, Files: sourceNames(listed), Sites: []*plan.Site{}}
	out.ModuleDir = p.Graph.ModuleDir(listed)
	if p.Graph.Module(listed) == nil && listed.Module != nil && listed.Module.Dir != "" {
		out.ReadOnly = p.Graph.MainModuleOf(listed.Dir) == nil
	}
	byFile := map[*ast.File]directive.Set{}
	for _, file := range pkg.Files {
		byFile[file] = directive.Read(file, p.Findings)
	}
	out.Taken = p.Files.DeclaredNames(pkg)
	names := source.NewNames(p.Files, listed.Dir)
	recorded := steps.Take(pkg.Files, byFile, p.Findings)
	r.binds.Package(pkg, byFile, names, out)
	r.sites.Package(pkg, byFile, names, out)
	steps.Package(p, pkg, recorded, names, out)
	if r.rules.MayCall(listed) {
		r.calls.Package(pkg, byFile, names, out)
	}
	if !out.Woven() && len(out.Skips) == 0 {
		return nil, nil
	}
	if i := slices.IndexFunc(out.Rules(), func(name string) bool { return !r.rules.Packed(name) }); i >= 0 {
		out.Demanded = out.Rules()[i]
	}
	out.Live = out.Name == "main" && !out.ReadOnly && out.HasSites() && r.rules.Live()
	return out, out.Seal()
}

// sourceNames returns the base names of the package's Go files.
func sourceNames(listed *packages.Package) []string {
	var list []string
	for _, f := range listed.GoFiles {
		if filepath.Base(f) != plan.GeneratedFile {
			list = append(list, filepath.Base(f))
		}
	}
	return list
}
