package callsites

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// This file plans go statements. Each comes to start a function of the generated file, which calls
// what the statement would have started: a value, which is evaluated where it was, or an instance
// of a generic function whose type arguments are inferred.

// gos plans the go statements of one package.
type gos struct{ *packagePlanner }

// goroutines plans the go statements of the package that rules select.
func (p gos) goroutines() {
	var found []*call
	for _, file := range p.pkg.Files {
		if ast.IsGenerated(file) {
			continue
		}
		plan.EachGo(file, func(in string, index int, stmt *ast.GoStmt) {
			c := &call{node: stmt.Call, stmt: stmt, file: file, in: in, decl: declarationAt(file, stmt.Pos()), name: plan.Go, index: index, how: spawned}
			c.what = p.started(c)
			c.key = in + " go " + c.what
			found = append(found, c)
		})
	}
	p.number(found)
	for _, c := range found {
		underway.Do(p.program.Doing("plan", p.pkg, c.key, c.stmt.Pos(), underway.OffAbove), func() { p.goroutine(c) })
	}
}

// started names what a go statement starts, and notes the function that it names.
func (p gos) started(c *call) string {
	if fn := calledFunc(p.info, c.node); fn != nil {
		c.callee = &source.Func{Program: p.program, Pkg: p.pkg, File: c.file, Obj: fn, Recv: signature.Receiver(fn), Key: signature.Key(fn)}
		return signature.Qualified(fn)
	}
	if name := plan.CalledName(c.node); name != "" {
		return name
	}
	return "func"
}

// goroutine adds the site of a go statement, or skips.
func (p gos) goroutine(c *call) {
	at := p.program.Position(c.stmt.Pos())
	pos := plan.PositionIn(at, p.out.ModuleDir)
	match := p.rules.MatchGo(&source.Func{Program: p.program, Pkg: p.pkg, File: c.file})
	skip := func(rule, aspect, reason string) {
		p.out.Skips = append(p.out.Skips, plan.Skip{Func: c.key, Pos: pos, Rule: rule, Aspect: aspect, Reason: reason})
	}
	off := directive.Off(p.directives, c.file, c.decl)
	switch {
	case !match.Any():
		return
	case off != "":
		skip("off", "", off)
		return
	case match.Exclude != "":
		skip("exclude", "", match.Exclude)
		return
	}
	m, r := p.makeGo(c)
	if r.any() {
		p.refuse(at, c.key, match, skip, r)
		return
	}
	callee := c.what
	if c.callee != nil {
		callee = calleeName(c.callee.Obj)
	}
	c.site = &plan.CallSite{In: c.in, Key: c.key, Callee: callee, Pos: pos, Name: plan.Go, Index: c.index, Types: m.types,
		Go: &plan.GoStmt{Starter: m.context, Value: m.value != ""}}
	f := sites.Forwarding(p.program, p.pkg, c.file, m.fn, c.key)
	f.Started = true
	if c.site.Site = p.sites.Forward(f, match.Want, p.names, p.out, skip); c.site.Site == nil {
		return
	}
	if m.note != "" {
		c.site.Site.Notes = append(c.site.Site.Notes, m.note)
	}
	if r := p.cycle(c); r.any() {
		p.refuse(at, c.key, match, skip, r)
		return
	}
	p.add(c, m)
	p.spawned[c.node] = true
	if c.callee != nil {
		var in *types.Func
		if f := p.functionOf(c); f != nil {
			in = f.Obj
		}
		p.sites.Called(c.site.Site, c.callee.Obj, in, p.pkg, at, match.Match)
	}
}

// makeGo says how the function calls what a go statement starts, or why it cannot.
func (p gos) makeGo(c *call) (*made, refusal) {
	if r := p.refusesAny(c); r.any() {
		return nil, r
	}
	if p.info.Types[ast.Unparen(c.node.Fun)].IsBuiltin() {
		return nil, refusal{"it must start a function, not a builtin, which is no value", "start a function literal that calls it"}
	}
	sig, ok := p.info.TypeOf(c.node.Fun).Underlying().(*types.Signature)
	if !ok {
		return nil, refusal{"it must start a function whose type is known", "start a function literal that calls it"}
	}
	if len(c.node.Args) == 1 {
		if _, multiple := p.info.TypeOf(c.node.Args[0]).(*types.Tuple); multiple {
			return nil, refusal{"its arguments must not be the results of one call, which cannot stand after another argument",
				"assign the results to variables first"}
		}
	}
	m := &made{spelling: newSpelling(p.packagePlanner, c), stem: "Go", value: "start"}
	instance := p.instance(c)
	if len(instance) > typeArguments(c.node) { // some are inferred from the arguments
		m.value, m.callee = "", calleeName(c.callee.Obj)
		m.stem += plan.UpperFirst(ownerName(c.callee.Obj)) + plan.UpperFirst(c.callee.Obj.Name())
		m.ref = &plan.Ref{Path: c.callee.Obj.Pkg().Path(), Pkg: c.callee.Obj.Pkg().Name(), Name: c.callee.Obj.Name()}
	} else {
		instance = nil
	}
	for v := range sig.Params().Variables() {
		m.params = append(m.params, v)
	}
	all := slices.Concat(signature.TupleTypes(sig.Params()), signature.TupleTypes(sig.Results()), instance)
	for _, t := range all {
		if r := m.spelling.check(t); r.any() {
			return nil, r
		}
	}
	if r := m.spelling.clash(); r.any() {
		return nil, r
	}
	var none refusal
	if m.context, none = scopes(p).contextAt(c.file, c.stmt); none.any() && none != noContext {
		m.note = "no link to the span of the go statement: " + none.reason
	}
	if m.context != "" {
		m.starter = "starter"
	}
	m.nameGo(p.packagePlanner)
	for _, t := range instance {
		m.typeArgs = append(m.typeArgs, m.spelling.text(t))
	}
	m.finish(p.packagePlanner, c, sig)
	return m, refusal{}
}

// typeArguments is how many type arguments a call spells.
func typeArguments(call *ast.CallExpr) int {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.IndexExpr:
		return 1
	case *ast.IndexListExpr:
		return len(fun.Indices)
	}
	return 0
}

// nameGo names the parameters as what is started does, apart from what else the function spells.
func (m *made) nameGo(p *packagePlanner) {
	taken := map[string]bool{"": true, "_": true, "starter": true, "start": true}
	if m.ref != nil && m.ref.Path == p.pkg.Listed.PkgPath {
		taken[m.ref.Name] = true
	}
	m.distinct(p, taken, func(i int) string { return m.params[i].Name() })
}

// extra is how many parameters before returns.
func (m *made) extra() int {
	n := 0
	for _, name := range []string{m.starter, m.value} {
		if name != "" {
			n++
		}
	}
	return n
}

// before returns the parameters of a function that a go statement starts which stand before the
// arguments: the starter's context, and the value to call.
func (m *made) before(sig *types.Signature) (list []plan.Param) {
	list = []plan.Param{}
	if m.starter != "" {
		list = append(list, plan.Param{Name: m.starter, Type: m.spelling.text(contextType())})
	}
	if m.value != "" {
		plain := types.NewSignatureType(nil, nil, nil, unnamed(m.spelling.tuple(sig.Params())), unnamed(m.spelling.tuple(sig.Results())), sig.Variadic())
		list = append(list, plan.Param{Name: m.value, Type: m.spelling.text(plain)})
	}
	return list
}

func contextType() types.Type {
	return types.NewNamed(types.NewTypeName(0, types.NewPackage("context", "context"), "Context", nil), types.NewInterfaceType(nil, nil), nil)
}

func unnamed(tuple *types.Tuple) *types.Tuple {
	var list []*types.Var
	for v := range tuple.Variables() {
		list = append(list, types.NewParam(0, nil, "", v.Type()))
	}
	return types.NewTuple(list...)
}
