package analysis

import (
	"context"
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Import paths of the run-time packages that woven code refers to.
const (
	modulePath  = "github.com/instrumentgo/instrument"
	aspectsPath = modulePath + "/aspects"
	hooksPath   = modulePath + "/runtimehooks"
	httpPath    = hooksPath + "/httphooks"
	cachePath   = hooksPath + "/cachehooks"
	livePath    = hooksPath + "/live"
	debugPath   = hooksPath + "/debug"

	bindingsPath = modulePath + "/bindings"
	servicePath  = bindingsPath + "/service"
)

// Module is one main module, or one that a replace directive or a workspace takes from a folder.
type Module struct {
	Path string // module path
	Dir  string // absolute
	Main bool   // a main module: the one of go.mod, or one that go.work uses
}

// Config says what to load.
type Config struct {
	Context    context.Context
	Dir        string   // working folder of the go command
	Env        []string // its environment; GOFLAGS must hold no -toolexec
	BuildFlags []string // flags that change which files and modules are used: -tags, -mod, -modfile, -race, …
	Modules    []Module // modules in folders, main modules first
	ModFile    string   // absolute path of go.mod, or go.work, to name where a requirement is missing
	Sources    *Sources // of all Modules' folders
	ReadFile   func(string) ([]byte, error)
	ExportKey  string                                                                              // identifies everything that export data of dependencies depends on
	Exports    func(key string, make func() (map[string]string, error)) (map[string]string, error) // cache of export files by import path
}

// Program is a set of packages: listed all, parsed and type-checked as far as needed.
type Program struct {
	cfg     Config
	fset    *token.FileSet
	listed  map[string]*packages.Package // by import path
	own     []*packages.Package          // of the main modules, sorted by path
	checker *checker
	diags   Diagnostics
	rules   *ruleSet
	unread  bool                   // a rule file could not be read
	paths   map[[2]string][]string // what dependencyPath has found

	unsure   map[string]bool   // main packages of which Reach says Unsure
	mutating map[funcID]string // by the keys of sites, functions of which each call makes something: who says so
}

// Load lists the main modules' packages and their dependencies with one go command, and reads the rule files. Findings are
// collected in the program; the error is of the go command or the file system.
func Load(cfg Config) (*Program, error) {
	p := &Program{cfg: cfg, fset: token.NewFileSet(), listed: map[string]*packages.Package{}, paths: map[[2]string][]string{}, unsure: map[string]bool{}, mutating: map[funcID]string{}}
	ruleFiles := p.parseRules()
	p.unmarked()
	if err := p.list(ruleFiles); err != nil {
		return nil, err
	}
	p.checker = newChecker(p, ruleFiles)
	if err := p.checker.export(p.exported(ruleFiles)); err != nil {
		return nil, err
	}
	p.readRules(ruleFiles)
	return p, nil
}

// Diagnostics returns the findings so far, sorted.
func (p *Program) Diagnostics() []Diagnostic { return p.diags.Sorted() }

func (p *Program) list(ruleFiles []*ruleFile) error {
	var patterns []string
	for _, m := range p.cfg.Modules {
		if m.Main {
			patterns = append(patterns, m.Dir+"/...")
		}
	}
	patterns = append(patterns, hooksPath, httpPath, cachePath, livePath, debugPath)
	patterns = append(patterns, p.bindingPackages()...)
	for _, f := range ruleFiles {
		patterns = append(patterns, f.imports()...)
	}
	slices.Sort(patterns)
	roots, err := packages.Load(&packages.Config{
		Mode:       packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
		Context:    p.cfg.Context,
		Dir:        p.cfg.Dir,
		Env:        p.cfg.Env,
		BuildFlags: p.cfg.BuildFlags,
	}, slices.Compact(patterns)...)
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		p.listed[pkg.PkgPath] = pkg
		if m := p.module(pkg); m != nil && m.Main && len(pkg.GoFiles) > 0 {
			p.own = append(p.own, pkg)
		}
	})
	slices.SortFunc(p.own, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	for _, pkg := range p.own {
		for _, f := range pkg.GoFiles {
			if p.cfg.Sources.files[f] == nil { // added by the user's own overlay
				if data, err := p.cfg.ReadFile(f); err == nil {
					p.cfg.Sources.add(f, data)
				}
			}
		}
	}
	return nil
}

// module returns the module in a folder that holds the package, or nil for one of the standard library, the module cache or
// a vendor folder.
func (p *Program) module(pkg *packages.Package) *Module {
	if pkg.Module == nil || len(pkg.GoFiles) == 0 && len(pkg.IgnoredFiles) == 0 {
		return nil
	}
	path := pkg.Module.Path
	for i, m := range p.cfg.Modules {
		if m.Path == path && (pkg.Module.Main || !m.Main) && strings.HasPrefix(pkg.Dir+string(filepath.Separator), m.Dir+string(filepath.Separator)) {
			return &p.cfg.Modules[i]
		}
	}
	return nil
}

// fromSource reports whether a package is type-checked from source: those in folders, because they change, and what imports
// them, because its export data would bring a second copy of their types.
func (p *Program) fromSource(pkg *packages.Package, seen map[*packages.Package]bool) bool {
	if known, ok := seen[pkg]; ok {
		return known
	}
	seen[pkg] = false
	source := p.module(pkg) != nil
	for _, dep := range pkg.Imports {
		if p.fromSource(dep, seen) {
			source = true
		}
	}
	seen[pkg] = source
	return source
}

// exported returns the packages outside the source set that packages inside it import: they are known by their export data.
func (p *Program) exported(ruleFiles []*ruleFile) []string {
	n := p.newNeed()
	wide := false
	for _, f := range ruleFiles {
		wide = wide || f.wide()
		n.visit(p.packageIn(filepath.Dir(f.source.path)))
		for _, path := range f.imports() {
			n.visit(p.listed[path])
		}
	}
	for _, pkg := range p.own {
		if wide || p.hasDirective(pkg) {
			n.visit(pkg)
		}
	}
	for _, path := range p.bindingPackages() {
		n.visit(p.listed[path])
	}
	return n.sorted()
}

// need collects the packages whose export data is needed to type-check others from source.
type need struct {
	p        *Program
	seen     map[*packages.Package]bool // what fromSource has said
	source   map[*packages.Package]bool
	external map[string]bool
}

func (p *Program) newNeed() *need {
	return &need{p: p, seen: map[*packages.Package]bool{}, source: map[*packages.Package]bool{}, external: map[string]bool{}}
}

func (n *need) visit(pkg *packages.Package) {
	if pkg == nil || n.source[pkg] || pkg.PkgPath == "unsafe" {
		return
	}
	if !n.p.fromSource(pkg, n.seen) {
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

// packageIn returns the listed package of the main modules whose folder is dir, or nil.
func (p *Program) packageIn(dir string) *packages.Package {
	for _, pkg := range p.own {
		if pkg.Dir == dir {
			return pkg
		}
	}
	return nil
}

func (p *Program) hasDirective(pkg *packages.Package) bool {
	return slices.ContainsFunc(pkg.GoFiles, func(f string) bool {
		s := p.cfg.Sources.files[f]
		return s != nil && s.directive
	})
}

// position returns a token's place in the file as written, line directives aside.
func (p *Program) position(pos token.Pos) token.Position { return p.fset.PositionFor(pos, false) }

// relative returns the position with its file relative to the module's root.
func (p *Program) relative(pos token.Position, moduleDir string) Position {
	rel, err := filepath.Rel(moduleDir, pos.Filename)
	if err != nil {
		rel = filepath.Base(pos.Filename)
	}
	return Position{File: filepath.ToSlash(rel), Line: pos.Line, Column: pos.Column}
}

// dependencyPath returns the import path from package from to package to, both included, or nil when from does not reach to.
func (p *Program) dependencyPath(from, to string) []string {
	key := [2]string{from, to}
	found, known := p.paths[key]
	if !known {
		found = p.findPath(from, to)
		p.paths[key] = found
	}
	return found
}

func (p *Program) findPath(from, to string) []string {
	seen := map[string]bool{}
	var find func(path string) []string
	find = func(path string) []string {
		if path == to {
			return []string{path}
		}
		pkg := p.listed[path]
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
