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
)

// Result is what the rooms found out together.
type Result struct {
	Plan     *Plan
	Findings []Diagnostic // sorted
	Reach    []Reach      // the packages of the main modules, sorted by import path
	Mains    []Main       // the programs of the main modules, sorted by import path
	Broken   []string     // import paths of packages that are not in the plan because they do not type-check, sorted
	Unread   bool         // a rule file could not be read, so the plan lacks what it says

	program *Program
}

// Uses reads what the bodies of the main modules' functions do with bindings. It is not part of the plan, because it
// type-checks bodies.
func (r *Result) Uses() *Uses { return readUses(r.program, r.Plan) }

// Run lists the packages, reads directives and rule files, and plans what they ask for. Mistakes of the user's are
// findings; the error is the go command's or the file system's.
func Run(ctx context.Context, cfg Config) (*Result, error) {
	cfg.Also = []string{hooksPath, httpPath, cachePath, livePath, debugPath}
	cfg.Bindings = bindingPackages(cfg.Sources)
	p, ruleFiles, err := Load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	rules := readRules(p, ruleFiles)
	r := &run{p: p, rules: rules, sites: newPlanner(p, rules), binds: newBinder(p), unsure: map[string]bool{}}
	plan, err := r.plan()
	if err != nil {
		return nil, err
	}
	return &Result{
		Plan: plan, Findings: p.diags.Sorted(), Reach: r.reach(), Mains: p.graph.Mains(), Broken: p.types.broken(), Unread: rules.unread, program: p,
	}, nil
}

// run carries one program through the rooms.
type run struct {
	p      *Program
	rules  *ruleSet
	sites  *planner
	binds  *binder
	unsure map[string]bool // main packages that link what does not type-check
}

// plan matches every function against the directives and rules, and resolves what meets.
func (r *run) plan() (*Plan, error) {
	plan := &Plan{Version: PlanVersion, Packages: []*Package{}}
	for _, listed := range r.candidates() {
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
	if len(r.p.types.broken()) == 0 {
		r.rules.unmatched()
	}
	r.binds.rivals()
	checkPaths(r.p, plan, r.sites.mutating)
	plan.Unloaded = r.unloaded()
	if needed := append(plan.Imports(), r.binds.imports()...); slices.ContainsFunc(needed, r.p.graph.incomplete) {
		r.p.types.missingModule(token.Position{Filename: r.p.graph.cfg.ModFile, Line: 1, Column: 1}, needed...)
	}
	return plan, nil
}

// candidates returns the packages with a directive, or in which a rule may match, sorted by path.
func (r *run) candidates() []*packages.Package {
	var list []*packages.Package
	for _, path := range slices.Sorted(maps.Keys(r.p.graph.listed)) {
		pkg := r.p.graph.listed[path]
		own := r.p.graph.isOwn(pkg)
		if len(pkg.GoFiles) == 0 || path == "unsafe" || !own && wovenCodeNeeds(path) {
			continue
		}
		if own && r.p.files.hasDirective(pkg) || r.rules.mayMatch(pkg) {
			list = append(list, pkg)
		}
	}
	return list
}

// wovenCodeNeeds reports whether the path is one of this module's own packages, which woven code or rule files import.
func wovenCodeNeeds(path string) bool {
	return path == hooksPath || strings.HasPrefix(path, hooksPath+"/") || path == aspectsPath
}

// planPackage returns the plan of one package, or nil if nothing of it is woven, bound or skipped.
func (r *run) planPackage(listed *packages.Package) (*Package, error) {
	p := r.p
	pkg, err := p.types.packageOf(listed)
	if err != nil || pkg.broken {
		return nil, err
	}
	out := &Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir, Files: sourceNames(listed), Sites: []*Site{}}
	out.ModuleDir = p.graph.moduleDir(listed)
	if p.graph.module(listed) == nil && listed.Module != nil && listed.Module.Dir != "" {
		out.ReadOnly = p.graph.mainModuleOf(listed.Dir) == nil
	}
	byFile := map[*ast.File]fileDirectives{}
	for _, file := range pkg.files {
		byFile[file] = readDirectives(p.fset, file, p.diags)
	}
	r.sites.statePage(pkg, byFile, out)
	out.Taken = p.files.declaredNames(pkg)
	names := newNames(p.files, listed.Dir)
	r.binds.injection(pkg, byFile, names, out)
	r.sites.plan(pkg, byFile, names, out)
	if !out.Woven() && len(out.Skips) == 0 {
		return nil, nil
	}
	out.Live = out.Name == "main" && !out.ReadOnly && out.hasSites() && !r.rules.noLive
	return out, out.seal()
}

// sourceNames returns the base names of the package's Go files.
func sourceNames(listed *packages.Package) []string {
	var list []string
	for _, f := range listed.GoFiles {
		if filepath.Base(f) != GeneratedName {
			list = append(list, filepath.Base(f))
		}
	}
	return list
}
