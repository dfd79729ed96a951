package analysis

import (
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
)

// checker type-checks packages of the source set on demand, each once and without function bodies: what weaving decides on
// is in the declarations, and errors in bodies are better told by the compiler.
type Types struct {
	cfg      *Config
	fset     *token.FileSet
	files    *Sources
	graph    *Graph
	diags    *Diagnostics
	external types.Importer
	exports  map[string]string      // export data files by import path
	ruled    map[string][]*ruleFile // rule files by folder: they are checked with their package
	done     map[string]*checked
	promises map[string][]string // by import path: names that generate declares for directives
}

// checked is one package after type-checking.
type checked struct {
	listed   *packages.Package
	types    *types.Package
	info     *types.Info
	files    []*ast.File // parsed files, in the order of the listing; rule files not among them
	broken   bool        // does not type-check: reported, and never woven
	checking bool
}

func newTypes(p *Program, ruleFiles []*ruleFile) *Types {
	c := &Types{
		cfg: p.graph.cfg, fset: p.fset, files: p.files, graph: p.graph, diags: p.diags,
		exports: map[string]string{}, ruled: map[string][]*ruleFile{}, done: map[string]*checked{}, promises: map[string][]string{},
	}
	for _, f := range ruleFiles {
		dir := filepath.Dir(f.source.path)
		c.ruled[dir] = append(c.ruled[dir], f)
	}
	c.external = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
		if file, ok := c.exports[path]; ok {
			return os.Open(file)
		}
		return nil, fmt.Errorf("no export data")
	})
	return c
}

// quiet returns a copy that knows what is checked so far and reports to nobody: with it, packages that have no site may be
// checked for the first time. The two do not share what they check from now on, so that the copy hides no finding.
func (c *Types) quiet() *Types {
	q := *c
	q.diags, q.done = &Diagnostics{fset: c.fset}, maps.Clone(c.done)
	return &q
}

// export finds the export data files of packages. They are in the go command's build cache, and the packages are those that
// the build compiles anyway.
func (c *Types) export(paths []string) error {
	missing := slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return c.exports[path] != "" || path == "unsafe" || path == "C" })
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

// check returns the package, parsed and type-checked.
func (c *Types) check(pkg *packages.Package) *checked {
	if done := c.done[pkg.PkgPath]; done != nil {
		return done
	}
	done := &checked{listed: pkg, checking: true, info: &types.Info{
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{},
	}}
	c.done[pkg.PkgPath] = done
	defer func() { done.checking = false }()

	for _, e := range pkg.Errors {
		done.broken = true
		c.listError(pkg, e)
	}
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		if s := c.files.files[name]; s != nil && s.rule {
			continue // a build with the tag; it is among the rule files
		}
		if file := c.parse(done, name); file != nil {
			files = append(files, file)
			c.promises[pkg.PkgPath] = append(c.promises[pkg.PkgPath], promised(file)...)
		}
	}
	for _, rule := range c.ruled[pkg.Dir] {
		if c.usable(pkg, rule) {
			files = append(files, rule.file)
		}
	}
	conf := types.Config{
		Importer:         importerFunc(func(path string) (*types.Package, error) { return c.importPackage(done, path) }),
		IgnoreFuncBodies: true,
		FakeImportC:      true,
		Sizes:            types.SizesFor("gc", "amd64"),
		Error:            func(err error) { c.typeError(done, err) },
	}
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		conf.GoVersion = "go" + pkg.Module.GoVersion
	}
	done.types, _ = conf.Check(pkg.PkgPath, c.fset, files, done.info)
	return done
}

// usable reports whether a rule file can be checked with its package: it must not import what imports that package.
func (c *Types) usable(pkg *packages.Package, rule *ruleFile) bool {
	if rule.file == nil {
		return false
	}
	for i, path := range rule.imports() {
		if cycle := c.graph.dependencyPath(path, pkg.PkgPath); cycle != nil {
			c.diags.at(rule.specs()[i].Pos(), "move the rule file to a package that no other imports, such as a main package",
				"rule file must not import what imports its own package: %s", strings.Join(cycle, " imports "))
			rule.file = nil
			return false
		}
	}
	return true
}

// parse parses one file into the package. A generated file of a main module, which is to be written anew, takes part only for
// what user code may name: its decorators.
func (c *Types) parse(done *checked, name string) *ast.File {
	source := c.files.files[name]
	if source == nil {
		data, err := c.cfg.ReadFile(name)
		if err != nil {
			c.diags.add(token.Position{Filename: name, Line: 1, Column: 1}, "make it readable", "read file: %v", err)
			return nil
		}
		source = c.files.add(name, data)
	}
	generated := filepath.Base(name) == GeneratedName
	if generated && c.graph.isOwn(done.listed) && !strings.Contains(string(source.data), "\nfunc Instrument") {
		return nil
	}
	file, err := parser.ParseFile(c.fset, name, source.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil && !generated {
		done.broken = true
		syntaxError(err, c.files, c.diags)
	}
	if file != nil && !generated {
		done.files = append(done.files, file)
	}
	return file
}

func (c *Types) importPackage(from *checked, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := from.listed.Imports[path]
	if pkg == nil {
		pkg = c.graph.listed[path]
	}
	if pkg == nil {
		return nil, fmt.Errorf("package %s is not in the build", path)
	}
	if !c.graph.fromSource(pkg) {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("%s", pkg.Errors[0].Msg)
		}
		return c.external.Import(pkg.PkgPath)
	}
	done := c.check(pkg)
	if done.checking {
		return nil, errCycle
	}
	return done.types, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// declared returns the package's top-level object with the given name, or nil.
func (c *checked) declared(name string) types.Object {
	if c.types == nil {
		return nil
	}
	return c.types.Scope().Lookup(name)
}
