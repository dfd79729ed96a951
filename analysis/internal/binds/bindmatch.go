package binds

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// match is how a field is bound.
type match struct {
	kind, form string
	opener     string // import path of the package that opens it
	args       []types.Type
	service    *types.TypeName
}

// candidate is a kind whose methods a local interface has.
type candidate struct {
	kind    *kind
	named   *types.Named
	args    []types.Type // nil entries are not known
	methods []plan.AdapterMethod
	missing []string // methods of the interface that the kind does not have so
}

// matchInterface finds the kind of a field of an interface type: a service, or the one whose portable type has its methods.
func (j *injector) matchInterface(s *binding, v *types.Var, iface *types.Interface, says fieldOptions, f *plan.Field) *match {
	what := s.obj.Name() + "." + v.Name()
	obj := signature.TypeNameOf(v.Type())
	if obj != nil && says.kind == "" || says.kind == "service" {
		if m, done := j.matchService(what, v, obj, says, f); done {
			return m
		}
	}
	if !says.given && (obj != nil && !j.ofMain(obj.Pkg()) || iface.NumMethods() == 0) {
		return nil
	}
	all := j.candidates(iface, says.kind)
	fits := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return len(c.missing) > 0 })
	switch {
	case says.given && (len(fits) == 0 || iface.NumMethods() == 0):
		j.at(says.pos, "change the interface, or remove the directive", "field %s must have the methods of a kind: %s", what, j.unmatched(iface, all, says.kind))
		return nil
	case len(fits) == 0:
		return nil
	case len(fits) > 1:
		j.at(v.Pos(), "add //instrument:bind kind="+fits[0].kind.name+", or //instrument:off with a reason",
			"field %s must be of one kind, and is ambiguous: its methods are those of %s", what, strings.Join(kindsOf(fits), " and of "))
		return nil
	}
	c := fits[0]
	if i := slices.Index(c.args, nil); i >= 0 {
		j.at(v.Pos(), "add one, or add //instrument:off with a reason",
			"field %s must have a method that tells the type %s of its %s", what, c.named.TypeParams().At(i), c.kind)
		return nil
	}
	for m := range iface.Methods() {
		f.Methods = append(f.Methods, m.Name())
	}
	slices.Sort(f.Methods)
	j.adapt(s, v, iface, c, f)
	return &match{kind: c.kind.name, form: c.kind.form, opener: c.kind.opener(), args: c.args}
}

// ofMain reports whether a package is one of the main modules'.
func (j *injector) ofMain(pkg *types.Package) bool {
	if pkg == nil {
		return false
	}
	_, own := j.p.Graph.OwnPath(pkg.Path())
	return own
}

// matchService binds a field of an interface that is marked //instrument:service. It returns false where it is none.
func (j *injector) matchService(what string, v *types.Var, obj *types.TypeName, says fieldOptions, f *plan.Field) (*match, bool) {
	if obj == nil || !j.isService(obj) {
		if obj != nil && j.unwritten(obj) {
			j.at(v.Pos(), "run instrument generate in "+obj.Pkg().Path()+", and publish what it writes",
				"field %s must be of a service whose functions are generated, and its package lacks %s", what, plan.ServiceNames(obj.Name())[0])
			return nil, true
		}
		if says.kind == "" {
			return nil, false
		}
		j.at(says.pos, "mark it there", "field %s must be of an interface that is marked //instrument:service to be of kind service", what)
		return nil, true
	}
	if obj.Pkg() != j.pkg.Types && !obj.Exported() {
		j.at(v.Pos(), "export it", "field %s must be of a service that its package exports", what)
		return nil, true
	}
	f.Service = &plan.Ref{Path: obj.Pkg().Path(), Pkg: obj.Pkg().Name(), Name: obj.Name()}
	return &match{kind: "service", opener: plan.ServicePath, service: obj}, true
}

// isService reports whether an interface is marked //instrument:service. One of another module is known by the function that
// was generated for it.
func (j *injector) isService(obj *types.TypeName) bool {
	if obj.Pkg() == nil {
		return false
	}
	listed, own := j.p.Graph.OwnPath(obj.Pkg().Path())
	if !own {
		open, ok := obj.Pkg().Scope().Lookup(plan.ServiceNames(obj.Name())[0]).(*types.Func)
		return ok && opens(open.Signature(), obj)
	}
	return slices.ContainsFunc(j.p.Types.Check(listed).Files, func(file *ast.File) bool { return marksService(file, obj.Name()) })
}

// marksService reports whether a file declares an interface that is marked //instrument:service.
func marksService(file *ast.File, name string) bool {
	for spec, list := range directive.OnTypes(file) {
		if spec.Name.Name == name && slices.ContainsFunc(list, func(d directive.Directive) bool { return d.Name == "service" }) {
			return true
		}
	}
	return false
}

// unwritten reports whether an interface of another module is marked //instrument:service in its source. As isService does not
// know it, its functions were not generated there.
func (j *injector) unwritten(obj *types.TypeName) bool {
	if obj.Pkg() == nil || j.ofMain(obj.Pkg()) || j.p.Graph.Listed[obj.Pkg().Path()] == nil {
		return false
	}
	for _, name := range j.p.Graph.Listed[obj.Pkg().Path()].GoFiles {
		data, err := j.p.Graph.Cfg.ReadFile(name)
		if err != nil || !bytes.Contains(data, []byte("//instrument:service")) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err == nil && marksService(file, obj.Name()) {
			return true
		}
	}
	return false
}

// opens reports whether a signature is that of the function which opens a service.
func opens(sig *types.Signature, obj *types.TypeName) bool {
	if sig.Params().Len() != 3 || sig.Results().Len() != 2 || signature.TypeNameOf(sig.Results().At(0).Type()) != obj {
		return false
	}
	p, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	return ok && signature.IsNamed(p.Elem(), plan.BindingsPath, "Platform")
}

// candidates compares an interface with every kind, or with the one that is asked for.
func (j *injector) candidates(iface *types.Interface, only string) []*candidate {
	var list []*candidate
	for i := range kinds {
		k := &kinds[i]
		if !k.matched || only != "" && k.name != only {
			continue
		}
		if named := j.portable(j.pkg, k); named != nil {
			list = append(list, j.compare(k, named, iface))
		} else if !slices.Contains(j.injects, k.path) { // it may be the field's: the module must have it
			j.injects = append(j.injects, k.path)
		}
	}
	return list
}

// compare unifies the interface's methods with those of a kind's portable type.
func (j *injector) compare(k *kind, named *types.Named, iface *types.Interface) *candidate {
	c := &candidate{kind: k, named: named}
	var params []types.Type
	for p := range named.TypeParams().TypeParams() {
		params = append(params, p)
	}
	u := &unifier{args: map[*types.TypeParam]types.Type{}}
	pattern := k.instance(named, params)
	operation := false
	for m := range iface.Methods() {
		obj, _, _ := types.LookupFieldOrMethod(pattern, false, nil, m.Name())
		fn, ok := obj.(*types.Func)
		if ok && m.Exported() {
			var adapted plan.AdapterMethod
			if adapted, ok = u.method(fn.Signature(), m.Signature()); ok {
				adapted.Name = m.Name()
				c.methods = append(c.methods, adapted)
				operation = operation || takesContext(fn.Signature())
			}
		}
		if !ok || !m.Exported() {
			c.missing = append(c.missing, m.Name())
		}
	}
	if !operation { // Close and String are many types' methods
		for _, m := range c.methods {
			c.missing = append(c.missing, m.Name)
		}
	}
	for p := range named.TypeParams().TypeParams() {
		t := u.args[p]
		if t != nil && j.senseless(t) {
			c.missing = append(c.missing, iface.Method(0).Name())
		}
		c.args = append(c.args, t)
	}
	c.counter(iface)
	return c
}

// counter sets the type of a store's values where only Increment tells it.
func (c *candidate) counter(iface *types.Interface) {
	if c.kind.name == "kv" && len(c.args) == 2 && c.args[0] != nil && c.args[1] == nil &&
		slices.ContainsFunc(c.methods, func(m plan.AdapterMethod) bool { return m.Name == "Increment" }) {
		c.args[1] = types.Typ[types.Int64]
	}
}

// senseless reports whether a type could not be one that is stored or published: it is a resource.
func (j *injector) senseless(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if obj := signature.TypeNameOf(t); obj != nil && obj.Pkg() != nil && strings.HasPrefix(obj.Pkg().Path(), plan.BindingsPath+"/") {
		return true
	}
	return j.cannotTravel(t) != ""
}

func takesContext(sig *types.Signature) bool {
	return sig.Params().Len() > 0 && signature.IsNamed(sig.Params().At(0).Type(), "context", "Context")
}

func kindsOf(list []*candidate) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.kind.name)
	}
	return slices.Compact(names)
}

// unmatched says which methods keep an interface from being of a kind: those of the kind that is asked for, or that come
// closest.
func (j *injector) unmatched(iface *types.Interface, all []*candidate, only string) string {
	if iface.NumMethods() == 0 {
		return "it has none"
	}
	var best *candidate
	for _, c := range all {
		if best == nil || len(c.missing) < len(best.missing) {
			best = c
		}
	}
	if best == nil {
		return "the packages of bindings cannot be imported"
	}
	missing := slices.Compact(slices.Sorted(slices.Values(best.missing)))
	if only == "" && len(missing) == iface.NumMethods() {
		return fmt.Sprintf("no kind has %s like this", strings.Join(missing, ", "))
	}
	text := fmt.Sprintf("%s has no %s like this", best.kind, strings.Join(missing, ", "))
	obj, _, _ := types.LookupFieldOrMethod(best.named, true, nil, missing[0])
	if fn, ok := obj.(*types.Func); ok {
		text += ", but " + missing[0] + strings.TrimPrefix(j.short(fn.Signature()), "func")
	}
	return text
}

// adapt notes the methods in which a field's interface differs from the portable type.
func (j *injector) adapt(s *binding, v *types.Var, iface *types.Interface, c *candidate, f *plan.Field) {
	if types.AssignableTo(c.kind.instance(c.named, c.args), v.Type()) {
		return
	}
	a := &plan.Adapter{Type: j.names.Fresh(plan.LowerFirst(s.obj.Name()) + plan.UpperFirst(v.Name()))}
	for _, m := range c.methods {
		fn := signature.MethodNamed(iface, m.Name)
		portable, _, _ := types.LookupFieldOrMethod(c.kind.instance(c.named, c.args), false, nil, m.Name)
		if types.Identical(fn.Type(), portable.Type()) {
			continue
		}
		var err error
		if m.Params, m.Results, err = j.signature(fn.Signature(), portable.(*types.Func).Signature(), s.q); err != nil {
			j.at(v.Pos(), "add //instrument:off with a reason, or move the type", "field %s.%s cannot be bound: %v", s.obj.Name(), v.Name(), err)
			return
		}
		a.Methods = append(a.Methods, m)
	}
	f.Adapter = a
}

// signature writes the parameters and results of a method of an interface. Parameters without names get those of the portable
// type's method.
func (j *injector) signature(sig, portable *types.Signature, q *signature.Qualifier) (params, results []plan.Param, err error) {
	for i := range sig.Params().Len() {
		t, err := j.spell(sig.Params().At(i).Type(), q)
		if err != nil {
			return nil, nil, err
		}
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + t[len("[]"):]
		}
		name := sig.Params().At(i).Name()
		if name == "" || name == "_" {
			name = signature.ParamName(portable.Params().At(i), i)
		}
		params = append(params, plan.Param{Name: name, Type: t})
	}
	for v := range sig.Results().Variables() {
		t, err := j.spell(v.Type(), q)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, plan.Param{Name: v.Name(), Type: t})
	}
	return params, results, nil
}
