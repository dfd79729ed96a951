package analysis

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// checker type-checks packages of the source set on demand, each once and without function bodies: what weaving decides on
// is in the declarations, and errors in bodies are better told by the compiler.
type checker struct {
	p        *Program
	external types.Importer
	ruled    map[string][]*ruleFile // rule files by folder: they are checked with their package
	done     map[string]*checked
	source   map[*packages.Package]bool
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

func newChecker(p *Program, exports map[string]string, ruleFiles []*ruleFile) *checker {
	c := &checker{p: p, ruled: map[string][]*ruleFile{}, done: map[string]*checked{}, source: map[*packages.Package]bool{}}
	for _, f := range ruleFiles {
		dir := filepath.Dir(f.source.path)
		c.ruled[dir] = append(c.ruled[dir], f)
	}
	c.external = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
		if file, ok := exports[path]; ok {
			return os.Open(file)
		}
		return nil, fmt.Errorf("no export data")
	})
	return c
}

// check returns the package, parsed and type-checked.
func (c *checker) check(pkg *packages.Package) *checked {
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
		if file := c.parse(done, name); file != nil {
			files = append(files, file)
		}
	}
	for _, rule := range c.ruled[pkg.Dir] {
		if rule.file != nil {
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
	done.types, _ = conf.Check(pkg.PkgPath, c.p.fset, files, done.info)
	return done
}

// parse parses one file into the package. The generated file takes part only for what user code may name: its decorators.
func (c *checker) parse(done *checked, name string) *ast.File {
	source := c.p.cfg.Sources.files[name]
	if source == nil {
		data, err := c.p.cfg.ReadFile(name)
		if err != nil {
			c.p.diags.add(token.Position{Filename: name}, "", "%v", err)
			return nil
		}
		source = c.p.cfg.Sources.add(name, data)
	}
	generated := filepath.Base(name) == GeneratedName
	if generated && !strings.Contains(string(source.data), "\nfunc Instrument") {
		return nil
	}
	file, err := parser.ParseFile(c.p.fset, name, source.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil && !generated {
		done.broken = true
		c.syntaxError(err)
	}
	if file != nil && !generated {
		done.files = append(done.files, file)
	}
	return file
}

func (c *checker) importPackage(from *checked, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := from.listed.Imports[path]
	if pkg == nil {
		pkg = c.p.listed[path]
	}
	if pkg == nil {
		return nil, fmt.Errorf("package %s is not in the build", path)
	}
	if !c.p.fromSource(pkg, c.source) {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("%s", pkg.Errors[0].Msg)
		}
		return c.external.Import(pkg.PkgPath)
	}
	done := c.check(pkg)
	if done.checking {
		return nil, fmt.Errorf("import cycle: %s imports %s (move the rule file to a package that no other imports, such as a main package)", path, from.listed.PkgPath)
	}
	return done.types, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

var undefinedDecorator = regexp.MustCompile(`^undefined: Instrument[A-Z]`)

func (c *checker) typeError(done *checked, err error) {
	te, ok := err.(types.Error)
	if !ok {
		return
	}
	pos := te.Fset.PositionFor(te.Pos, false)
	if filepath.Base(pos.Filename) == GeneratedName || undefinedDecorator.MatchString(te.Msg) {
		return // generate is about to write it
	}
	if te.Soft && strings.Contains(te.Msg, "imported and not used") {
		return
	}
	done.broken = true
	msg := strings.ReplaceAll(te.Msg, "\n", " ")
	if strings.Contains(msg, modulePath) && (strings.Contains(msg, "no required module") || strings.Contains(msg, "missing go.sum entry") || strings.Contains(msg, "not in the build") || strings.Contains(msg, "cannot find module")) {
		c.p.missingModule(pos)
		return
	}
	if s := c.p.cfg.Sources.files[pos.Filename]; s != nil && s.rule {
		c.p.diags.add(pos, "", "%s", msg)
		return
	}
	c.p.diags.compiler(pos, "%s", msg)
}

// listError reports an error of the go command's listing, as it words it.
func (c *checker) listError(pkg *packages.Package, e packages.Error) {
	pos := token.Position{Filename: pkg.Dir}
	if file, rest, ok := strings.Cut(e.Pos, ":"); ok {
		pos.Filename = file
		fmt.Sscanf(rest, "%d:%d", &pos.Line, &pos.Column)
		if !filepath.IsAbs(file) {
			pos.Filename = filepath.Join(c.p.cfg.Dir, file)
		}
	}
	c.p.diags.compiler(pos, "%s", strings.TrimSpace(strings.ReplaceAll(e.Msg, "\n", " ")))
}

func (c *checker) syntaxError(err error) {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		c.p.diags.add(token.Position{}, "", "%v", err)
		return
	}
	for i, e := range list {
		if i == 10 { // as the compiler does
			break
		}
		if s := c.p.cfg.Sources.files[e.Pos.Filename]; s != nil && s.rule {
			c.p.diags.add(e.Pos, "", "syntax error: %s", e.Msg)
			continue
		}
		c.p.diags.compiler(e.Pos, "syntax error: %s", e.Msg)
	}
}

// missingModule reports that the module cannot resolve the run-time packages.
func (p *Program) missingModule(pos token.Position) {
	const tool = modulePath + "/cmd/instrument"
	if hooks := p.listed[hooksPath]; hooks != nil && len(hooks.Errors) == 0 { // required, without what it imports
		p.diags.add(pos, "run: go mod edit -tool="+tool+" && go mod tidy",
			"go.mod must require all that package %s imports, which woven code needs", hooksPath)
		return
	}
	p.diags.add(pos, "run: go get -tool "+tool, "go.mod must require module %s, which woven code imports", modulePath)
}

// declared returns the package's top-level object with the given name, or nil.
func (c *checked) declared(name string) types.Object {
	if c.types == nil {
		return nil
	}
	return c.types.Scope().Lookup(name)
}

// fileOf returns the parsed file that holds pos, or nil.
func (c *checked) fileOf(pos token.Pos) *ast.File {
	i := slices.IndexFunc(c.files, func(f *ast.File) bool { return f.FileStart <= pos && pos <= f.FileEnd })
	if i < 0 {
		return nil
	}
	return c.files[i]
}
