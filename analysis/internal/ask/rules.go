package ask

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

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// Rules is what all rule files declare.
type Rules struct {
	p        *source.Program
	Unread   bool // a rule file could not be read, so that what it declares is missing
	stacks   map[string]*stack
	Rules    []*Rule
	Excludes []*Rule
	order    []orderName
	orderPos token.Position
	NoLive   bool                 // main packages do not read the policy file
	custom   map[string]*plan.Ref // custom advice by name; nil where it was refused
}

type stack struct {
	pos   token.Position
	parts []*Want
}

// Rule is one Rule or Exclude.
type Rule struct {
	Name     string // for Exclude, the reason
	pos      token.Position
	Selector selector
	parts    []part
	optional bool
	Mutating bool
	Matched  bool
	may      map[*packages.Package]bool // what selector.may has said
}

// MayMatch is selector.may, asked once for each package.
func (r *Rule) MayMatch(pkg *packages.Package) bool {
	may, known := r.may[pkg]
	if !known {
		may = r.Selector.may(pkg)
		r.may[pkg] = may
	}
	return may
}

// MayMatch reports whether a rule or an exclusion may be about a function of the package.
func (rs *Rules) MayMatch(pkg *packages.Package) bool {
	may := func(r *Rule) bool { return r.MayMatch(pkg) }
	return slices.ContainsFunc(rs.Rules, may) || slices.ContainsFunc(rs.Excludes, may)
}

// MayWeave reports whether a rule may give a function of the package an aspect.
func (rs *Rules) MayWeave(pkg *packages.Package) bool {
	return slices.ContainsFunc(rs.Rules, func(r *Rule) bool { return r.Weaves() && r.MayMatch(pkg) })
}

// Unmatched reports the rules and exclusions that selected no function.
func (rs *Rules) Unmatched() {
	for _, r := range rs.Rules {
		if !r.Matched && !r.optional {
			rs.p.Findings.Add(r.pos, "mend its selector, or add aspects.Optional()", "rule %q must select a function", r.Name)
		}
	}
	for _, r := range rs.Excludes {
		if !r.Matched {
			rs.p.Findings.Add(r.pos, "mend its selector, or remove it", "exclusion %q must select a function", r.Name)
		}
	}
}

// Weaves reports whether the rule gives functions an aspect: one with Mutating alone does not.
func (r *Rule) Weaves() bool { return len(r.parts) > 0 }

// part is an aspect of a rule, or a stack by name.
type part struct {
	aspect *Want
	stack  string
	pos    token.Position
}

// readRules type-checks the rule files, each with its package, and reads their declarations.
func Read(p *source.Program, files []*source.RuleFile) *Rules {
	rs := &Rules{p: p, stacks: map[string]*stack{}, custom: map[string]*plan.Ref{}}
	for _, f := range files {
		if f.File == nil {
			rs.Unread = true
			continue
		}
		r := &ruleReader{p: p, rules: rs, file: f, dir: filepath.Dir(f.Source.Path)}
		if !r.check() {
			rs.Unread = true
			continue
		}
		for _, decl := range f.File.Decls {
			r.decl(decl)
		}
	}
	rs.addPresets()
	for _, r := range rs.Rules {
		for _, part := range r.parts {
			if part.stack != "" && rs.stacks[part.stack] == nil && !rs.Unread {
				p.Findings.Add(part.pos, rs.stackHint(part.stack), "stack %q must be declared with aspects.Stack", part.stack)
			}
		}
	}
	rs.checkOrder()
	return rs
}

func (rs *Rules) stackHint(name string) string {
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
	p     *source.Program
	rules *Rules
	file  *source.RuleFile
	dir   string
	path  string // import path of the folder
	pkg   *source.Package
}

// check type-checks the file's package, and reports whether the file can be read.
func (r *ruleReader) check() bool {
	listed := r.p.Graph.PackageIn(r.dir)
	if listed == nil {
		listed = r.p.Graph.RuleOnlyPackage(r.dir, r.file.File.Name.Name)
	}
	before := r.p.Findings.Len()
	r.path = listed.PkgPath
	if r.pkg = r.p.Types.Check(listed); r.file.File == nil {
		return false
	}
	if r.pkg.Broken && r.p.Findings.Len() == before {
		return !slices.ContainsFunc(r.p.Findings.List, func(d finding.Diagnostic) bool { return d.Pos.Filename == r.file.Source.Path })
	}
	return !r.pkg.Broken
}

func (r *ruleReader) errorf(n ast.Node, hint, format string, args ...any) {
	r.p.Findings.At(n.Pos(), hint, format, args...)
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
	if f, ok := r.pkg.Info.Uses[id].(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == plan.AspectsPath {
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
		r.rules.NoLive = true
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
	s := &stack{pos: r.p.Position(call.Pos())}
	for _, a := range call.Args[1:] {
		w := r.aspect(a)
		if w != nil && r.once(s.parts, w, a) {
			s.parts = append(s.parts, w)
		}
	}
	r.rules.stacks[name] = s
}

// once reports whether the aspect is not among those before it in one stack or rule.
func (r *ruleReader) once(before []*Want, w *Want, e ast.Expr) bool {
	if slices.ContainsFunc(before, func(b *Want) bool { return b.Name == w.Name }) {
		r.errorf(e, "merge the two", "aspect %s must be named once", w.Name)
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
	set.orderPos = r.p.Position(call.Pos())
	for _, a := range call.Args {
		if s, ok := r.str(a); ok {
			set.order = append(set.order, orderName{s, r.p.Position(a.Pos())})
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
	rule := &Rule{Name: name, pos: r.p.Position(call.Pos()), Selector: sel, may: map[*packages.Package]bool{}}
	if kind == "Exclude" {
		r.rules.Excludes = append(r.rules.Excludes, rule)
		return
	}
	before := r.p.Findings.Len()
	var own []*Want
	for _, arg := range call.Args[2:] {
		switch name, use := r.call(arg); name {
		case "Optional":
			rule.optional = true
		case "Mutating":
			rule.Mutating = true
		case "Use":
			if s, ok := r.str(use.Args[0]); ok {
				rule.parts = append(rule.parts, part{stack: s, pos: r.p.Position(arg.Pos())})
			}
		default:
			if w := r.aspect(arg); w != nil && r.once(own, w, arg) {
				own = append(own, w)
				rule.parts = append(rule.parts, part{aspect: w, pos: w.Pos})
			}
		}
	}
	if !rule.Weaves() && !rule.Mutating && r.p.Findings.Len() == before {
		r.errorf(call, "add an aspect, aspects.Use or aspects.Mutating()", "rule %q must name an aspect", name)
	}
	r.rules.Rules = append(r.rules.Rules, rule)
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
	case slices.ContainsFunc(r.rules.Rules, func(other *Rule) bool { return other.Name == name }):
		r.errorf(e, "rename one", "rule %q must be the only one of its name", name)
	default:
		return true
	}
	return false
}
