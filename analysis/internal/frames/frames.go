// Package frames says what a function does that depends on which frame of the stack it runs in: it
// recovers, or looks at what called it. A generated function around a call, and the function
// literal that a body becomes, are one frame more.
package frames

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Sources are the declarations of packages, by import path.
type Sources struct {
	program *source.Program
	byPath  map[string]*Package
}

// Of returns the sources of the packages of a program, which are read when they are asked for.
func Of(p *source.Program) *Sources { return &Sources{program: p, byPath: map[string]*Package{}} }

// Package is the declarations of a package. They are parsed and not type-checked, because all that
// is asked of them is what their bodies call by name.
type Package struct {
	byKey  map[string]*function
	byName map[string][]*function // methods, by their own names
}

// function is a declared function with what its file calls the packages that it imports.
type function struct {
	*ast.FuncDecl
	imports map[string]string // import paths by name
}

func newPackage() *Package {
	return &Package{byKey: map[string]*function{}, byName: map[string][]*function{}}
}

// Package returns the declarations of a package. Files that cannot be read or parsed have none: the
// compiler will report them.
func (p *Sources) Package(importPath string) *Package {
	if s := p.byPath[importPath]; s != nil {
		return s
	}
	s := newPackage()
	p.byPath[importPath] = s
	if done := p.program.Types.Done[importPath]; done != nil {
		for _, file := range done.Files {
			s.add(file)
		}
		return s
	}
	listed := p.program.Graph.Listed[importPath]
	if listed == nil {
		return s
	}
	for _, name := range listed.GoFiles {
		data, err := p.program.Graph.Cfg.ReadFile(name)
		if err != nil {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil {
			s.add(file)
		}
	}
	return s
}

func (s *Package) add(file *ast.File) {
	imports := map[string]string{}
	for _, spec := range file.Imports {
		importPath, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = importPath
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			f := &function{fn, imports}
			s.byKey[plan.FuncKey(fn)] = f
			if fn.Recv != nil {
				s.byName[fn.Name.Name] = append(s.byName[fn.Name.Name], f)
			}
		}
	}
}

// Recovers reports whether a function calls recover itself, or may: one that is not written in Go.
func (s *Package) Recovers(key string) bool {
	f := s.byKey[key]
	if f == nil || f.Body == nil {
		return true
	}
	found := false
	f.calls(func(call *ast.CallExpr, _, name string) { found = found || name == "recover" })
	return found
}

// Pragma returns a pragma of the function that says something about the arguments of its calls, or
// "".
func (s *Package) Pragma(key string) string {
	f := s.byKey[key]
	if f == nil || f.Doc == nil {
		return ""
	}
	for _, c := range f.Doc.List {
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Text, "//go:"), " ")
		if strings.HasPrefix(c.Text, "//go:") && slices.Contains([]string{"uintptrescapes", "uintptrkeepalive", "cgo_unsafe_args"}, name) {
			return name
		}
	}
	return ""
}

// calls visits the calls in a function's body that run in its frame, each with the import path of
// the package that qualifies it, "" for none, and the called name.
func (f *function) calls(visit func(call *ast.CallExpr, qualifier, name string)) {
	if f.Body == nil {
		return
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			name, qualifier := plan.CalledName(n), ""
			if sel, ok := plan.Called(n).(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok {
					qualifier = f.imports[x.Name]
				}
			}
			visit(n, qualifier, name)
		}
		return true
	})
}

// deepest is how many calls below a function are searched for one that looks at the callers.
const deepest = 3

// LooksAtCaller says how a function finds out what called it, by counting frames; "" if it does
// not, as far as its own package shows.
func (s *Package) LooksAtCaller(id source.FuncID) string {
	if id.Path == "runtime" && (id.Key == "Caller" || id.Key == "Callers") {
		return "it counts the frames above it"
	}
	f := s.byKey[id.Key]
	if f == nil {
		return ""
	}
	return s.counts(f, 0, map[*function]bool{f: true})
}

// counts searches a function that the one in question calls at the given depth, 0 for itself.
func (s *Package) counts(f *function, depth int, seen map[*function]bool) (why string) {
	f.calls(func(call *ast.CallExpr, qualifier, name string) {
		if why != "" || name == "" {
			return
		}
		if frames, counts := framesOf(qualifier, name); counts && beyond(call, depth+frames) {
			why = fmt.Sprintf("%s calls %s", plan.FuncKey(f.FuncDecl), name)
			return
		}
		if depth == deepest || qualifier != "" {
			return
		}
		for _, next := range s.called(call, name) {
			if !seen[next] && why == "" {
				seen[next] = true
				why = s.counts(next, depth+1, seen)
			}
		}
	})
	return why
}

// called returns the functions of the package that a call may call: a method of that name on a
// type of the package, if only one type has it.
func (s *Package) called(call *ast.CallExpr, name string) []*function {
	if _, ok := plan.Called(call).(*ast.Ident); ok {
		if f := s.byKey[name]; f != nil {
			return []*function{f}
		}
		return nil
	}
	if list := s.byName[name]; len(list) == 1 {
		return list
	}
	return nil
}

// framesOf returns which number a function that looks at callers takes for the function that calls
// it: with one more, it looks at what called that.
func framesOf(qualifier, name string) (frames int, counts bool) {
	switch {
	case qualifier == "runtime" && name == "Caller":
		return 0, true
	case qualifier == "runtime" && name == "Callers":
		return 1, true
	case name == "Output" && (qualifier == "log" || qualifier == ""): // of package log, or of one of its loggers
		return 1, true
	case (qualifier == "" || name == "AddCallerSkip") && slices.Contains(skips, name), logsDepth.MatchString(name):
		return 0, true
	}
	return 0, false
}

// skips are methods of common loggers that take a number of frames, 0 for the function that calls
// them.
var skips = []string{"AddCallerSkip", "WithCallerSkip", "WithCallDepth", "CallerSkipFrame", "Caller"}

// logsDepth matches functions that log for a caller by custom, such as InfoDepth.
var logsDepth = regexp.MustCompile(`(?i)^(debug|info|warn|warning|error|fatal|panic|exit|print|log|output|trace)(f|ln)?depth(f|ln)?$`)

// beyond reports whether the first argument of a call is a number above the given one, or one that
// is not known.
func beyond(call *ast.CallExpr, most int) bool {
	if len(call.Args) == 0 {
		return false
	}
	lit, ok := ast.Unparen(call.Args[0]).(*ast.BasicLit)
	if !ok {
		return plan.CalledName(call) == "Caller" || plan.CalledName(call) == "Callers"
	}
	n, err := strconv.Atoi(lit.Value)
	return err == nil && n > most
}
