package analysis

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/internal/suggest"
)

// ruleSet is what all rule files declare.
type ruleSet struct {
	p        *Program
	unread   bool // a rule file could not be read, so that what it declares is missing
	stacks   map[string]*stack
	rules    []*rule
	excludes []*rule
	order    []orderName
	orderPos token.Position
	noLive   bool            // main packages do not read the policy file
	custom   map[string]*Ref // custom advice by name; nil where it was refused
}

type stack struct {
	pos   token.Position
	parts []*wanted
}

// rule is one Rule or Exclude.
type rule struct {
	name     string // for Exclude, the reason
	pos      token.Position
	selector selector
	parts    []part
	optional bool
	mutating bool
	matched  bool
	may      map[*packages.Package]bool // what selector.may has said
}

// mayMatch is selector.may, asked once for each package.
func (r *rule) mayMatch(pkg *packages.Package) bool {
	may, known := r.may[pkg]
	if !known {
		may = r.selector.may(pkg)
		r.may[pkg] = may
	}
	return may
}

// mayMatch reports whether a rule or an exclusion may be about a function of the package.
func (rs *ruleSet) mayMatch(pkg *packages.Package) bool {
	may := func(r *rule) bool { return r.mayMatch(pkg) }
	return slices.ContainsFunc(rs.rules, may) || slices.ContainsFunc(rs.excludes, may)
}

// mayWeave reports whether a rule may give a function of the package an aspect.
func (rs *ruleSet) mayWeave(pkg *packages.Package) bool {
	return slices.ContainsFunc(rs.rules, func(r *rule) bool { return r.weaves() && r.mayMatch(pkg) })
}

// unmatched reports the rules and exclusions that selected no function.
func (rs *ruleSet) unmatched() {
	for _, r := range rs.rules {
		if !r.matched && !r.optional {
			rs.p.diags.add(r.pos, "mend its selector, or add aspects.Optional()", "rule %q must select a function", r.name)
		}
	}
	for _, r := range rs.excludes {
		if !r.matched {
			rs.p.diags.add(r.pos, "mend its selector, or remove it", "exclusion %q must select a function", r.name)
		}
	}
}

// weaves reports whether the rule gives functions an aspect: one with Mutating alone does not.
func (r *rule) weaves() bool { return len(r.parts) > 0 }

// part is an aspect of a rule, or a stack by name.
type part struct {
	aspect *wanted
	stack  string
	pos    token.Position
}

// readRules type-checks the rule files, each with its package, and reads their declarations.
func readRules(p *Program, files []*ruleFile) *ruleSet {
	rs := &ruleSet{p: p, stacks: map[string]*stack{}, custom: map[string]*Ref{}}
	for _, f := range files {
		if f.file == nil {
			rs.unread = true
			continue
		}
		r := &ruleReader{p: p, rules: rs, file: f, dir: filepath.Dir(f.source.path)}
		if !r.check() {
			rs.unread = true
			continue
		}
		for _, decl := range f.file.Decls {
			r.decl(decl)
		}
	}
	rs.addPresets()
	for _, r := range rs.rules {
		for _, part := range r.parts {
			if part.stack != "" && rs.stacks[part.stack] == nil && !rs.unread {
				p.diags.add(part.pos, rs.stackHint(part.stack), "stack %q must be declared with aspects.Stack", part.stack)
			}
		}
	}
	rs.checkOrder()
	return rs
}

func (rs *ruleSet) stackHint(name string) string {
	var names []string
	for n := range rs.stacks {
		names = append(names, n)
	}
	slices.Sort(names)
	return cmp.Or(suggest.DidYouMean(name, names), fmt.Sprintf("there are %s; aspects.Stack(%q, …) in a file with //go:build instrument declares it", strings.Join(names, ", "), name))
}

// ruleReader reads the declarations of one rule file. The file is an expression tree over package aspects: its calls are
// interpreted, its constants are the type checker's.
type ruleReader struct {
	p     *Program
	rules *ruleSet
	file  *ruleFile
	dir   string
	path  string // import path of the folder
	pkg   *checked
}

// check type-checks the file's package, and reports whether the file can be read.
func (r *ruleReader) check() bool {
	listed := r.p.graph.packageIn(r.dir)
	if listed == nil {
		listed = r.p.graph.ruleOnlyPackage(r.dir, r.file.file.Name.Name)
	}
	before := r.p.diags.Len()
	r.path = listed.PkgPath
	if r.pkg = r.p.types.check(listed); r.file.file == nil {
		return false
	}
	if r.pkg.broken && r.p.diags.Len() == before {
		return !slices.ContainsFunc(r.p.diags.list, func(d Diagnostic) bool { return d.Pos.Filename == r.file.source.path })
	}
	return !r.pkg.broken
}

func (r *ruleReader) errorf(n ast.Node, hint, format string, args ...any) {
	r.p.diags.at(n.Pos(), hint, format, args...)
}

// call returns the name and arguments of a call of a function or method of package aspects; "" for anything else.
func (r *ruleReader) call(e ast.Expr) (name string, call *ast.CallExpr) {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		id = fun.Sel
	case *ast.Ident:
		id = fun
	default:
		return "", call
	}
	if f, ok := r.pkg.info.Uses[id].(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == aspectsPath {
		return f.Name(), call
	}
	return "", call
}

func (r *ruleReader) decl(decl ast.Decl) {
	gen, ok := decl.(*ast.GenDecl)
	if ok && (gen.Tok == token.IMPORT || gen.Tok == token.CONST) {
		return
	}
	if !ok || gen.Tok != token.VAR {
		r.foreign(decl)
		return
	}
	for _, spec := range gen.Specs {
		values := spec.(*ast.ValueSpec).Values
		if len(values) == 0 {
			r.foreign(spec)
		}
		for _, e := range values {
			name, call := r.call(e)
			if name != "Module" {
				r.foreign(e)
				continue
			}
			for _, arg := range call.Args {
				r.moduleArg(arg)
			}
		}
	}
}

func (r *ruleReader) foreign(n ast.Node) {
	r.errorf(n, "move it to another file", "rule file must hold nothing but var _ = aspects.Module(...) and constants, because it is read and never compiled")
}

func (r *ruleReader) moduleArg(arg ast.Expr) {
	name, call := r.call(arg)
	switch name {
	case "Stack":
		r.stack(call)
	case "Rule", "Exclude":
		r.rule(name, call)
	case "Order":
		r.order(call)
	case "NoLive":
		r.rules.noLive = true
	default:
		r.errorf(arg, "write the call in its place", "argument of aspects.Module must be a call of aspects.Stack, Rule, Exclude, Order or NoLive")
	}
}

func (r *ruleReader) stack(call *ast.CallExpr) {
	name, ok := r.str(call.Args[0])
	if !ok {
		return
	}
	if r.rules.stacks[name] != nil {
		r.errorf(call.Args[0], "merge the two, or rename one", "stack %q must be declared once", name)
		return
	}
	s := &stack{pos: r.p.position(call.Pos())}
	for _, a := range call.Args[1:] {
		w := r.aspect(a)
		if w != nil && r.once(s.parts, w, a) {
			s.parts = append(s.parts, w)
		}
	}
	r.rules.stacks[name] = s
}

// once reports whether the aspect is not among those before it in one stack or rule.
func (r *ruleReader) once(before []*wanted, w *wanted, e ast.Expr) bool {
	if slices.ContainsFunc(before, func(b *wanted) bool { return b.name == w.name }) {
		r.errorf(e, "merge the two", "aspect %s must be named once", w.name)
		return false
	}
	return true
}

func (r *ruleReader) order(call *ast.CallExpr) {
	set := r.rules
	if set.orderPos.IsValid() {
		r.errorf(call, fmt.Sprintf("merge it with that of %s:%d", filepath.Base(set.orderPos.Filename), set.orderPos.Line), "order must be declared once")
		return
	}
	set.orderPos = r.p.position(call.Pos())
	for _, a := range call.Args {
		if s, ok := r.str(a); ok {
			set.order = append(set.order, orderName{s, r.p.position(a.Pos())})
		}
	}
}

func (r *ruleReader) rule(kind string, call *ast.CallExpr) {
	name, ok := r.str(call.Args[0])
	if !ok || !r.named(kind, name, call.Args[0]) {
		return
	}
	sel, ok := r.selector(call.Args[1])
	if !ok {
		return
	}
	rule := &rule{name: name, pos: r.p.position(call.Pos()), selector: sel, may: map[*packages.Package]bool{}}
	if kind == "Exclude" {
		r.rules.excludes = append(r.rules.excludes, rule)
		return
	}
	before := r.p.diags.Len()
	var own []*wanted
	for _, arg := range call.Args[2:] {
		switch name, use := r.call(arg); name {
		case "Optional":
			rule.optional = true
		case "Mutating":
			rule.mutating = true
		case "Use":
			if s, ok := r.str(use.Args[0]); ok {
				rule.parts = append(rule.parts, part{stack: s, pos: r.p.position(arg.Pos())})
			}
		default:
			if w := r.aspect(arg); w != nil && r.once(own, w, arg) {
				own = append(own, w)
				rule.parts = append(rule.parts, part{aspect: w, pos: w.pos})
			}
		}
	}
	if !rule.weaves() && !rule.mutating && r.p.diags.Len() == before {
		r.errorf(call, "add an aspect, aspects.Use or aspects.Mutating()", "rule %q must name an aspect", name)
	}
	r.rules.rules = append(r.rules.rules, rule)
}

// named checks the name of a rule, which stands for it wherever it had an effect, or the reason of an exclusion.
func (r *ruleReader) named(kind, name string, e ast.Expr) bool {
	switch {
	case strings.TrimSpace(name) == "" && kind == "Exclude":
		r.errorf(e, `as in aspects.Exclude("called at each heartbeat", …)`, "exclusion must give a reason")
	case kind == "Exclude":
		return true
	case strings.TrimSpace(name) == "" || slices.Contains([]string{"directive", "off", "exclude"}, name):
		r.errorf(e, "give it another", "rule must have a name of its own, not %q", name)
	case slices.ContainsFunc(r.rules.rules, func(other *rule) bool { return other.name == name }):
		r.errorf(e, "rename one", "rule %q must be the only one of its name", name)
	default:
		return true
	}
	return false
}
