package ask

import (
	"go/ast"
	"go/types"
	"path"
	"regexp"
	"slices"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// selector selects functions, calls or go statements. If may is false, no function of the package
// can match, so the package need not be parsed and type-checked.
//
// Only some selectors reach function literals. Every other one can still judge a literal that is
// reached, to narrow what is: by names, it judges the function that holds the literal.
type selector struct {
	match     func(*source.Func) bool
	may       func(*packages.Package) bool
	literals  func(*source.Func) bool // which literals it selects; nil for none
	calls     *callees                // nil unless it selects calls
	generated bool                    // it selects what is in generated files, too
	gos       bool                    // it selects go statements: match is asked about a function that has only a package
}

// functions reports whether it selects functions.
func (s selector) functions() bool { return s.calls == nil && !s.gos }

// selectorReader reads the selectors of rules and exclusions.
type selectorReader struct {
	expression.Reader
	rules *Rules // for the entries of packs
}

// read reads a selector expression. It returns false if the expression has a mistake.
func (r selectorReader) read(e ast.Expr) (selector, bool) {
	name, call := r.Call(e)
	switch name {
	case "Funcs":
		return r.funcs(call)
	case "Methods":
		return r.methods(call)
	case "Implementing":
		return r.implementing(call)
	case "HTTPHandlers":
		match := r.rules.Entries.Answers
		return selector{match: match, literals: match, may: r.mayHandle}, true
	case "All":
		return selector{match: func(*source.Func) bool { return true }, may: r.Program.Graph.IsOwn}, true
	case "Calls":
		return r.callsOf(call)
	case "CallsTaking":
		return r.callsTaking(call)
	case "Goroutines":
		may := func(pkg *packages.Package) bool { return r.Program.Graph.IsOwn(pkg) && r.Program.Mention(pkg, plan.Go) }
		return selector{match: func(*source.Func) bool { return true }, may: may, gos: true}, true
	case "Not":
		inner, ok := r.read(call.Args[0])
		if ok && !inner.functions() {
			r.Errorf(call, "name what is meant, or exclude the others with aspects.Exclude",
				"aspects.Not must be given a selector of functions, not of calls or go statements")
			return selector{}, false
		}
		return selector{match: func(f *source.Func) bool { return !inner.match(f) }, may: r.Program.Graph.IsOwn}, ok
	case "Any", "Both":
		return r.combined(name, call)
	case "In", "Dependencies", "Generated", "Named", "Exported", "WithContext", "ReturningError":
		return r.narrowed(name, call)
	}
	r.Errorf(e, "write the call in its place", "selector must be written as a call of a function of package aspects")
	return selector{}, false
}

// mayHandle reports whether a package may have handlers.
func (r selectorReader) mayHandle(pkg *packages.Package) bool {
	return r.Program.Graph.IsOwn(pkg) && (r.Program.Graph.PathBetween(pkg.PkgPath, "net/http") != nil || r.rules.Entries.May(pkg))
}

func (r selectorReader) funcs(call *ast.CallExpr) (selector, bool) {
	var ids []source.FuncID
	ok := r.some(call, "Funcs", "a function")
	for _, arg := range call.Args {
		f, isFunc := r.Object(arg).(*types.Func)
		if !isFunc {
			r.Errorf(arg, "a variable or a literal has no name to weave by",
				"argument of aspects.Funcs must name a declared function or, as in (*T).Method, a method")
			ok = false
			continue
		}
		f = f.Origin()
		if recv := f.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			r.Errorf(arg, "select the methods that implement it with aspects.Implementing",
				"method %s must have a body, not be an interface's", f.Name())
			ok = false
			continue
		}
		if f.Pkg() == nil { // error.Error
			r.Errorf(arg, "remove it", "method %s must be declared in a package", f.Name())
			ok = false
			continue
		}
		ids = append(ids, source.IDOf(f))
	}
	return selector{
		match: func(f *source.Func) bool {
			d := f.Declared()
			return d != nil && slices.Contains(ids, source.IDOf(d.Obj))
		},
		may: func(pkg *packages.Package) bool {
			return slices.ContainsFunc(ids, func(i source.FuncID) bool { return i.Path == pkg.PkgPath })
		},
	}, ok
}

// some reports whether the call has an argument. A call without one is a finding.
func (r selectorReader) some(call *ast.CallExpr, name, what string) bool {
	if len(call.Args) == 0 {
		r.Errorf(call, "add one", "aspects.%s must have %s", name, what)
	}
	return len(call.Args) > 0
}

// typedNil returns the type T of an argument (*T)(nil).
func (r selectorReader) typedNil(call *ast.CallExpr) (types.Type, bool) {
	if ptr, ok := types.Unalias(r.Pkg.Info.Types[call.Args[0]].Type).(*types.Pointer); ok {
		return types.Unalias(ptr.Elem()), true
	}
	r.Errorf(call.Args[0], "write (*T)(nil) for type T", "argument must be a typed nil pointer such as (*Service)(nil)")
	return nil, false
}

func (r selectorReader) methods(call *ast.CallExpr) (selector, bool) {
	t, ok := r.typedNil(call)
	if !ok {
		return selector{}, false
	}
	named, ok := t.(*types.Named)
	if !ok || types.IsInterface(t) || named.NumMethods() == 0 {
		r.Errorf(call.Args[0], "for an interface use aspects.Implementing",
			"argument of aspects.Methods must point to a declared type with methods")
		return selector{}, false
	}
	obj := named.Obj()
	return selector{
		match: func(f *source.Func) bool {
			d := f.Declared()
			return d != nil && d.Recv != nil && d.Recv.Name() == obj.Name() && f.Pkg.Listed.PkgPath == obj.Pkg().Path()
		},
		may: func(pkg *packages.Package) bool { return pkg.PkgPath == obj.Pkg().Path() },
	}, true
}

func (r selectorReader) implementing(call *ast.CallExpr) (selector, bool) {
	t, ok := r.typedNil(call)
	if !ok {
		return selector{}, false
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok || iface.NumMethods() == 0 {
		r.Errorf(call.Args[0], "for a type's own methods use aspects.Methods",
			"argument of aspects.Implementing must point to an interface with methods")
		return selector{}, false
	}
	methods := sync.OnceValue(func() map[source.FuncID]bool { return r.Program.Types.Implementations(iface) })
	match := func(f *source.Func) bool {
		d := f.Declared()
		return d != nil && d.Recv != nil && methods()[source.IDOf(d.Obj)]
	}
	return selector{match: match, may: r.Program.Graph.IsOwn}, true
}

func (r selectorReader) combined(name string, call *ast.CallExpr) (selector, bool) {
	if !r.some(call, name, "a selector") {
		return selector{}, false
	}
	var parts []selector
	for _, arg := range call.Args {
		part, ok := r.read(arg)
		if !ok {
			return selector{}, false
		}
		parts = append(parts, part)
	}
	calls, ok := r.combinedCalls(call, parts, name == "Both")
	if !ok {
		return selector{}, false
	}
	generated := !slices.ContainsFunc(parts, func(s selector) bool { return !s.generated })
	reaching := slices.DeleteFunc(slices.Clone(parts), func(s selector) bool { return s.literals == nil })
	if name == "Any" {
		return selector{
			calls: calls, gos: parts[0].gos, generated: generated, literals: reached(reaching, func(*source.Func) bool { return true }),
			match: func(f *source.Func) bool {
				return slices.ContainsFunc(parts, func(s selector) bool { return s.match(f) })
			},
			may: func(pkg *packages.Package) bool {
				return slices.ContainsFunc(parts, func(s selector) bool { return s.may(pkg) })
			},
		}, true
	}
	all := func(f *source.Func) bool {
		return !slices.ContainsFunc(parts, func(s selector) bool { return !s.match(f) })
	}
	return selector{
		calls: calls, gos: parts[0].gos, generated: generated, literals: reached(reaching, all), match: all,
		may: func(pkg *packages.Package) bool {
			return !slices.ContainsFunc(parts, func(s selector) bool { return !s.may(pkg) })
		},
	}, true
}

// reached selects the literals that keep keeps and that one of the selectors selects. It is nil for
// no selector.
func reached(by []selector, keep func(*source.Func) bool) func(*source.Func) bool {
	if len(by) == 0 {
		return nil
	}
	return func(f *source.Func) bool {
		return keep(f) && slices.ContainsFunc(by, func(s selector) bool { return s.literals(f) })
	}
}

// narrowed reads a call of one of a selector's methods.
func (r selectorReader) narrowed(name string, call *ast.CallExpr) (selector, bool) {
	inner, ok := r.read(ast.Unparen(call.Fun).(*ast.SelectorExpr).X)
	if !ok {
		return selector{}, false
	}
	if inner.gos && name != "In" {
		r.Errorf(call, "narrow them with In", "Selector.%s must be of functions or calls, not of go statements", name)
		return selector{}, false
	}
	narrow := func(keep func(*source.Func) bool) (selector, bool) {
		narrowed := selector{match: func(f *source.Func) bool { return keep(f) && inner.match(f) }, may: inner.may, literals: inner.narrowed(keep), generated: inner.generated}
		if c := inner.calls; c != nil {
			calls := *c
			calls.match = func(f *source.Func) bool { return keep(f) && c.match(f) }
			narrowed.calls = &calls
		}
		return narrowed, true
	}
	switch name {
	case "In":
		return r.in(inner, call)
	case "Dependencies":
		return r.dependencies(inner, call)
	case "Generated":
		inner.generated = true
		return inner, true
	case "Named":
		glob, ok := r.Text(call.Args[0])
		if _, err := path.Match(glob, ""); ok && err != nil {
			r.Errorf(call.Args[0], "as in Get*", "glob must be one that path.Match reads, not %q", glob)
			ok = false
		}
		if !ok {
			return selector{}, false
		}
		return narrow(func(f *source.Func) bool { m, _ := path.Match(glob, f.Name()); return m })
	case "Exported":
		return narrow((*source.Func).Exported)
	case "WithContext":
		return narrow(func(f *source.Func) bool { return signature.ContextIndex(f.Obj.Signature()) >= 0 })
	default: // ReturningError
		return narrow(func(f *source.Func) bool {
			results := f.Obj.Signature().Results()
			return results.Len() > 0 && signature.IsError(results.At(results.Len()-1).Type())
		})
	}
}

func (r selectorReader) in(inner selector, call *ast.CallExpr) (selector, bool) {
	own := func(re *regexp.Regexp) bool {
		return slices.ContainsFunc(r.Program.Graph.Own, func(pkg *packages.Package) bool { return re.MatchString(pkg.PkgPath) })
	}
	inside, ok := r.patterns(call, "Selector.In", "write ./dir/... from the rule file's folder, or an import path", "a package of the main module", own)
	if !ok {
		return selector{}, false
	}
	// Of calls, what Dependencies reaches is not narrowed.
	in := func(pkg *packages.Package) bool {
		return inside(pkg.PkgPath) || inner.calls != nil && !r.Program.Graph.IsOwn(pkg)
	}
	return selector{
		match:     func(f *source.Func) bool { return in(f.Pkg.Listed) && inner.match(f) },
		may:       func(pkg *packages.Package) bool { return in(pkg) && inner.may(pkg) },
		literals:  inner.narrowed(func(f *source.Func) bool { return in(f.Pkg.Listed) }),
		calls:     inner.calls,
		generated: inner.generated,
		gos:       inner.gos,
	}, true
}

// narrowed returns which literals are left of those that a selector selects.
func (s selector) narrowed(keep func(*source.Func) bool) func(*source.Func) bool {
	if s.literals == nil {
		return nil
	}
	return func(f *source.Func) bool { return keep(f) && s.literals(f) }
}

// patterns reads the patterns of packages that a method is given. Each must match one of those that
// it is about.
func (r selectorReader) patterns(
	call *ast.CallExpr, method, hint, what string, matchesOne func(*regexp.Regexp) bool,
) (inside func(path string) bool, ok bool) {
	if !r.some(call, method, "a pattern") {
		return nil, false
	}
	var patterns []*regexp.Regexp
	for _, arg := range call.Args {
		text, ok := r.Text(arg)
		if !ok {
			return nil, false
		}
		re := expression.Pattern(r.Pkg.Listed.PkgPath, text)
		if !matchesOne(re) {
			r.Errorf(arg, hint, "pattern %q must match %s", text, what)
			return nil, false
		}
		patterns = append(patterns, re)
	}
	return func(path string) bool {
		return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(path) })
	}, true
}
