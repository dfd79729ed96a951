package analysis

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
)

// ruleFile is one file with the build constraint "instrument".
type ruleFile struct {
	source *sourceFile
	file   *ast.File // nil when it does not parse
}

// parseRules parses the rule files of the main modules that take part in the build.
func (p *Program) parseRules() []*ruleFile {
	var files []*ruleFile
	for _, s := range p.files.rules() {
		if p.graph.mainModuleOf(s.path) == nil || !p.takesPart(s) { // a dependency's rules are for its own builds
			continue
		}
		if isTest(s.path) {
			p.diags.add(token.Position{Filename: s.path, Line: 1, Column: 1}, "rename it", "rule file must not be a test file")
			continue
		}
		file, err := parser.ParseFile(p.fset, s.path, s.data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			syntaxError(err, p.files, p.diags)
			file = nil
		}
		files = append(files, &ruleFile{source: s, file: file})
	}
	return files
}

// takesPart reports whether a rule file's build constraints, other than the tag of rule files, and its name fit the build.
func (p *Program) takesPart(s *sourceFile) bool {
	ctx := build.Default
	ctx.BuildTags = append(p.buildTags(), RuleTag)
	for _, v := range p.graph.cfg.Env {
		if name, value, _ := strings.Cut(v, "="); name == "GOOS" && value != "" {
			ctx.GOOS = value
		} else if name == "GOARCH" && value != "" {
			ctx.GOARCH = value
		}
	}
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.data)), nil }
	ok, err := ctx.MatchFile(filepath.Split(s.path))
	return ok || err != nil // a syntax error is found later
}

// buildTags returns the tags of the build.
func (p *Program) buildTags() []string {
	var tags []string
	for i, f := range p.graph.cfg.BuildFlags {
		name, value, ok := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if name != "tags" {
			continue
		}
		if !ok && i+1 < len(p.graph.cfg.BuildFlags) {
			value = p.graph.cfg.BuildFlags[i+1]
		}
		tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return tags
}

// specs returns a rule file's imports.
func (f *ruleFile) specs() []*ast.ImportSpec {
	if f.file == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.file.Imports), func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` || s.Path.Value == `"unsafe"` })
}

// imports returns the import paths of specs.
func (f *ruleFile) imports() []string {
	var paths []string
	for _, spec := range f.specs() {
		path, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

var wideSelectors = regexp.MustCompile(`\b(HTTPHandlers|All|Implementing|Not)\(`)

// wide reports whether a rule may reach packages that the file does not import.
func (f *ruleFile) wide() bool { return wideSelectors.Match(f.source.data) }

// unmarked reports calls of aspects.Module in files without the tag of rule files: they would be compiled, and never read.
func (p *Program) unmarked() {
	for path, s := range p.files.files {
		if s.rule || isTest(path) || !bytes.Contains(s.data, []byte(strconv.Quote(aspectsPath))) || p.graph.mainModuleOf(path) == nil {
			continue
		}
		file, err := parser.ParseFile(p.fset, path, s.data, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		i := slices.IndexFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == strconv.Quote(aspectsPath) })
		if i < 0 {
			continue
		}
		name := "aspects"
		if file.Imports[i].Name != nil {
			name = file.Imports[i].Name.Name
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isModuleCall(call.Fun, name) {
				p.diags.at(call.Pos(), "write //go:build instrument above its package clause", "rules must be in a file with the build constraint instrument")
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
