package signature

import (
	"go/types"
	"slices"
)

// Owned describes what of a result somebody must close, release or roll back, or returns "": the
// result itself, or what it holds in fields, elements or values. Fields that are not exported count
// in packages for which inside reports true: those of other packages are theirs to look after.
func Owned(t types.Type, inside func(*types.Package) bool) string {
	o := owner{inside: inside, seen: map[types.Type]bool{}}
	if method := closes(t); method != "" {
		return "has a method " + method
	}
	if what := o.within(t, 0); what != "" {
		return "holds " + what
	}
	return ""
}

// Given reports whether a hedge can give back a value of the type without being told how: a
// connection and a transaction of database/sql belong to the one who has asked for them, always.
func Given(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	return ok && (IsNamed(ptr.Elem(), "database/sql", "Conn") || IsNamed(ptr.Elem(), "database/sql", "Tx"))
}

// owner looks for what must be closed.
type owner struct {
	inside func(*types.Package) bool
	seen   map[types.Type]bool
}

// deepest bounds the search: instances of a generic type that holds itself need not be one value.
const deepest = 20

// within describes what a type holds, not what it is.
func (o *owner) within(t types.Type, depth int) string {
	t = types.Unalias(t)
	if o.seen[t] || depth > deepest {
		return ""
	}
	o.seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return o.element(u.Elem(), depth)
	case *types.Slice:
		return o.element(u.Elem(), depth)
	case *types.Array:
		return o.element(u.Elem(), depth)
	case *types.Map:
		if what := o.element(u.Key(), depth); what != "" {
			return what
		}
		return o.element(u.Elem(), depth)
	case *types.Struct:
		for f := range u.Fields() {
			if !f.Exported() && !o.inside(f.Pkg()) {
				continue
			}
			if what := o.element(f.Type(), depth); what != "" {
				return what + " in " + f.Name()
			}
		}
	}
	return ""
}

func (o *owner) element(t types.Type, depth int) string {
	if method := closes(t); method != "" {
		return Short(t) + ", which has a method " + method + ","
	}
	return o.within(t, depth+1)
}

// closes returns the name of the method by which values of the type are given back, or "".
func closes(t types.Type) string {
	if IsError(t) {
		return ""
	}
	for _, name := range []string{"Close", "Release", "Rollback"} {
		obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		if m, ok := obj.(*types.Func); ok && givesBack(m.Signature()) {
			return name
		}
	}
	return ""
}

// givesBack reports whether a method may be one that gives back its receiver: it takes a context at
// most, and returns no more than whether it could.
func givesBack(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		if !IsContext(v.Type()) {
			return false
		}
	}
	results := slices.Collect(sig.Results().Variables())
	return len(results) == 0 || len(results) == 1 && (IsError(results[0].Type()) || types.Identical(results[0].Type(), types.Typ[types.Bool]))
}
