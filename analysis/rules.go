package analysis

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/instrumentgo/instrument/aspects"
)

// ruleFile is one file with the build constraint "instrument".
type ruleFile struct {
	source *sourceFile
	file   *ast.File // nil when it does not parse
}

// ruleSet is what all rule files declare.
type ruleSet struct {
	stacks     map[string]*stack
	used       map[string]bool // stacks that a rule or directive uses
	rules      []*rule
	excludes   []*rule
	order      []string
	orderNames []orderName
	custom     map[string]bool // names of custom advice
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
	matched  bool
}

// part is an aspect of a rule, or a stack by name.
type part struct {
	aspect *wanted
	stack  string
	pos    token.Position
}

func (p *Program) parseRules() []*ruleFile {
	var files []*ruleFile
	for _, s := range p.cfg.Sources.rules() {
		if p.mainModuleOf(s.path) == nil { // a dependency's rules are for its own builds
			continue
		}
		file, err := parser.ParseFile(p.fset, s.path, s.data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			(&checker{p: p}).syntaxError(err)
			file = nil
		}
		files = append(files, &ruleFile{source: s, file: file})
	}
	return files
}

// imports returns the import paths of a rule file.
func (f *ruleFile) imports() []string {
	if f.file == nil {
		return nil
	}
	var paths []string
	for _, spec := range f.file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path != "C" && path != "unsafe" {
			paths = append(paths, path)
		}
	}
	return paths
}

var wideSelectors = regexp.MustCompile(`\b(HTTPHandlers|All|Implementing|Not)\(`)

// wide reports whether a rule may reach packages that the file does not import.
func (f *ruleFile) wide() bool { return wideSelectors.Match(f.source.data) }

// readRules type-checks the rule files, each with its package, and reads their declarations.
func (p *Program) readRules(files []*ruleFile) {
	p.rules = &ruleSet{stacks: map[string]*stack{}, used: map[string]bool{}, custom: map[string]bool{}}
	for _, f := range files {
		if f.file == nil {
			p.unread = true
			continue
		}
		r := &ruleReader{p: p, file: f, dir: filepath.Dir(f.source.path)}
		if !r.check() {
			p.unread = true
			continue
		}
		for _, decl := range f.file.Decls {
			r.decl(decl)
		}
	}
	for _, r := range p.rules.rules {
		for _, part := range r.parts {
			if part.stack == "" {
				continue
			}
			if p.rules.stacks[part.stack] == nil {
				p.diags.add(part.pos, p.stackHint(part.stack), "stack %q must be declared with aspects.Stack", part.stack)
			}
			p.rules.used[part.stack] = true
		}
	}
	p.checkOrder()
}

func (p *Program) stackHint(name string) string {
	var names []string
	for n := range p.rules.stacks {
		names = append(names, n)
	}
	slices.Sort(names)
	if hint := suggest(name, names); hint != "" || len(names) == 0 {
		return hint
	}
	return "there are " + strings.Join(names, ", ")
}

// ruleReader reads the declarations of one rule file. The file is an expression tree over package aspects: its calls are
// interpreted, its constants are the type checker's.
type ruleReader struct {
	p    *Program
	file *ruleFile
	dir  string
	path string // import path of the folder
	pkg  *checked
}

// check type-checks the file's package, and reports whether the file can be read.
func (r *ruleReader) check() bool {
	listed := r.p.packageIn(r.dir)
	if listed == nil {
		listed = r.p.ruleOnlyPackage(r.dir, r.file.file.Name.Name)
	}
	before := len(r.p.diags.list)
	r.path = listed.PkgPath
	r.pkg = r.p.checker.check(listed)
	if r.pkg.broken && len(r.p.diags.list) == before {
		return !slices.ContainsFunc(r.p.diags.list, func(d Diagnostic) bool { return d.Pos.Filename == r.file.source.path })
	}
	return !r.pkg.broken
}

func (r *ruleReader) errorf(n ast.Node, hint, format string, args ...any) {
	r.p.diags.add(r.p.position(n.Pos()), hint, format, args...)
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
	if ok && gen.Tok == token.IMPORT {
		return
	}
	if ok && gen.Tok == token.VAR {
		for _, spec := range gen.Specs {
			for _, e := range spec.(*ast.ValueSpec).Values {
				if name, call := r.call(e); name == "Module" {
					for _, arg := range call.Args {
						r.moduleArg(arg)
					}
					continue
				}
				r.errorf(e, "", "rule file must declare var _ = aspects.Module(...)")
			}
		}
		return
	}
	if ok && gen.Tok == token.CONST {
		return
	}
	r.errorf(decl, "move it to another file", "rule file must hold nothing but var _ = aspects.Module(...) and constants, because it is read and never compiled")
}

func (r *ruleReader) moduleArg(arg ast.Expr) {
	name, call := r.call(arg)
	switch name {
	case "Stack":
		stackName, ok := r.str(call.Args[0])
		if !ok {
			return
		}
		if r.p.rules.stacks[stackName] != nil {
			r.errorf(call.Args[0], "", "stack %q must be declared once", stackName)
			return
		}
		s := &stack{pos: r.p.position(call.Pos())}
		for _, a := range call.Args[1:] {
			if w := r.aspect(a); w != nil {
				s.parts = append(s.parts, w)
			}
		}
		r.p.rules.stacks[stackName] = s
	case "Rule", "Exclude":
		r.rule(name, call)
	case "Order":
		if len(r.p.rules.order) > 0 {
			r.errorf(call, "", "order must be declared once")
		}
		for _, a := range call.Args {
			if s, ok := r.str(a); ok {
				r.p.rules.order = append(r.p.rules.order, s)
				r.p.checkOrderName(s, r.p.position(a.Pos()))
			}
		}
		r.p.checkOrderPairs(r.p.position(call.Pos()))
	default:
		r.errorf(arg, "", "argument of aspects.Module must be a call of aspects.Stack, Rule, Exclude or Order")
	}
}

func (r *ruleReader) rule(kind string, call *ast.CallExpr) {
	name, ok := r.str(call.Args[0])
	if !ok {
		return
	}
	sel, ok := r.selector(call.Args[1])
	if !ok {
		return
	}
	rule := &rule{name: name, pos: r.p.position(call.Pos()), selector: sel}
	if kind == "Exclude" {
		r.p.rules.excludes = append(r.p.rules.excludes, rule)
		return
	}
	for _, arg := range call.Args[2:] {
		switch name, part2 := r.call(arg); name {
		case "Optional":
			rule.optional = true
		case "Use":
			if s, ok := r.str(part2.Args[0]); ok {
				rule.parts = append(rule.parts, part{stack: s, pos: r.p.position(arg.Pos())})
			}
		default:
			if w := r.aspect(arg); w != nil {
				rule.parts = append(rule.parts, part{aspect: w, pos: w.pos})
			}
		}
	}
	if len(rule.parts) == 0 {
		r.errorf(call, "add an aspect or aspects.Use", "rule %q must name an aspect", name)
	}
	r.p.rules.rules = append(r.p.rules.rules, rule)
}

// aspect reads one call such as aspects.Retry(aspects.Attempts(3)).
func (r *ruleReader) aspect(e ast.Expr) *wanted {
	name, call := r.call(e)
	if name == "Around" {
		return r.around(call)
	}
	i := slices.IndexFunc(aspects.Builtin(), func(d *aspects.Definition) bool { return d.Rule == name })
	if i < 0 {
		r.errorf(e, "", "aspect must be written as a call of a function of package aspects")
		return nil
	}
	def := aspects.Builtin()[i]
	w := &wanted{name: def.Name, pos: r.p.position(e.Pos())}
	args := call.Args
	if own := ownArgument(def); own != nil && len(args) > 0 {
		r.option(w, own, args[0])
		args = args[1:]
	}
	for _, a := range args {
		option, values := r.call(a)
		j := slices.IndexFunc(def.Options, func(o aspects.Option) bool { return o.Rule == option && option != "" })
		if j < 0 {
			r.errorf(a, "", "option of aspects.%s must be written as a call of a function of package aspects", def.Rule)
			continue
		}
		for _, v := range values.Args {
			r.option(w, &def.Options[j], v)
		}
	}
	return r.p.complete(w, def)
}

// ownArgument returns the option that the constructor's first argument sets.
func ownArgument(def *aspects.Definition) *aspects.Option {
	for i := range def.Options {
		if o := &def.Options[i]; o.Rule == "" && o.Value {
			return o
		}
	}
	return nil
}

func (r *ruleReader) option(w *wanted, o *aspects.Option, e ast.Expr) {
	v := value{pos: r.p.position(e.Pos())}
	if o.Kind == aspects.Func || o.Kind == aspects.Sentinel {
		obj := r.object(e)
		if obj == nil {
			r.errorf(e, "", "argument must name %s", kindWords(o.Kind))
			return
		}
		ref, err := reference(obj, o.Kind)
		if err != nil {
			r.errorf(e, "", "argument must name %s: %v", kindWords(o.Kind), err)
			return
		}
		v.ref, v.text = ref, ref.Pkg+"."+ref.Name
	} else {
		text, ok := r.constant(e, o.Kind)
		if !ok || text == "" && o.Rule == "" {
			return // aspects.Breaker("") has no name
		}
		var err error
		if v.text, err = parseValue(o, text); err != nil {
			r.errorf(e, "", "option %s of %s %v", o.Name, w.name, err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		r.errorf(e, "", "%v", err)
	}
}

const adviceType = "func(ctx context.Context, site *" + hooksPath + ".Site, next func(context.Context) error) error"

func (r *ruleReader) around(call *ast.CallExpr) *wanted {
	name, ok := r.str(call.Args[0])
	if !ok {
		return nil
	}
	if _, builtin := aspects.Lookup(name); builtin || slices.Contains(verbs, name) || name == "" {
		r.errorf(call.Args[0], "", "custom advice must have a name of its own, not %q", name)
		return nil
	}
	f, ok := r.object(call.Args[1]).(*types.Func)
	if !ok || f.Signature().Recv() != nil || !isAdvice(f.Signature()) {
		r.errorf(call.Args[1], "", "advice %q must be a declared function of type %s", name, adviceType)
		return nil
	}
	r.p.rules.custom[name] = true
	return &wanted{name: name, pos: r.p.position(call.Pos()), advice: &Ref{Path: f.Pkg().Path(), Pkg: f.Pkg().Name(), Name: f.Name()}}
}

func isAdvice(sig *types.Signature) bool {
	if sig.TypeParams().Len() > 0 || sig.Params().Len() != 3 || sig.Results().Len() != 1 || !isError(sig.Results().At(0).Type()) || !isContext(sig.Params().At(0).Type()) {
		return false
	}
	site, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	next, ok2 := types.Unalias(sig.Params().At(2).Type()).(*types.Signature)
	return ok && ok2 && isNamed(site.Elem(), hooksPath, "Site") &&
		next.Params().Len() == 1 && isContext(next.Params().At(0).Type()) && next.Results().Len() == 1 && isError(next.Results().At(0).Type())
}

// object returns the declared object that an expression names, or nil.
func (r *ruleReader) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return r.pkg.info.Uses[e]
	case *ast.SelectorExpr:
		return r.pkg.info.Uses[e.Sel]
	case *ast.IndexExpr:
		return r.object(e.X)
	case *ast.IndexListExpr:
		return r.object(e.X)
	}
	return nil
}

func (r *ruleReader) str(e ast.Expr) (string, bool) { return r.constant(e, aspects.String) }

// constant returns an expression's constant value in a directive's form.
func (r *ruleReader) constant(e ast.Expr, kind aspects.Kind) (string, bool) {
	v := r.pkg.info.Types[e].Value
	if v == nil {
		r.errorf(e, "the rule file is read, not executed", "value must be a constant")
		return "", false
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	switch {
	case kind == aspects.Duration && exact:
		return time.Duration(n).String(), true
	case kind == aspects.Level && exact:
		return slog.Level(n).String(), true
	case v.Kind() == constant.String:
		return constant.StringVal(v), true
	case v.Kind() == constant.Bool:
		return strconv.FormatBool(constant.BoolVal(v)), true
	case kind == aspects.Float:
		f, _ := constant.Float64Val(v)
		return strconv.FormatFloat(f, 'g', -1, 64), true
	}
	return v.ExactString(), true
}
