package survey

import (
	"cmp"
	"go/ast"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Survey is what one module holds.
type Survey struct {
	Packages []Package            // sorted by import path
	Mains    []Main               // sorted by import path
	Services []Service            // of gRPC, that a type of the module implements, sorted
	Funcs    []Func               // by package, in the order of its files
	Rules    []RuleFile           // of the module, sorted by path
	Findings []finding.Diagnostic // errors in the source, sorted
	Opens    []string             // import paths of dependencies of the module that may open a database by database/sql, sorted
	Requests bool                 // a function sends requests by net/http
	Recovers string               // the middleware of the module that answers panics of handlers, or what it takes such a one from; "" for none
	Unsummed bool                 // go.sum lacks what the module imports; then nothing else is set
	missing  func(path string) bool
}

// Package is one package of the module.
type Package struct {
	Path, Name, Dir string
	Imports         []string // of its files that are not tests, sorted
	Imported        bool     // another package of the main modules imports it
}

// RuleFile is a rule file that takes part in the build.
type RuleFile struct {
	Path     string
	Data     []byte
	Includes []string // import paths of the packs that it includes, sorted
}

// Missing reports whether the build lacks a package, or something that it imports.
func (s *Survey) Missing(path string) bool { return s.missing(path) }

// Read surveys the packages of one main module.
func Read(p *source.Program, ruleFiles []*source.RuleFile, module string) (*Survey, error) {
	if source.Unsummed(p.Graph.Own) {
		return &Survey{Unsummed: true}, nil
	}
	if err := p.Types.Export(p.Graph.External(p.Graph.Own...)); err != nil {
		return nil, err
	}
	s := &Survey{missing: p.Graph.Incomplete}
	reader := &reader{p: p, survey: s}
	for _, listed := range p.Graph.Own {
		if p.Graph.Module(listed).Path != module {
			continue
		}
		s.Packages = append(s.Packages, describe(p.Graph, listed))
		pkg := p.Types.Check(listed)
		if pkg.Broken {
			continue
		}
		reader.read(pkg)
	}
	reader.settle()
	s.Opens = opening(p, module)
	slices.SortFunc(s.Services, func(a, b Service) int { return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Name, b.Name)) })
	for _, f := range ruleFiles {
		if m := p.Graph.MainModuleOf(f.Source.Path); m == nil || m.Path != module {
			continue
		}
		s.Rules = append(s.Rules, RuleFile{f.Source.Path, f.Source.Data, p.Graph.Included(f)})
	}
	s.Findings = p.Findings.Sorted()
	return s, nil
}

// opening returns the dependencies of a module that may open a database by database/sql.
func opening(p *source.Program, module string) []string {
	var roots []*packages.Package
	for _, listed := range p.Graph.Own {
		if p.Graph.Module(listed).Path == module {
			roots = append(roots, listed)
		}
	}
	var list []string
	packages.Visit(roots, nil, func(pkg *packages.Package) {
		if p.Graph.IsDependency(pkg) && pkg.Imports["database/sql"] != nil && (p.Mention(pkg, "Open") || p.Mention(pkg, "OpenDB")) {
			list = append(list, pkg.PkgPath)
		}
	})
	slices.Sort(list)
	return list
}

func describe(g *source.Graph, listed *packages.Package) Package {
	pkg := Package{Path: listed.PkgPath, Name: listed.Name, Dir: listed.Dir}
	for _, dep := range listed.Imports {
		pkg.Imports = append(pkg.Imports, dep.PkgPath)
	}
	slices.Sort(pkg.Imports)
	pkg.Imported = slices.ContainsFunc(g.Own, func(other *packages.Package) bool { return other.Imports[listed.PkgPath] != nil })
	return pkg
}

// Main is one program.
type Main struct {
	Path, Dir string
	File      string // of func main, absolute
	Offset    int    // of the keyword func in the file
	Generated bool   // the file is generated, so no directive in it would last
	Otel      bool   // it has the directive
	Exits     bool   // a package of the main modules that it links mentions os.Exit
	SetUp     string // the import or the call with which the program sets up OpenTelemetry itself, and where; "" if it does not
	Links     []string
}

// read notes the functions of a package, and its program if it is one.
func (r *reader) read(pkg *source.Package) {
	info, _ := r.p.Types.Complete(pkg)
	r.services(pkg)
	directives := map[*ast.File]directive.Set{}
	for _, file := range pkg.Files {
		directives[file] = directive.Read(file, r.p.Findings)
	}
	for _, f := range source.Functions(r.p, pkg) {
		own := directives[f.File].Funcs[f.Decl]
		if f.Recv == nil && f.Decl.Name.Name == "main" && pkg.Listed.Name == "main" {
			if !stands(f.Decl.Body) {
				r.program(f, own)
			}
			continue
		}
		if ast.IsGenerated(f.File) || f.Decl.Body == nil || directive.IsTest(f.Filename()) {
			continue
		}
		r.function(f, info, len(own) > 0)
	}
	r.literals(pkg, info, directives)
}

// stands reports whether the body of func main only stands there, because a plugin or a C library
// must have one: it is empty, or panics.
func stands(body *ast.BlockStmt) bool {
	if body == nil || len(body.List) != 1 {
		return body == nil || len(body.List) == 0
	}
	statement, ok := body.List[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := statement.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "panic"
}

func (r *reader) program(f *source.Func, own []directive.Directive) {
	listed := f.Pkg.Listed
	m := Main{
		Path: listed.PkgPath, Dir: listed.Dir, File: f.Filename(), Offset: f.Pos().Offset, Generated: ast.IsGenerated(f.File),
		Otel: slices.ContainsFunc(own, func(d directive.Directive) bool { return d.Name == "otel" }),
	}
	for _, of := range r.p.Graph.Mains() {
		if of.Path == m.Path {
			m.Links = of.Packages
		}
	}
	for _, path := range m.Links {
		linked := r.p.Graph.Listed[path]
		m.Exits = m.Exits || linked.Imports["os"] != nil && r.p.Mention(linked, "Exit")
		if m.SetUp == "" {
			m.SetUp = r.setsUp(linked)
		}
	}
	r.survey.Mains = append(r.survey.Mains, m)
}

// sdks are import paths of what installs OpenTelemetry's providers, each with those below it.
var sdks = []string{
	"go.opentelemetry.io/contrib/exporters/autoexport", "go.opentelemetry.io/contrib/otelconf", "go.opentelemetry.io/otel/sdk", plan.TelemetryPath,
}

// setsUp says how a package of the main modules sets up OpenTelemetry, and "" if it does not. A
// dependency that imports the SDK does not count: many link it for a provider of their own.
func (r *reader) setsUp(listed *packages.Package) string {
	var paths []string
	for _, dep := range listed.Imports {
		if slices.ContainsFunc(sdks, func(sdk string) bool { return dep.PkgPath == sdk || strings.HasPrefix(dep.PkgPath, sdk+"/") }) {
			paths = append(paths, dep.PkgPath)
		}
	}
	if len(paths) > 0 {
		return listed.PkgPath + " imports " + slices.Min(paths)
	}
	for _, name := range []string{"SetTracerProvider", "SetMeterProvider"} {
		if r.p.Mention(listed, name) {
			return listed.PkgPath + " calls otel." + name
		}
	}
	return ""
}
