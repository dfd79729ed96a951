package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Types type-checks packages of the source set on demand, each once and without function bodies.
// Declarations hold all that weaving decides by, and the compiler reports errors in bodies better.
type Types struct {
	cfg      *Config
	fset     *token.FileSet
	files    *Files
	graph    *Graph
	findings *finding.List
	external types.Importer
	exports  map[string]string      // export data files by import path
	ruled    map[string][]*RuleFile // rule files by folder: they are checked with their package
	Done     map[string]*Package
	promises map[string][]string // by import path: names that generate declares for directives
	bodies   bodies              // of the last package that was asked about
}

// Package is one package after type-checking.
type Package struct {
	Listed   *packages.Package
	Types    *types.Package
	Info     *types.Info
	Files    []*ast.File // parsed files, in the order of the listing; rule files not among them
	Broken   bool        // it does not type-check, which was reported; it is never woven
	checking bool
}

func newTypes(p *Program, ruleFiles []*RuleFile) *Types {
	c := &Types{
		cfg: p.Graph.Cfg, fset: p.Fset, files: p.Files, graph: p.Graph, findings: p.Findings,
		exports: map[string]string{}, ruled: map[string][]*RuleFile{}, Done: map[string]*Package{}, promises: map[string][]string{},
	}
	for _, f := range ruleFiles {
		dir := filepath.Dir(f.Source.Path)
		c.ruled[dir] = append(c.ruled[dir], f)
	}
	c.external = importer.ForCompiler(p.Fset, "gc", func(path string) (io.ReadCloser, error) {
		if file, ok := c.exports[path]; ok {
			return os.Open(file)
		}
		return nil, fmt.Errorf("it does not compile: see go build %s", path)
	})
	return c
}

// Quiet returns a copy that knows the packages checked so far and reports nothing. It is for
// packages that have no site and may be checked for the first time. The two do not share what they
// check from now on, or the copy would swallow findings of the original.
func (c *Types) Quiet() *Types {
	q := *c
	q.findings, q.Done = &finding.List{Fset: c.fset}, maps.Clone(c.Done)
	return &q
}

// Export finds the export data files of packages. The files are in the go command's build cache,
// and the build compiles these packages anyway.
func (c *Types) Export(paths []string) error {
	missing := slices.DeleteFunc(slices.Clone(paths),
		func(path string) bool { return c.exports[path] != "" || path == "unsafe" || path == "C" })
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	cfg := c.cfg
	files, err := cfg.Exports(cfg.ExportKey+"\n"+strings.Join(missing, "\n"), func() (map[string]string, error) {
		roots, err := packages.Load(&packages.Config{
			Mode: packages.NeedName | packages.NeedExportFile, Context: c.graph.ctx, Dir: cfg.Dir, Env: cfg.Env, BuildFlags: cfg.BuildFlags,
		}, missing...)
		files := map[string]string{}
		for _, pkg := range roots {
			if pkg.ExportFile != "" {
				files[pkg.PkgPath] = pkg.ExportFile
			}
		}
		return files, err
	})
	if err != nil {
		return fmt.Errorf("list export data: %w", err)
	}
	maps.Copy(c.exports, files)
	return nil
}

// Check returns the package, parsed and type-checked.
func (c *Types) Check(pkg *packages.Package) *Package {
	if done := c.Done[pkg.PkgPath]; done != nil {
		return done
	}
	done := &Package{Listed: pkg, checking: true, Info: &types.Info{
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{},
	}}
	c.Done[pkg.PkgPath] = done
	defer func() { done.checking = false }()

	for _, e := range pkg.Errors {
		done.Broken = true
		c.listError(pkg, e)
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		if s := c.files.Files[name]; s != nil && s.Rule {
			continue // the build sets the tag; the file is among the rule files
		}
		if file := c.parse(done, name); file != nil {
			files = append(files, file)
			c.promises[pkg.PkgPath] = append(c.promises[pkg.PkgPath], promised(file)...)
		}
	}
	for _, rule := range c.ruled[pkg.Dir] {
		if c.usable(pkg, rule) {
			files = append(files, rule.File)
		}
	}
	done.Types = c.typeCheck(done, files, done.Info, false, func(err error) { c.typeError(done, err) })
	return done
}

// Bodies returns what the bodies of a checked package mean, and the package as it was checked with
// them: its types are others than those of pkg. Their errors are the compiler's to report. The
// rooms ask for one package after the other, so the last one is kept.
func (c *Types) Bodies(pkg *Package) (*types.Info, *types.Package) {
	if c.bodies.of != pkg {
		info := newInfo()
		c.bodies = bodies{pkg, info, c.typeCheck(pkg, pkg.Files, info, true, func(error) {})}
	}
	return c.bodies.info, c.bodies.checked
}

// bodies is a package with the types of its bodies.
type bodies struct {
	of      *Package
	info    *types.Info
	checked *types.Package
}

// Complete is [Types.Bodies] of a package that nobody has compiled yet: it reports errors in
// bodies, too.
func (c *Types) Complete(pkg *Package) (*types.Info, *types.Package) {
	info := newInfo()
	return info, c.typeCheck(pkg, pkg.Files, info, true, func(err error) { c.typeError(pkg, err) })
}

func newInfo() *types.Info {
	return &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
}

// typeCheck type-checks files of a package, as the go command's version for its module does.
func (c *Types) typeCheck(pkg *Package, files []*ast.File, info *types.Info, bodies bool, report func(error)) (checked *types.Package) {
	listed := pkg.Listed
	conf := types.Config{
		Importer:         importerFunc(func(path string) (*types.Package, error) { return c.Import(pkg, path) }),
		IgnoreFuncBodies: !bodies,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", "amd64"),
		Error:            report,
	}
	if listed.Module != nil && listed.Module.GoVersion != "" {
		conf.GoVersion = "go" + listed.Module.GoVersion
	}
	underway.Do(underway.Work{Verb: "type-check", Of: "package " + listed.PkgPath, Off: underway.OffNowhere}, func() {
		checked, _ = conf.Check(listed.PkgPath, c.fset, files, info)
	})
	return checked
}

// usable reports whether a rule file can be checked with its package. It cannot if it imports
// something that imports the package.
func (c *Types) usable(pkg *packages.Package, rule *RuleFile) bool {
	if rule.File == nil {
		return false
	}
	for i, path := range rule.imports() {
		if cycle := c.graph.PathBetween(path, pkg.PkgPath); cycle != nil {
			c.findings.At(rule.specs()[i].Pos(), "move the rule file to a package that no other imports, such as a main package",
				"rule file must not import what imports its own package: %s", strings.Join(cycle, " imports "))
			rule.File = nil
			return false
		}
	}
	return true
}

// parse parses one file into the package. A generated file of a main module will be written again,
// so only the part that user code may refer to is kept: its decorators.
func (c *Types) parse(done *Package, name string) *ast.File {
	source := c.files.Files[name]
	if source == nil {
		data, err := c.cfg.ReadFile(name)
		if err != nil {
			c.findings.Add(token.Position{Filename: name, Line: 1, Column: 1}, "make it readable", "read file: %v", err)
			return nil
		}
		source = c.files.add(name, data)
	}
	generated := filepath.Base(name) == plan.GeneratedFile
	if generated && c.graph.IsOwn(done.Listed) && !strings.Contains(string(source.Data), "\nfunc Instrument") {
		return nil
	}
	file, err := parser.ParseFile(c.fset, name, source.Data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil && !generated {
		done.Broken = true
		syntaxError(err, c.files, c.findings)
	}
	if file != nil && !generated {
		done.Files = append(done.Files, file)
	}
	return file
}

// Import returns a package as the given one imports it: checked from source, or read from export
// data.
func (c *Types) Import(from *Package, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := from.Listed.Imports[path]
	if pkg == nil {
		pkg = c.graph.Listed[path]
	}
	if pkg == nil {
		return nil, fmt.Errorf("package %s is not in the build", path)
	}
	if !c.graph.FromSource(pkg) {
		if cause := c.graph.cause(pkg); cause != "" {
			return nil, errors.New(cause)
		}
		return c.external.Import(pkg.PkgPath)
	}
	done := c.Check(pkg)
	if done.checking {
		return nil, errCycle
	}
	return done.Types, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// Declared returns the package's top-level object with the given name, or nil.
func (c *Package) Declared(name string) types.Object {
	if c.Types == nil {
		return nil
	}
	return c.Types.Scope().Lookup(name)
}
