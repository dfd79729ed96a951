package signature

import (
	"cmp"
	"go/types"
)

// NotJSON returns why values of a type have no form in JSON that keeps them, or "". Type parameters are let through: what
// they stand for is known at run time.
func NotJSON(t types.Type, seen map[types.Type]bool) string {
	if seen[t] || hasMarshaler(t) {
		return ""
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "holds a channel"
	case *types.Signature:
		return "holds a function"
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 || u.Kind() == types.UnsafePointer {
			return "holds a " + u.Name()
		}
	case *types.Interface:
		if _, parameter := types.Unalias(t).(*types.TypeParam); !parameter && u.NumMethods() > 0 && !IsError(t) {
			return "holds the interface " + Short(t) + ", and nothing says what to make of it"
		}
	case *types.Pointer:
		return NotJSON(u.Elem(), seen)
	case *types.Slice:
		return NotJSON(u.Elem(), seen)
	case *types.Array:
		return NotJSON(u.Elem(), seen)
	case *types.Map:
		return cmp.Or(notKey(u.Key()), NotJSON(u.Elem(), seen))
	case *types.Struct:
		return notFields(t, u, seen)
	}
	return ""
}

func notKey(t types.Type) string {
	basic, ok := t.Underlying().(*types.Basic)
	if ok && basic.Info()&(types.IsString|types.IsInteger) != 0 || hasMarshaler(t) {
		return ""
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); parameter {
		return ""
	}
	return "holds a map with keys of type " + Short(t)
}

// notFields looks at the exported fields. A struct that has none but others would come back empty.
func notFields(t types.Type, s *types.Struct, seen map[types.Type]bool) string {
	kept := s.NumFields() == 0
	for i := range s.NumFields() {
		field := s.Field(i)
		if !field.Exported() && !field.Embedded() || s.Tag(i) == `json:"-"` {
			continue
		}
		kept = true
		if reason := NotJSON(field.Type(), seen); reason != "" {
			return reason
		}
	}
	if !kept {
		return "holds " + Short(t) + ", which has no exported field"
	}
	return ""
}

// hasMarshaler reports whether a type, or a pointer to it, has a JSON or text form of its own.
func hasMarshaler(t types.Type) bool {
	for _, name := range []string{"UnmarshalJSON", "UnmarshalText"} {
		if obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name); obj != nil {
			if _, ok := obj.(*types.Func); ok {
				return true
			}
		}
	}
	return false
}

// Offers reports whether the type, or a pointer to it, has a method of the name.
func Offers(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}
