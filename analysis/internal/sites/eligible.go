package sites

import (
	"cmp"
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/frames"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// inGenerated returns why the function's file must not be generated where an aspect is asked for,
// or "". A nil want is a directive on the function.
func inGenerated(f *source.Func, w *ask.Want) string {
	switch {
	case w != nil && w.Generated || !ast.IsGenerated(f.File):
		return ""
	case w == nil || w.From == "directive" && w.Pos.Filename == f.Filename():
		return "its file must not be generated: the next generation would drop the directive"
	case w.From == "directive":
		return "its file must not be generated, unless a rule selects it with Generated"
	}
	return "its file must not be generated, unless the rule says Generated"
}

// unweavable returns why no aspect at all can be woven into the function, or "".
func unweavable(f *source.Func) string {
	if reason := unwritable(f); reason != "" {
		return reason
	}
	if of := signature.Telemetered(f.Obj); of != "" {
		return "it must not be a method of a " + of + ", which telemetry calls: each record of it would lead to the next"
	}
	return ""
}

// Unwritable returns why no statement may be added to the body of a function that a directive in
// its own file asks for, or "".
func Unwritable(f *source.Func) string { return cmp.Or(unwritable(f), inGenerated(f, nil)) }

// unwritable returns why no statement may be added to the function's body, or "".
func unwritable(f *source.Func) string {
	switch {
	case f.Decl.Body == nil:
		return "it must have a body in Go"
	case f.Decl.Name.Name == "_":
		return "it must have a name: nothing can call a blank function"
	case f.Recv == nil && f.Decl.Name.Name == "init":
		return "it must not be init, which the runtime calls before main"
	case f.Recv == nil && f.Decl.Name.Name == "TestMain", directive.IsTest(f.Filename()):
		return "it must not be part of a test"
	case bareReturn(f):
		return "it must return a value"
	}
	if f.Pkg.Listed.Module == nil {
		return "it must not be in the standard library, which cannot import the module"
	}
	if cycle := hooksCycle(f.Program, f.Pkg.Listed.PkgPath); cycle != "" {
		return cycle
	}
	if reason := ForbidsMore(f); reason != "" {
		return "it must not have the " + reason
	}
	return ""
}

// pragmaReasons says why no statement may be added to a body under a pragma; "" allows the prologue
// shape. The list follows the compiler's list of pragmas.
var pragmaReasons = map[string]string{
	"nosplit":            "the added calls would overflow its stack",
	"systemstack":        "it must run on the system stack",
	"nowritebarrier":     "the added statements write pointers",
	"nowritebarrierrec":  "the added statements write pointers",
	"yeswritebarrierrec": "the added statements write pointers",
	"nocheckptr":         "it does not reach the added statements",
	"uintptrescapes":     "its arguments are kept alive for its own body only",
	"uintptrkeepalive":   "its arguments are kept alive for its own body only",
	"cgo_unsafe_args":    "its arguments are addressed as one block",
	"registerparams":     "its calling convention is fixed",
	"wasmexport":         "its caller is the host",
	"wasmimport":         "its body is the host's",
	"notinheap":          "it runs without a heap",
	"cgo_export_dynamic": "its caller is C",
	"cgo_export_static":  "its caller is C",
	"fix":                "go fix would inline the body as written",
	"linkname":           "",
	"norace":             "",
	"noinline":           "",
	"noescape":           "",
}

var linkname = regexp.MustCompile(`^//go:linkname[ \t]+(\S+)`)

// pragmas returns the names of the function's //go: pragmas, linkname and cgo exports included.
func pragmas(f *source.Func) []string {
	var names []string
	if f.Decl.Doc != nil {
		for _, c := range f.Decl.Doc.List {
			if rest, ok := strings.CutPrefix(c.Text, "//go:"); ok {
				name, _, _ := strings.Cut(rest, " ")
				if _, known := pragmaReasons[name]; known {
					names = append(names, name)
				}
			}
			if strings.HasPrefix(c.Text, "//export ") {
				names = append(names, "export")
			}
		}
	}
	for _, file := range f.Pkg.Files {
		for _, group := range file.Comments {
			for _, c := range group.List {
				if m := linkname.FindStringSubmatch(c.Text); m != nil && f.Obj.Signature().Recv() == nil && m[1] == f.Decl.Name.Name {
					names = append(names, "linkname")
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// hooksCycle returns the reason why the package cannot import the run-time packages, or "".
func hooksCycle(p *source.Program, path string) string {
	for _, hooks := range []string{plan.HooksPath, plan.HTTPPath} {
		if deps := p.Graph.PathBetween(hooks, path); deps != nil {
			return "its package must not be one that woven code depends on: " + strings.Join(deps, " imports ")
		}
	}
	return ""
}

// bareReturn finds a return without values in a function whose unnamed results need some. Weaving
// names the results, which would hide this error from the compiler.
func bareReturn(f *source.Func) bool {
	results := f.Decl.Type.Results
	if results == nil || len(results.List) == 0 || len(results.List[0].Names) > 0 || f.Decl.Body == nil {
		return false
	}
	found := false
	inspectOwn(f.Decl.Body, func(n ast.Node) {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 0 {
			found = true
		}
	})
	return found
}

// inspectOwn visits a body, but not the function literals in it.
func inspectOwn(body *ast.BlockStmt, visit func(ast.Node)) {
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if n != nil {
			visit(n)
		}
		return true
	})
}

// noAttempt returns the reason why the body cannot become a function literal, or "".
func noAttempt(f *source.Func, sources *frames.Sources) string {
	recovers := false
	inspectOwn(f.Decl.Body, func(n ast.Node) {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "recover" {
				recovers = true
			}
		}
	})
	if recovers {
		return "its body must not call recover itself, which would see nothing in a function literal"
	}
	for v := range f.Obj.Signature().Params().Variables() {
		t := v.Type()
		if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
			t = ptr.Elem()
		}
		if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "testing" && hasHelper(v.Type()) {
			return "it must not take a testing." + named.Obj().Name() + ", whose Helper and failure lines would shift"
		}
	}
	for _, pragma := range pragmas(f) {
		if pragma != "noinline" {
			return "its body must not become a function literal, which loses its pragma " + pragma
		}
	}
	if why := sources.Package(f.Pkg.Listed.PkgPath).LooksAtCaller(source.FuncID{Path: f.Pkg.Listed.PkgPath, Key: plan.FuncKey(f.Decl)}); why != "" {
		return "it must not look at its caller, which would be one frame further from the function literal that its body becomes: " + why
	}
	return ""
}

// hasHelper reports whether values of the type have the method Helper, as tests do.
func hasHelper(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Helper")
	_, ok := obj.(*types.Func)
	return ok
}
