package sites

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// decorators adds the package's interfaces that are marked //instrument:decorate.
func (b *packagePlanner) decorators() {
	for _, file := range b.pkg.Files {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok {
					work := b.program.Doing("plan", b.pkg, ts.Name.Name, ts.Pos(), underway.OffRules)
					underway.Do(work, func() { b.decorator(file, ts, b.directives[file].Types[ts]) })
				}
			}
		}
	}
}

func (b *packagePlanner) decorator(file *ast.File, spec *ast.TypeSpec, list []directive.Directive) {
	p := b.program
	i := slices.IndexFunc(list, func(d directive.Directive) bool { return d.Name == "decorate" })
	obj, ok := b.pkg.Info.Defs[spec.Name].(*types.TypeName)
	if !ok {
		return
	}
	if i < 0 {
		if types.IsInterface(obj.Type()) && len(list) > 0 && !directive.Misnamed(list[0], p.Findings) {
			p.Findings.At(list[0].Pos, "add //instrument:decorate",
				"directive //instrument:%s on an interface must come with //instrument:decorate, because an interface has no bodies", list[0].Name)
		}
		return
	}
	pos := p.Position(list[i].Pos)
	iface, ok := obj.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		p.Findings.Add(pos, "remove it, or move it to an interface", "directive //instrument:decorate must be on an interface, and %s is not one",
			spec.Name.Name)
		return
	case spec.TypeParams != nil || !iface.IsMethodSet() || iface.NumMethods() == 0:
		p.Findings.Add(pos, "remove it",
			"directive //instrument:decorate must be on an interface of methods without type parameters, and %s is not one", spec.Name.Name)
		return
	}
	directive.NoArguments(list[i], p.Findings)
	before := p.Findings.Len()
	want, off := b.rules.FromDirectives(b.pkg, file, withoutDecorate(list), true)
	if off != nil {
		p.Findings.At(off.Pos, "remove one of them", "directive //instrument:off must not be next to //instrument:decorate")
		return
	}
	if len(want) == 0 {
		if p.Findings.Len() == before {
			p.Findings.Add(pos, "add an aspect, such as //instrument:trace", "directive //instrument:decorate must come with an aspect")
		}
		return
	}
	at := p.Position(spec.Pos())
	d := plan.Decorator{
		Interface: obj.Name(), Func: "Instrument" + plan.UpperFirst(obj.Name()), Pos: plan.PositionIn(at, b.out.ModuleDir),
		Type: b.names.Fresh("instrumented" + plan.UpperFirst(obj.Name())),
	}
	if !obj.Exported() {
		d.Func = "instrument" + plan.UpperFirst(obj.Name())
	}
	q := signature.NewQualifier(b.pkg.Types, "runtimehooks", "httphooks", "cachehooks", "time", "slog")
	b.markMethods(&d, iface, list)
	skipped := len(b.out.Skips)
	for i := range iface.NumMethods() {
		b.decorated(iface.Method(i), want, &d, at, q)
	}
	b.unfitting(want, &d, b.out.Skips[skipped:])
	d.Imports = q.ImportList()
	d.Optional = hasMethodSet(iface, "Header", "Write", "WriteHeader")
	b.out.Decorators = append(b.out.Decorators, d)
}

func hasMethodSet(iface *types.Interface, names ...string) bool {
	for _, name := range names {
		if obj, _, _ := types.LookupFieldOrMethod(iface, false, nil, name); obj == nil {
			return false
		}
	}
	return true
}

// unfitting reports aspects that fit no method of a decorated interface.
func (b *packagePlanner) unfitting(want []*ask.Want, d *plan.Decorator, skips []plan.Skip) {
	for _, w := range want {
		if w.Preset {
			continue
		}
		fits := slices.ContainsFunc(d.Methods, func(m plan.Method) bool {
			return m.Site != nil && slices.ContainsFunc(m.Site.Aspects, func(a plan.Aspect) bool { return a.Name == w.Name })
		})
		if i := slices.IndexFunc(skips, func(s plan.Skip) bool { return s.Aspect == w.Name }); !fits && i >= 0 {
			b.program.Findings.Add(w.Pos, "remove the directive, or change the method", "interface %s must have a method that %s fits: %s",
				d.Interface, w.Name, skips[i].Reason)
		}
	}
}

// decorated adds one method with the aspects that fit it.
func (b *packagePlanner) decorated(fn *types.Func, want []*ask.Want, d *plan.Decorator, at token.Position, q *signature.Qualifier) {
	p, sig := b.program, fn.Signature()
	m := plan.Method{Name: fn.Name(), Variadic: sig.Variadic()}
	for i := range sig.Params().Len() {
		t := types.TypeString(sig.Params().At(i).Type(), q.Name)
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + t[len("[]"):]
		}
		m.Params = append(m.Params, plan.Param{Name: signature.ParamName(sig.Params().At(i), i), Type: t})
	}
	for i := range sig.Results().Len() {
		m.Results = append(m.Results, plan.Param{Name: sig.Results().At(i).Name(), Type: types.TypeString(sig.Results().At(i).Type(), q.Name)})
	}
	// The forwarding method is planned like any other function; its body is the call.
	f := &source.Func{Program: p, Pkg: b.pkg, File: b.pkg.Files[0], Obj: fn, Key: d.MethodKey(fn.Name()),
		Decl: &ast.FuncDecl{Name: ast.NewIdent(fn.Name()), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{}}}
	merged := b.rules.Merge(f, want)
	for _, w := range merged {
		w.Strict = false // an aspect may fit some methods and not others
	}
	skip := func(rule, aspect, reason string) {
		b.out.Skips = append(b.out.Skips, plan.Skip{Func: d.Interface + "." + fn.Name(), Pos: d.Pos, Aspect: aspect, Rule: rule, Reason: reason})
	}
	if site := b.site(f, merged, skip); site != nil {
		site.Pos = d.Pos
		site.Func, site.Name = f.Key, d.Interface+"."+fn.Name()
		b.names.Set(site, b.names.Fresh("instrument"+plan.UpperFirst(d.Interface)+fn.Name()))
		m.Site = site
		b.Placed = append(b.Placed, Placed{Site: site, Object: fn, Package: b.pkg, At: at, Mutating: b.effects[f.Key].mutating(), Repeatable: b.effects[f.Key].repeatable})
	}
	d.Methods = append(d.Methods, m)
}
