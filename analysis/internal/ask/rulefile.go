package ask

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/finding"
	"github.com/instrumentgo/instrument/analysis/internal/entries"
	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/order"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Read type-checks the rule files, each with its package, and reads what they declare. Their
// mistakes are findings.
func Read(p *source.Program, files []*source.RuleFile) *Rules {
	rs := &Rules{p: p, Entries: entries.New(p), Exchanges: entries.NewExchanges(p),
		stacks: map[string][]*Want{}, custom: map[string]*plan.Ref{}, packs: map[*types.Var]*pack{}, taking: map[string]bool{}}
	for _, f := range files {
		pkg := checked(p, f)
		if pkg == nil {
			rs.Unread = true
			continue
		}
		x := expression.Reader{Program: p, Pkg: pkg}
		r := &fileReader{x, rs, selectorReader{x, rs}, aspectReader{x, rs.custom}, nil}
		for _, decl := range f.File.Decls {
			r.decl(decl)
		}
	}
	rs.addPresets()
	for _, r := range rs.rules {
		for _, part := range r.parts {
			if _, declared := rs.stacks[part.stack]; part.stack != "" && !declared && !rs.Unread {
				p.Findings.Add(part.pos, rs.stackHint(part.stack), "stack %q must be declared with aspects.Stack", part.stack)
			}
		}
	}
	rs.checkOrder()
	return rs
}

// checked returns a rule file's package, type-checked, or nil where the file cannot be read.
func checked(p *source.Program, f *source.RuleFile) *source.Package {
	if f.File == nil {
		return nil
	}
	dir := filepath.Dir(f.Source.Path)
	listed := p.Graph.PackageIn(dir)
	if listed == nil {
		listed = p.Graph.RuleOnlyPackage(dir, f.File.Name.Name)
	}
	before := p.Findings.Len()
	pkg := p.Types.Check(listed)
	if f.File == nil { // its imports make a cycle
		return nil
	}
	// If the package was checked before, it may be another file of it that is broken.
	inFile := func(d finding.Diagnostic) bool { return d.Pos.Filename == f.Source.Path }
	if pkg.Broken && (p.Findings.Len() > before || slices.ContainsFunc(p.Findings.List, inFile)) {
		return nil
	}
	return pkg
}

// fileReader reads the declarations of one rule file.
type fileReader struct {
	expression.Reader
	rules     *Rules
	selectors selectorReader
	aspects   aspectReader
	pack      *pack // whose file it is; nil for one of the main modules
}

func (r *fileReader) decl(decl ast.Decl) {
	gen, ok := decl.(*ast.GenDecl)
	if ok && (gen.Tok == token.IMPORT || gen.Tok == token.CONST) {
		return
	}
	if !ok || gen.Tok != token.VAR {
		r.foreign(decl)
		return
	}
	for _, spec := range gen.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) == 0 {
			r.foreign(spec)
		}
		for i, e := range spec.Values {
			if name, _ := r.Call(e); name == "Module" && i < len(spec.Names) && spec.Names[i].Name != "_" {
				continue // a pack, which has an effect where it is included
			}
			r.module(e)
		}
	}
}

// module reads a call of aspects.Module.
func (r *fileReader) module(e ast.Expr) {
	name, call := r.Call(e)
	if name != "Module" {
		r.foreign(e)
		return
	}
	for _, arg := range call.Args {
		r.argument(arg)
	}
}

// foreign reports a declaration that does not belong in a rule file.
func (r *fileReader) foreign(n ast.Node) {
	r.Errorf(n, "move it to another file",
		"rule file must hold nothing but var _ = aspects.Module(...) and constants, because it is read and never compiled")
}

// argument reads an argument of aspects.Module.
func (r *fileReader) argument(arg ast.Expr) {
	name, call := r.Call(arg)
	switch name {
	case "Stack":
		r.stack(call)
	case "Rule":
		r.rule(call)
	case "Exclude":
		r.exclude(call)
	case "Include":
		r.include(call)
	case "Entry":
		r.described(call, r.rules.Entries.Add)
	case "Exchange":
		r.described(call, r.rules.Exchanges.Add)
	case "Yields":
		r.yields(call)
	case "Order":
		r.order(call)
	case "NoLive":
		r.rules.noLive = true
	default:
		r.Errorf(arg, "write the call in its place", "argument of aspects.Module must be a call of aspects.Stack, Rule, Include, Entry, Exchange, Yields, Exclude, Order or NoLive")
	}
}

// described reads a call of aspects.Entry or aspects.Exchange.
func (r *fileReader) described(call *ast.CallExpr, add func(title string, obj types.Object, call *ast.CallExpr)) {
	if title, ok := r.Text(call.Args[0]); ok {
		add(title, r.Object(call.Args[1]), call)
	}
}

func (r *fileReader) stack(call *ast.CallExpr) {
	name, ok := r.Text(call.Args[0])
	if !ok {
		return
	}
	name = r.pack.named(name)
	if _, declared := r.rules.stacks[name]; declared {
		r.Errorf(call.Args[0], "merge the two, or rename one", "stack %q must be declared once", name)
		return
	}
	var stack []*Want
	for _, arg := range call.Args[1:] {
		if w := r.aspect(arg, stack); w != nil {
			stack = append(stack, w)
		}
	}
	r.rules.stacks[name] = stack
}

// aspect reads an aspect of a stack or rule. An aspect that the stack or rule already has is a
// finding.
func (r *fileReader) aspect(e ast.Expr, before []*Want) *Want {
	w := r.aspects.read(e)
	if w != nil && slices.ContainsFunc(before, func(b *Want) bool { return b.Name == w.Name }) {
		r.Errorf(e, "merge the two", "aspect %s must be named once", w.Name)
		return nil
	}
	return w
}

func (r *fileReader) order(call *ast.CallExpr) {
	if first := r.rules.order.Pos; first.IsValid() {
		r.Errorf(call, fmt.Sprintf("merge it with that of %s:%d", filepath.Base(first.Filename), first.Line), "order must be declared once")
		return
	}
	r.rules.order.Pos = r.Pos(call)
	for _, arg := range call.Args {
		if name, ok := r.Text(arg); ok {
			r.rules.order.Names = append(r.rules.order.Names, order.Name{Aspect: name, Pos: r.Pos(arg)})
		}
	}
}

func (r *fileReader) exclude(call *ast.CallExpr) {
	reason, ok := r.Text(call.Args[0])
	if !ok {
		return
	}
	if strings.TrimSpace(reason) == "" {
		r.Errorf(call.Args[0], `as in aspects.Exclude("called at each heartbeat", …)`, "exclusion must give a reason")
		return
	}
	if rule := r.selecting(reason, call); rule != nil {
		r.rules.excludes = append(r.rules.excludes, rule)
	}
}

func (r *fileReader) rule(call *ast.CallExpr) {
	name, ok := r.Text(call.Args[0])
	if name = r.pack.named(name); !ok || !r.free(name, call.Args[0]) {
		return
	}
	rule := r.selecting(name, call)
	if rule == nil {
		return
	}
	before := r.Program.Findings.Len()
	own, passes := []*Want(nil), "" // aspects, and the part that names a variant
	for _, arg := range call.Args[2:] {
		switch name, use := r.Call(arg); name {
		case "Optional":
			rule.optional = true
		case "Mutating":
			rule.mutating = true
		case "Repeatable":
			rule.repeats = true
		case "Replace":
			r.replacement(rule, use.Args[0])
		case "PassContext", "PassValues":
			passes = name
			r.variant(rule, name, use.Args[0])
		case "Options":
			r.options(rule, use.Args[0])
		case "Use":
			if stack, ok := r.Text(use.Args[0]); ok {
				if _, own := r.rules.stacks[r.pack.named(stack)]; own {
					stack = r.pack.named(stack)
				}
				rule.parts = append(rule.parts, part{stack: stack, pos: r.Pos(arg)})
			}
		default:
			if w := r.aspect(arg, own); w != nil {
				own = append(own, w)
				rule.parts = append(rule.parts, part{aspect: w, pos: w.Pos})
			}
		}
	}
	if rule.variant != nil && (len(rule.parts) > 0 || rule.replace != nil || rule.options != nil || rule.mutating || rule.repeats) {
		r.Errorf(call, "give the other parts a rule of their own", "rule %q must have no other part beside aspects.%s, which weaves nothing around the call", name, passes)
	}
	if len(rule.parts) == 0 && rule.replace == nil && rule.options == nil && rule.variant == nil && !rule.mutating && !rule.repeats && r.Program.Findings.Len() == before {
		r.Errorf(call, "add an aspect, aspects.Use, aspects.Mutating() or aspects.Repeatable()", "rule %q must name an aspect", name)
	}
	if rule.mutating && rule.repeats {
		r.Errorf(call, "remove one of them", "rule %q must not say both aspects.Mutating and aspects.Repeatable", name)
	}
	r.rules.rules = append(r.rules.rules, rule)
}

// free reports whether a rule may have that name. The name identifies the rule wherever the rule
// has an effect.
func (r *fileReader) free(name string, e ast.Expr) bool {
	switch {
	case strings.TrimSpace(name) == "" || slices.Contains([]string{"directive", "off", "exclude"}, name):
		r.Errorf(e, "give it another", "rule must have a name of its own, not %q", name)
	case slices.ContainsFunc(r.rules.rules, func(other *rule) bool { return other.name == name }):
		r.Errorf(e, "rename one", "rule %q must be the only one of its name", name)
	default:
		return true
	}
	return false
}

// selecting returns a rule with the selector that is the call's second argument, or nil.
func (r *fileReader) selecting(name string, call *ast.CallExpr) *rule {
	s, ok := r.selectors.read(call.Args[1])
	if !ok {
		return nil
	}
	return &rule{name: name, pos: r.Pos(call), selector: s, pack: r.pack, optional: r.pack != nil, may: map[*packages.Package]bool{}}
}
