package binds

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// matcher finds the kind of a field whose type is an interface: the kind of the portable type that
// has the interface's methods, or service.
type matcher struct{ *scope }

// match is how a field is bound.
type match struct {
	kind, form string
	opener     string // import path of the package that opens it
	args       []types.Type
	service    *types.TypeName
}

// matchInterface finds the kind of a field of an interface type, or returns nil. It reports a field
// that fits several kinds, and one that has a directive but fits none.
func (s matcher) matchInterface(f *field, iface *types.Interface) *match {
	only, marked := f.options.kind, f.options.bind
	obj := signature.TypeNameOf(f.v.Type())
	if obj != nil && only == "" || only == "service" {
		if m, done := s.matchService(f, obj); done {
			return m
		}
	}
	if !marked && (obj != nil && !s.isOwn(obj.Pkg()) || iface.NumMethods() == 0) {
		return nil
	}
	all := s.candidates(iface, only)
	fits := slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return !c.fits() })
	switch {
	case marked && (len(fits) == 0 || iface.NumMethods() == 0):
		s.at(f.options.pos, "change the interface, or remove the directive",
			"field %s must have the methods of a kind: %s", f, s.mismatch(iface, all, only))
		return nil
	case len(fits) == 0:
		return nil
	case len(fits) > 1:
		s.at(f.v.Pos(), "add //instrument:bind kind="+fits[0].typ.Kind.Name+", or //instrument:off with a reason",
			"field %s must be of one kind, and is ambiguous: its methods are those of %s", f, strings.Join(kindsOf(fits), " and of "))
		return nil
	}
	c := fits[0]
	if i := slices.Index(c.args, nil); i >= 0 {
		s.at(f.v.Pos(), "add one, or add //instrument:off with a reason",
			"field %s must have a method that determines the type %s of its %s", f, c.named.TypeParams().At(i), c.typ)
		return nil
	}
	for m := range iface.Methods() {
		f.plan.Methods = append(f.plan.Methods, m.Name())
	}
	slices.Sort(f.plan.Methods)
	s.adapt(f, iface, c)
	return &match{kind: c.typ.Kind.Name, form: c.typ.Form, opener: c.typ.Kind.Path, args: c.args}
}

// isOwn reports whether a package is one of the main modules'.
func (s matcher) isOwn(pkg *types.Package) bool {
	if pkg == nil {
		return false
	}
	_, own := s.program.Graph.OwnPath(pkg.Path())
	return own
}

// candidate is a kind compared with an interface.
type candidate struct {
	typ     *kind.Type
	named   *types.Named
	args    []types.Type // nil where no method determines one
	methods []plan.AdapterMethod
	missing []string // methods of the interface that the kind lacks, or has with another signature
	unkept  string   // why a type that the methods determine is none of data; "" where all are
}

// fits reports whether the interface is of the kind.
func (c *candidate) fits() bool { return len(c.missing) == 0 && c.unkept == "" }

// candidates compares an interface with every kind, or only with the one of the given name.
func (s matcher) candidates(iface *types.Interface, only string) []*candidate {
	var list []*candidate
	for _, k := range kind.Types() {
		if !k.Matched || only != "" && k.Kind.Name != only {
			continue
		}
		if named := portable(s.program.Types, s.pkg, k); named != nil {
			list = append(list, s.compare(k, named, iface))
		} else if !slices.Contains(s.imports, k.Path) { // the field may be of this kind
			s.imports = append(s.imports, k.Path)
		}
	}
	return list
}

// compare unifies the interface's methods with those of a kind's portable type.
func (s matcher) compare(k *kind.Type, named *types.Named, iface *types.Interface) *candidate {
	c := &candidate{typ: k, named: named}
	var params []types.Type
	for p := range named.TypeParams().TypeParams() {
		params = append(params, p)
	}
	u := &unifier{args: map[*types.TypeParam]types.Type{}}
	pattern := instance(k, named, params)
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
	if !operation { // many types have Close and String
		for _, m := range c.methods {
			c.missing = append(c.missing, m.Name)
		}
	}
	for p := range named.TypeParams().TypeParams() {
		t := u.args[p]
		if t != nil && c.unkept == "" {
			c.unkept = s.unkept(t)
		}
		c.args = append(c.args, t)
	}
	c.inferCounter()
	return c
}

// inferCounter sets the type of a store's values if Increment is the only method that could
// determine it.
func (c *candidate) inferCounter() {
	if c.typ.Kind.Name == "kv" && len(c.args) == 2 && c.args[0] != nil && c.args[1] == nil &&
		slices.ContainsFunc(c.methods, func(m plan.AdapterMethod) bool { return m.Name == "Increment" }) {
		c.args[1] = types.Typ[types.Int64]
	}
}

// unkept returns why nobody stores or publishes values of a type, such as a connection or a binding;
// "" for data.
func (s matcher) unkept(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if obj := signature.TypeNameOf(t); obj != nil && obj.Pkg() != nil && strings.HasPrefix(obj.Pkg().Path(), kind.Bindings+"/") {
		return obj.Name() + " is a binding"
	}
	if err := s.travels(types.NewPointer(t)); err != nil {
		return err.Error()
	}
	return ""
}

func takesContext(sig *types.Signature) bool {
	return sig.Params().Len() > 0 && signature.IsContext(sig.Params().At(0).Type())
}

func kindsOf(list []*candidate) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.typ.Kind.Name)
	}
	return slices.Compact(names)
}

// mismatch says which methods keep an interface from being of the kind that the directive names, or
// else of the closest kind.
func (s matcher) mismatch(iface *types.Interface, all []*candidate, only string) string {
	if iface.NumMethods() == 0 {
		return "it has none"
	}
	if len(all) == 0 {
		return "the packages of bindings cannot be imported"
	}
	best := slices.MinFunc(all, func(a, b *candidate) int { return len(a.missing) - len(b.missing) })
	if len(best.missing) == 0 {
		return fmt.Sprintf("%s keeps data, and %s", best.typ, best.unkept)
	}
	missing := slices.Compact(slices.Sorted(slices.Values(best.missing)))
	if only == "" && len(missing) == iface.NumMethods() {
		return fmt.Sprintf("no kind has %s like this", strings.Join(missing, ", "))
	}
	text := fmt.Sprintf("%s has no %s like this", best.typ, strings.Join(missing, ", "))
	obj, _, _ := types.LookupFieldOrMethod(best.named, true, nil, missing[0])
	if fn, ok := obj.(*types.Func); ok {
		text += ", but " + missing[0] + strings.TrimPrefix(s.short(fn.Signature()), "func")
	}
	return text
}
