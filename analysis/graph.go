package analysis

import (
	"context"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Graph is what one go command lists: the packages of the main modules and everything that they import.
type Graph struct {
	ctx    context.Context // of the go commands
	cfg    *Config
	listed map[string]*packages.Package // by import path
	own    []*packages.Package          // of the main modules, sorted by path
	paths  map[[2]string][]string       // what PathBetween has found
	source map[*packages.Package]bool   // what FromSource has found
}

func newGraph(ctx context.Context, cfg *Config) *Graph {
	return &Graph{ctx: ctx, cfg: cfg, listed: map[string]*packages.Package{}, paths: map[[2]string][]string{}, source: map[*packages.Package]bool{}}
}

// list runs the go command. Go files that it names and the scan has not seen, because an overlay of the user's adds
// them, join the files.
func (g *Graph) list(files *Sources, ruleFiles []*ruleFile) error {
	patterns := slices.Concat(g.cfg.Also, g.cfg.Bindings)
	for _, m := range g.cfg.Modules {
		if m.Main {
			patterns = append(patterns, m.Dir+"/...")
		}
	}
	for _, f := range ruleFiles {
		patterns = append(patterns, f.imports()...)
	}
	slices.Sort(patterns)
	roots, err := packages.Load(&packages.Config{
		Mode:       packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
		Context:    g.ctx,
		Dir:        g.cfg.Dir,
		Env:        g.cfg.Env,
		BuildFlags: g.cfg.BuildFlags,
	}, slices.Compact(patterns)...)
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		g.listed[pkg.PkgPath] = pkg
		if m := g.module(pkg); m != nil && m.Main && len(pkg.GoFiles) > 0 {
			g.own = append(g.own, pkg)
		}
	})
	slices.SortFunc(g.own, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	for _, pkg := range g.own {
		for _, f := range pkg.GoFiles {
			if files.files[f] == nil {
				if data, err := g.cfg.ReadFile(f); err == nil {
					files.add(f, data)
				}
			}
		}
	}
	return nil
}

// module returns the module in a folder that holds the package, or nil for a package of the standard library, the module
// cache or a vendor folder.
func (g *Graph) module(pkg *packages.Package) *Module {
	if pkg.Module == nil || len(pkg.GoFiles) == 0 && len(pkg.IgnoredFiles) == 0 {
		return nil
	}
	path := pkg.Module.Path
	for i, m := range g.cfg.Modules {
		if m.Path == path && (pkg.Module.Main || !m.Main) && strings.HasPrefix(pkg.Dir+string(filepath.Separator), m.Dir+string(filepath.Separator)) {
			return &g.cfg.Modules[i]
		}
	}
	return nil
}

// isOwn reports whether the package is one of the main modules'.
func (g *Graph) isOwn(pkg *packages.Package) bool {
	m := g.module(pkg)
	return m != nil && m.Main
}

// isOwnPath returns the package of an import path, and reports whether it is one of the main modules'.
func (g *Graph) isOwnPath(path string) (*packages.Package, bool) {
	pkg := g.listed[path]
	return pkg, pkg != nil && g.isOwn(pkg)
}

// isTool reports whether a package is of this module, which is no main module: the user has it in a folder.
func (g *Graph) isTool(pkg *packages.Package) bool {
	return !g.isOwn(pkg) && (pkg.PkgPath == modulePath || strings.HasPrefix(pkg.PkgPath, modulePath+"/"))
}

// moduleDir returns the root of the package's module, or the package's folder if it has none.
func (g *Graph) moduleDir(listed *packages.Package) string {
	if m := g.module(listed); m != nil {
		return m.Dir
	}
	if listed.Module != nil && listed.Module.Dir != "" {
		return listed.Module.Dir
	}
	return listed.Dir
}

// mainModuleOf returns the main module that holds the path, or nil. Another module may lie in a folder of it.
func (g *Graph) mainModuleOf(path string) *Module {
	var inner *Module
	for i := range g.cfg.Modules {
		m := &g.cfg.Modules[i]
		if strings.HasPrefix(path+string(filepath.Separator), m.Dir+string(filepath.Separator)) && (inner == nil || len(m.Dir) > len(inner.Dir)) {
			inner = m
		}
	}
	if inner == nil || !inner.Main {
		return nil
	}
	return inner
}

// packageIn returns the package of the main modules in a folder, or nil.
func (g *Graph) packageIn(dir string) *packages.Package {
	for _, pkg := range g.own {
		if pkg.Dir == dir {
			return pkg
		}
	}
	return nil
}

// ruleOnlyPackage stands for the package of a folder that holds nothing but rule files.
func (g *Graph) ruleOnlyPackage(dir, name string) *packages.Package {
	pkg := &packages.Package{ID: dir, Name: name, PkgPath: name, Dir: dir, Imports: map[string]*packages.Package{}}
	for _, m := range g.cfg.Modules {
		if rel, err := filepath.Rel(m.Dir, dir); err == nil && !strings.HasPrefix(rel, "..") {
			pkg.PkgPath = path.Join(m.Path, filepath.ToSlash(rel))
		}
	}
	return pkg
}

// fromSource reports whether a package is type-checked from source: those in folders, because they change, and what
// imports them, because its export data would bring a second copy of their types.
func (g *Graph) fromSource(pkg *packages.Package) bool {
	if known, ok := g.source[pkg]; ok {
		return known
	}
	g.source[pkg] = false
	source := g.module(pkg) != nil
	for _, dep := range pkg.Imports {
		if g.fromSource(dep) {
			source = true
		}
	}
	g.source[pkg] = source
	return source
}

// exported returns the packages outside the source set that packages inside it import: they are known by their export data.
func (g *Graph) exported(files *Sources, ruleFiles []*ruleFile) []string {
	n := g.newNeed()
	wide := false
	for _, f := range ruleFiles {
		wide = wide || f.wide()
		n.visit(g.packageIn(filepath.Dir(f.source.path)))
		for _, path := range f.imports() {
			n.visit(g.listed[path])
		}
	}
	for _, pkg := range g.own {
		if wide || files.hasDirective(pkg) {
			n.visit(pkg)
		}
	}
	for _, path := range g.cfg.Bindings {
		n.visit(g.listed[path])
	}
	return n.sorted()
}

// need collects the packages whose export data is needed to type-check others from source.
type need struct {
	graph    *Graph
	source   map[*packages.Package]bool
	external map[string]bool
}

func (g *Graph) newNeed() *need {
	return &need{graph: g, source: map[*packages.Package]bool{}, external: map[string]bool{}}
}

func (n *need) visit(pkg *packages.Package) {
	if pkg == nil || n.source[pkg] || pkg.PkgPath == "unsafe" {
		return
	}
	if !n.graph.fromSource(pkg) {
		if len(pkg.Errors) == 0 {
			n.external[pkg.PkgPath] = true
		}
		return
	}
	n.source[pkg] = true
	for _, dep := range pkg.Imports {
		n.visit(dep)
	}
}

func (n *need) sorted() []string { return slices.Sorted(maps.Keys(n.external)) }

// incomplete reports whether the package, or one that it imports, is missing from the module's requirements.
func (g *Graph) incomplete(path string) bool {
	pkg := g.listed[path]
	if pkg == nil {
		return true
	}
	missing := false
	packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) { missing = missing || len(dep.Errors) > 0 })
	return missing
}

// dependencyPath returns the import path from package from to package to, both included, or nil when from does not reach to.
func (g *Graph) dependencyPath(from, to string) []string {
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
		pkg := g.listed[path]
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

// links returns a function that reports whether a package imports one of some, or is one, directly or through others.
func (g *Graph) links(some map[string]bool) func(*packages.Package) bool {
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

// together reports whether a program of the main modules links both packages, or may.
func (g *Graph) together(a, b string) bool {
	if a == b {
		return true
	}
	for _, pkg := range g.own {
		if pkg.Name == "main" && g.dependencyPath(pkg.PkgPath, a) != nil && g.dependencyPath(pkg.PkgPath, b) != nil {
			return true
		}
	}
	return false
}

// Main is a program of the main modules: a main package, with the packages of the main modules that it is made of.
type Main struct {
	Path     string
	Packages []string // import paths, sorted; its own among them
}

// Mains returns the programs of the main modules, sorted by import path.
func (g *Graph) Mains() []Main {
	var list []Main
	for _, pkg := range g.own {
		if pkg.Name != "main" {
			continue
		}
		m := Main{Path: pkg.PkgPath}
		packages.Visit([]*packages.Package{pkg}, nil, func(dep *packages.Package) {
			if g.isOwn(dep) {
				m.Packages = append(m.Packages, dep.PkgPath)
			}
		})
		slices.Sort(m.Packages)
		list = append(list, m)
	}
	return list
}
