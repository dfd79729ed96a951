package binds

import (
	"fmt"
	"go/types"
	"reflect"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
)

// cannotTravel says why a value of a type cannot go to another process as JSON and come back, or "".
func (j *injector) cannotTravel(t types.Type) string {
	tr := traveler{j, map[types.Type]bool{}}
	return tr.reason(t)
}

type traveler struct {
	*injector
	seen map[types.Type]bool
}

// reason returns why a value of the type cannot travel, or "".
func (tr traveler) reason(t types.Type) string {
	if t = types.Unalias(t); tr.seen[t] {
		return ""
	}
	tr.seen[t] = true
	if signature.Offers(t, "MarshalJSON") && signature.Offers(t, "UnmarshalJSON") || signature.Offers(t, "MarshalText") && signature.Offers(t, "UnmarshalText") {
		return ""
	}
	is := func(what string) string {
		if text := tr.short(t); text != what {
			return fmt.Sprintf("%s is %s", text, what)
		}
		return "it is " + what
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 || u.Kind() == types.UnsafePointer {
			return is("no number of JSON")
		}
	case *types.Chan:
		return is("a channel")
	case *types.Signature:
		return is("a function")
	case *types.Interface:
		if u.NumMethods() > 0 {
			return is("an interface, and what is in it would be lost")
		}
	case *types.Map:
		if !tr.isKey(u.Key()) {
			return fmt.Sprintf("%s has keys that are neither texts nor integers", tr.short(t))
		}
		return tr.reason(u.Elem())
	case *types.Struct:
		return tr.structure(t, u)
	case interface{ Elem() types.Type }: // pointers, slices and arrays
		return tr.reason(u.Elem())
	}
	return ""
}

// structure says which field of a struct cannot travel. One that has fields and exports none would arrive empty.
func (tr traveler) structure(t types.Type, u *types.Struct) string {
	exported := false
	for i := range u.NumFields() {
		f := u.Field(i)
		if !f.Exported() && !f.Embedded() {
			continue
		}
		exported = true
		if reflect.StructTag(u.Tag(i)).Get("json") == "-" {
			continue
		}
		if reason := tr.reason(f.Type()); reason != "" {
			return fmt.Sprintf("field %s of %s: %s", f.Name(), tr.short(t), reason)
		}
	}
	if u.NumFields() > 0 && !exported {
		return fmt.Sprintf("%s exports no field", tr.short(t))
	}
	return ""
}

// isKey reports whether JSON has maps with keys of the type.
func (tr traveler) isKey(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsString|types.IsInteger) != 0 || signature.Offers(t, "MarshalText") && signature.Offers(t, "UnmarshalText")
}
