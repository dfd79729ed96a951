package source

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// RuleFile is one file with the build constraint "instrument".
type RuleFile struct {
	Source *File
	File   *ast.File // nil when it does not parse
}

// parseRules parses the rule files of the main modules that take part in the build.
func (p *Program) parseRules() []*RuleFile {
	var files []*RuleFile
	for _, s := range p.Files.rules() {
		if p.Graph.MainModuleOf(s.Path) == nil || !p.TakesPart(s) { // a dependency's rules apply to its own builds
			continue
		}
		if directive.IsTest(s.Path) {
			p.Findings.Add(token.Position{Filename: s.Path, Line: 1, Column: 1}, "rename it", "rule file must not be a test file")
			continue
		}
		file, err := parser.ParseFile(p.Fset, s.Path, s.Data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			syntaxError(err, p.Files, p.Findings)
			file = nil
		}
		files = append(files, &RuleFile{Source: s, File: file})
	}
	return files
}

// TakesPart reports whether a rule file's name and its build constraints, other than the tag of
// rule files, fit the build.
func (p *Program) TakesPart(s *File) bool {
	ctx := build.Default
	ctx.BuildTags = append(p.buildTags(), plan.RuleTag)
	for _, v := range p.Graph.Cfg.Env {
		if name, value, _ := strings.Cut(v, "="); name == "GOOS" && value != "" {
			ctx.GOOS = value
		} else if name == "GOARCH" && value != "" {
			ctx.GOARCH = value
		}
	}
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.Data)), nil }
	ok, err := ctx.MatchFile(filepath.Split(s.Path))
	return ok || err != nil // a syntax error is found later
}

// buildTags returns the tags of the build.
func (p *Program) buildTags() []string {
	var tags []string
	for i, f := range p.Graph.Cfg.BuildFlags {
		name, value, ok := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if name != "tags" {
			continue
		}
		if !ok && i+1 < len(p.Graph.Cfg.BuildFlags) {
			value = p.Graph.Cfg.BuildFlags[i+1]
		}
		tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return tags
}

// specs returns a rule file's imports.
func (f *RuleFile) specs() []*ast.ImportSpec {
	if f.File == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.File.Imports),
		func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` || s.Path.Value == `"unsafe"` })
}

// imports returns the import paths of specs.
func (f *RuleFile) imports() []string {
	var paths []string
	for _, spec := range f.specs() {
		path, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

var wideSelectors = regexp.MustCompile(`\b(HTTPHandlers|All|Implementing|Not)\(`)

// wide reports whether a rule may reach packages that the file does not import.
func (f *RuleFile) wide() bool { return wideSelectors.Match(f.Source.Data) }

// unmarked reports calls of aspects.Module in files without the tag of rule files. They would be
// compiled, but never read.
func (p *Program) unmarked() {
	for path, s := range p.Files.Files {
		if s.Rule || directive.IsTest(path) || !bytes.Contains(s.Data, []byte(strconv.Quote(plan.AspectsPath))) ||
			p.Graph.MainModuleOf(path) == nil {
			continue
		}
		file, err := parser.ParseFile(p.Fset, path, s.Data, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == strconv.Quote(plan.AspectsPath) })
		if i < 0 {
			continue
		}
		name := "aspects"
		if file.Imports[i].Name != nil {
			name = file.Imports[i].Name.Name
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isModuleCall(call.Fun, name) {
				p.Findings.At(call.Pos(), "write //go:build instrument above its package clause",
					"rules must be in a file with the build constraint instrument")
			}
			return true
		})
	}
}

func isModuleCall(fun ast.Expr, imported string) bool {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return imported == "." && fun.Name == "Module"
	case *ast.SelectorExpr:
		x, ok := fun.X.(*ast.Ident)
		return ok && x.Name == imported && fun.Sel.Name == "Module"
	}
	return false
}
