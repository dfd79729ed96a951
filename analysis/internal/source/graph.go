package source

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Graph is what one go command lists: the packages of the main modules and everything that they
// import.
type Graph struct {
	ctx    context.Context // of the go commands
	Cfg    *Config
	Listed map[string]*packages.Package // by import path
	Own    []*packages.Package          // of the main modules, sorted by path
	paths  map[[2]string][]string       // what PathBetween has found
	source map[*packages.Package]bool   // what FromSource has found
	packs  map[string]bool              // import paths of packages whose rules are included
	sound  map[*packages.Package]bool   // what cause has found to be without errors
}

func newGraph(ctx context.Context, cfg *Config) *Graph {
	return &Graph{ctx: ctx, Cfg: cfg, Listed: map[string]*packages.Package{}, paths: map[[2]string][]string{},
		source: map[*packages.Package]bool{}, packs: map[string]bool{}, sound: map[*packages.Package]bool{}}
}

// list runs the go command. It adds Go files that the go command names but the scan has not seen,
// because the user's overlay adds them.
func (g *Graph) list(files *Files, ruleFiles []*RuleFile) error {
	patterns := slices.Concat(g.Cfg.Also, g.Cfg.Bindings)
	for _, m := range g.Cfg.Modules {
		if m.Main {
			patterns = append(patterns, m.Dir+"/...")
		}
	}
	for _, f := range ruleFiles {
		patterns = append(patterns, f.imports()...)
	}
	if err := g.load(patterns); err != nil {
		return err
	}
	for _, pkg := range g.Listed {
		if m := g.Module(pkg); m != nil && m.Main && len(pkg.GoFiles) > 0 {
			g.Own = append(g.Own, pkg)
		}
	}
	slices.SortFunc(g.Own, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	for _, pkg := range g.Own {
		for _, f := range pkg.GoFiles {
			if files.Files[f] == nil {
				if data, err := g.Cfg.ReadFile(f); err == nil {
					files.add(f, data)
				}
			}
		}
	}
	return nil
}

// add lists what rule files import, if it is not listed yet.
func (g *Graph) add(ruleFiles []*RuleFile) error {
	var missing []string
	for _, f := range ruleFiles {
		for _, path := range f.imports() {
			if g.Listed[path] == nil {
				missing = append(missing, path)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return g.load(missing)
}

// load runs the go command for patterns.
func (g *Graph) load(patterns []string) error {
	slices.Sort(patterns)
	roots, err := packages.Load(&packages.Config{
		Mode:       packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
		Context:    g.ctx,
		Dir:        g.Cfg.Dir,
		Env:        g.Cfg.Env,
		BuildFlags: g.Cfg.BuildFlags,
	}, slices.Compact(patterns)...)
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		if g.Listed[pkg.PkgPath] == nil {
			g.Listed[pkg.PkgPath] = pkg
		}
	})
	return nil
}

// Module returns the module in a folder that holds the package, or nil for a package of the
// standard library, the module cache or a vendor folder.
func (g *Graph) Module(pkg *packages.Package) *plan.Module {
	if pkg.Module == nil || len(pkg.GoFiles) == 0 && len(pkg.IgnoredFiles) == 0 {
		return nil
	}
	path := pkg.Module.Path
	for i, m := range g.Cfg.Modules {
		if m.Path == path && (pkg.Module.Main || !m.Main) &&
			strings.HasPrefix(pkg.Dir+string(filepath.Separator), m.Dir+string(filepath.Separator)) {
			return &g.Cfg.Modules[i]
		}
	}
	return nil
}

// IsOwn reports whether the package is one of the main modules'.
func (g *Graph) IsOwn(pkg *packages.Package) bool {
	m := g.Module(pkg)
	return m != nil && m.Main
}

// IsDependency reports whether the package is a dependency's, and neither one of the standard
// library nor of this module.
func (g *Graph) IsDependency(pkg *packages.Package) bool {
	return pkg.Module != nil && !g.IsOwn(pkg) && !g.isTool(pkg)
}

// OwnPath returns the package of an import path, and reports whether it is one of the main
// modules'.
func (g *Graph) OwnPath(path string) (*packages.Package, bool) {
	pkg := g.Listed[path]
	return pkg, pkg != nil && g.IsOwn(pkg)
}

// isTool reports whether a package belongs to this module and this module is not a main module,
// although the user has it in a folder.
func (g *Graph) isTool(pkg *packages.Package) bool {
	return !g.IsOwn(pkg) && (pkg.PkgPath == plan.ModulePath || strings.HasPrefix(pkg.PkgPath, plan.ModulePath+"/"))
}

// ModuleDir returns the root of the package's module, or the package's folder if it has none.
func (g *Graph) ModuleDir(listed *packages.Package) string {
	if m := g.Module(listed); m != nil {
		return m.Dir
	}
	if listed.Module != nil && listed.Module.Dir != "" {
		return listed.Module.Dir
	}
	return listed.Dir
}

// MainModuleOf returns the main module that holds the path, or nil. Another module may lie in a
// folder of it.
func (g *Graph) MainModuleOf(path string) *plan.Module {
	var inner *plan.Module
	for i := range g.Cfg.Modules {
		m := &g.Cfg.Modules[i]
		if strings.HasPrefix(path+string(filepath.Separator), m.Dir+string(filepath.Separator)) && (inner == nil || len(m.Dir) > len(inner.Dir)) {
			inner = m
		}
	}
	if inner == nil || !inner.Main {
		return nil
	}
	return inner
}

// PackageIn returns the package of the main modules in a folder, or nil.
func (g *Graph) PackageIn(dir string) *packages.Package {
	for _, pkg := range g.Own {
		if pkg.Dir == dir {
			return pkg
		}
	}
	return nil
}

// RuleOnlyPackage stands for the package of a folder that holds only rule files.
func (g *Graph) RuleOnlyPackage(dir, name string) *packages.Package {
	pkg := &packages.Package{ID: dir, Name: name, PkgPath: name, Dir: dir, Imports: map[string]*packages.Package{}}
	for _, m := range g.Cfg.Modules {
		if rel, err := filepath.Rel(m.Dir, dir); err == nil && !strings.HasPrefix(rel, "..") {
			pkg.PkgPath = path.Join(m.Path, filepath.ToSlash(rel))
		}
	}
	return pkg
}

// FromSource reports whether a package is type-checked from source. Packages in folders are,
// because they change, and so are packages that import them, because their export data would bring
// a second copy of the types.
func (g *Graph) FromSource(pkg *packages.Package) bool {
	if known, ok := g.source[pkg]; ok {
		return known
	}
	g.source[pkg] = false
	source := g.Module(pkg) != nil || g.packs[pkg.PkgPath]
	for _, dep := range pkg.Imports {
		if g.FromSource(dep) {
			source = true
		}
	}
	g.source[pkg] = source
	return source
}

// exported returns the packages outside the source set that packages inside it import. Their types
// come from export data.
func (g *Graph) exported(files *Files, ruleFiles []*RuleFile) []string {
	var roots []*packages.Package
	wide := false
	for _, f := range ruleFiles {
		wide = wide || f.wide()
		roots = append(roots, g.PackageIn(filepath.Dir(f.Source.Path)))
		for _, path := range f.imports() {
			roots = append(roots, g.Listed[path])
		}
	}
	for _, pkg := range g.Own {
		if wide || files.HasDirective(pkg) {
			roots = append(roots, pkg)
		}
	}
	for _, path := range g.Cfg.Bindings {
		roots = append(roots, g.Listed[path])
	}
	return g.External(roots...)
}

// External returns the packages whose export data is needed to type-check the given ones from
// source, sorted: what they and their imports from source import, and those of them that are not
// checked from source. Roots that are nil are left out.
func (g *Graph) External(roots ...*packages.Package) []string {
	seen, external := map[*packages.Package]bool{}, map[string]bool{}
	var visit func(pkg *packages.Package)
	visit = func(pkg *packages.Package) {
		switch {
		case pkg == nil || seen[pkg] || pkg.PkgPath == "unsafe":
			return
		case !g.FromSource(pkg):
			if len(pkg.Errors) == 0 {
				external[pkg.PkgPath] = true
			}
			return
		}
		seen[pkg] = true
		for _, dep := range pkg.Imports {
			visit(dep)
		}
	}
	for _, pkg := range roots {
		visit(pkg)
	}
	return slices.Sorted(maps.Keys(external))
}

// Incomplete reports whether the package, or one that it imports, is missing from the module's
// requirements.
func (g *Graph) Incomplete(path string) bool {
	pkg := g.Listed[path]
	if pkg == nil {
		return true
	}
	missing := false
	packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) { missing = missing || len(dep.Errors) > 0 })
	return missing
}

// cause returns the go command's first error about a package or what that imports; "" if it has
// none.
func (g *Graph) cause(pkg *packages.Package) string {
	if g.sound[pkg] {
		return ""
	}
	cause := ""
	packages.Visit([]*packages.Package{pkg}, func(dep *packages.Package) bool {
		if cause == "" && len(dep.Errors) > 0 {
			cause = dep.Errors[0].Msg
		}
		return cause == "" && !g.sound[dep]
	}, nil)
	g.sound[pkg] = cause == ""
	return cause
}

// Unsummed reports whether go.sum lacks a module that packages, or what they import, have need of.
func Unsummed(own []*packages.Package) bool {
	found := false
	packages.Visit(own, nil, func(pkg *packages.Package) {
		for _, e := range pkg.Errors {
			found = found || strings.Contains(e.Msg, missingSum)
		}
	})
	return found
}

// IsUnsummed reports whether the go command could list nothing, because go.mod or go.sum are behind
// what they require.
func IsUnsummed(err error) bool {
	return err != nil && (strings.Contains(err.Error(), missingSum) || strings.Contains(err.Error(), "updates to go.mod needed"))
}

// missingSum is how the go command says that go.sum lacks something.
const missingSum = "missing go.sum entry"

// Importing says which packages of the main modules import one of the paths, and which: "a imports
// b, c imports b". It is "" if none does. What dependencies import is for servers and clients of
// their own.
func (g *Graph) Importing(paths []string) string {
	var list []string
	for _, pkg := range g.Own {
		for _, path := range paths {
			if pkg.Imports[path] != nil {
				list = append(list, pkg.PkgPath+" imports "+path)
			}
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", ")
}

// PathBetween returns the chain of imports from package from to package to, both included, or nil
// if there is none.
func (g *Graph) PathBetween(from, to string) []string {
	key := [2]string{from, to}
	found, known := g.paths[key]
	if !known {
		found = g.findPath(from, to)
		g.paths[key] = found
	}
	return found
}

func (g *Graph) findPath(from, to string) []string {
	seen := map[string]bool{}
	var find func(path string) []string
	find = func(path string) []string {
		if path == to {
			return []string{path}
		}
		pkg := g.Listed[path]
		if pkg == nil || seen[path] {
			return nil
		}
		seen[path] = true
		for _, name := range slices.Sorted(maps.Keys(pkg.Imports)) {
			if rest := find(pkg.Imports[name].PkgPath); rest != nil {
				return append([]string{path}, rest...)
			}
		}
		return nil
	}
	return find(from)
}

// Links returns a function that reports whether a package is one of the given packages, or imports
// one directly or through others.
func (g *Graph) Links(some map[string]bool) func(*packages.Package) bool {
	known := map[*packages.Package]bool{}
	var find func(pkg *packages.Package) bool
	find = func(pkg *packages.Package) bool {
		found, seen := known[pkg]
		if seen {
			return found
		}
		known[pkg] = false
		found = some[pkg.PkgPath]
		for _, dep := range pkg.Imports {
			found = found || find(dep)
		}
		known[pkg] = found
		return found
	}
	return func(pkg *packages.Package) bool { return len(some) > 0 && find(pkg) }
}

// Together reports whether a program of the main modules links both packages, or may.
func (g *Graph) Together(a, b string) bool {
	if a == b {
		return true
	}
	for _, pkg := range g.Own {
		if pkg.Name == "main" && g.PathBetween(pkg.PkgPath, a) != nil && g.PathBetween(pkg.PkgPath, b) != nil {
			return true
		}
	}
	return false
}

// Mains returns the programs of the main modules, sorted by import path.
func (g *Graph) Mains() []plan.Main {
	var list []plan.Main
	for _, pkg := range g.Own {
		if pkg.Name != "main" {
			continue
		}
		m := plan.Main{Path: pkg.PkgPath}
		packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) {
			if g.IsOwn(dep) {
				m.Packages = append(m.Packages, dep.PkgPath)
			}
		})
		slices.Sort(m.Packages)
		list = append(list, m)
	}
	return list
}
