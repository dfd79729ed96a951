package analysis

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
)

// decorators adds the package's interfaces that are marked //instrument:decorate.
func (b *planner) decorators(pkg *checked, byFile map[*ast.File]fileDirectives, names *names, out *Package) {
	for _, file := range pkg.files {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok {
					b.decorator(pkg, file, ts, byFile[file].types[ts], names, out)
				}
			}
		}
	}
}

func (b *planner) decorator(pkg *checked, file *ast.File, spec *ast.TypeSpec, list []directive, names *names, out *Package) {
	p := b.p
	i := slices.IndexFunc(list, func(d directive) bool { return d.name == "decorate" })
	obj, ok := pkg.info.Defs[spec.Name].(*types.TypeName)
	if !ok {
		return
	}
	if i < 0 {
		if types.IsInterface(obj.Type()) && len(list) > 0 && !misnamed(list[0], p.diags) {
			p.diags.at(list[0].pos, "add //instrument:decorate", "directive //instrument:%s on an interface must come with //instrument:decorate, because an interface has no bodies", list[0].name)
		}
		return
	}
	pos := p.position(list[i].pos)
	iface, ok := obj.Type().Underlying().(*types.Interface)
	switch {
	case !ok:
		p.diags.add(pos, "remove it, or move it to an interface", "directive //instrument:decorate must be on an interface, and %s is none", spec.Name.Name)
		return
	case spec.TypeParams != nil || !iface.IsMethodSet() || iface.NumMethods() == 0:
		p.diags.add(pos, "remove it", "directive //instrument:decorate must be on an interface of methods without type parameters, and %s is none", spec.Name.Name)
		return
	}
	p.bare(list[i])
	before := p.diags.Len()
	want, off := b.rules.wantedBy(pkg, file, withoutDecorate(list), true)
	if off != nil {
		p.diags.at(off.pos, "remove one of them", "directive //instrument:off must not be beside //instrument:decorate")
		return
	}
	if len(want) == 0 {
		if p.diags.Len() == before {
			p.diags.add(pos, "add an aspect, such as //instrument:trace", "directive //instrument:decorate must come with an aspect")
		}
		return
	}
	d := Decorator{
		Interface: obj.Name(), Func: "Instrument" + upperFirst(obj.Name()), Pos: placed(p.position(spec.Pos()), out.ModuleDir),
		Type: names.fresh("instrumented" + upperFirst(obj.Name())),
	}
	if !obj.Exported() {
		d.Func = "instrument" + upperFirst(obj.Name())
	}
	q := &qualifier{self: pkg.types, byPath: map[string]string{}, taken: map[string]bool{"runtimehooks": true, "httphooks": true, "cachehooks": true, "time": true, "slog": true}}
	b.markMethods(pkg.types, &d, iface, list)
	skipped := len(out.Skips)
	for i := range iface.NumMethods() {
		b.decorated(pkg, iface.Method(i), want, &d, q, names, out)
	}
	b.unfitting(want, &d, out.Skips[skipped:])
	for path, name := range q.byPath {
		d.Imports = append(d.Imports, Import{Name: name, Path: path})
	}
	slices.SortFunc(d.Imports, func(a, b Import) int { return cmp.Compare(a.Path, b.Path) })
	d.Optional = hasMethodSet(iface, "Header", "Write", "WriteHeader")
	out.Decorators = append(out.Decorators, d)
}

// method is the key of a method of the generated type.
func (d *Decorator) method(name string) string { return "(*" + d.Type + ")." + name }

func hasMethodSet(iface *types.Interface, names ...string) bool {
	for _, name := range names {
		if obj, _, _ := types.LookupFieldOrMethod(iface, false, nil, name); obj == nil {
			return false
		}
	}
	return true
}

// unfitting reports aspects that fit no method of a decorated interface.
func (b *planner) unfitting(want []*wanted, d *Decorator, skips []Skip) {
	for _, w := range want {
		if w.preset {
			continue
		}
		fits := slices.ContainsFunc(d.Methods, func(m Method) bool {
			return m.Site != nil && slices.ContainsFunc(m.Site.Aspects, func(a Aspect) bool { return a.Name == w.name })
		})
		if i := slices.IndexFunc(skips, func(s Skip) bool { return s.Aspect == w.name }); !fits && i >= 0 {
			b.p.diags.add(w.pos, "remove the directive, or change the method", "interface %s must have a method that %s fits: %s", d.Interface, w.name, skips[i].Reason)
		}
	}
}

// decorated adds one method with the aspects that fit it.
func (b *planner) decorated(pkg *checked, fn *types.Func, want []*wanted, d *Decorator, q *qualifier, names *names, out *Package) {
	p, sig := b.p, fn.Signature()
	m := Method{Name: fn.Name(), Variadic: sig.Variadic()}
	for i := range sig.Params().Len() {
		t := types.TypeString(sig.Params().At(i).Type(), q.name)
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + t[len("[]"):]
		}
		m.Params = append(m.Params, Param{Name: paramName(sig.Params().At(i), i), Type: t})
	}
	for i := range sig.Results().Len() {
		m.Results = append(m.Results, Param{Name: sig.Results().At(i).Name(), Type: types.TypeString(sig.Results().At(i).Type(), q.name)})
	}
	// The forwarding method is planned like any other: as a function whose body is the call.
	f := &function{p: p, pkg: pkg, file: pkg.files[0], obj: fn, key: d.method(fn.Name()),
		decl: &ast.FuncDecl{Name: ast.NewIdent(fn.Name()), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{}}}
	merged := p.merge(f, want)
	for _, w := range merged {
		w.strict = false // an aspect may fit some methods and not others
		p.conflicts(w, true)
	}
	b.rules.sort(f, merged)
	skip := func(rule, aspect, reason string) {
		out.Skips = append(out.Skips, Skip{Func: d.Interface + "." + fn.Name(), Pos: d.Pos, Aspect: aspect, Rule: rule, Reason: reason})
	}
	if site := b.site(f, merged, skip, out); site != nil {
		site.Pos = d.Pos
		site.Func, site.Name = f.key, d.Interface+"."+fn.Name()
		names.set(site, names.fresh("instrument"+upperFirst(d.Interface)+fn.Name()))
		m.Site = site
	}
	d.Methods = append(d.Methods, m)
}

func paramName(v *types.Var, i int) string {
	if v.Name() == "" || v.Name() == "_" {
		return "p" + strconv.Itoa(i)
	}
	return v.Name()
}

// qualifier names the packages of types as one generated file imports them.
type qualifier struct {
	self   *types.Package
	byPath map[string]string
	taken  map[string]bool
}

func (q *qualifier) name(pkg *types.Package) string {
	if pkg == q.self {
		return ""
	}
	if name, ok := q.byPath[pkg.Path()]; ok {
		return name
	}
	name := pkg.Name()
	for i := 2; q.taken[name]; i++ {
		name = pkg.Name() + strconv.Itoa(i)
	}
	q.byPath[pkg.Path()], q.taken[name] = name, true
	return name
}
