package signature

import (
	"go/types"
)

// TypeNameOf returns the declared name of a type, or nil for a literal.
func TypeNameOf(t types.Type) *types.TypeName {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj()
	}
	return nil
}

// SameTypes is Same for lists.
func SameTypes(a, b *types.Tuple) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !Same(a.At(i).Type(), b.At(i).Type()) {
			return false
		}
	}
	return true
}

// Same reports whether types are identical. Named types are compared by path and name, because a
// type may have been read twice, from source and from export data.
func Same(a, b types.Type) bool {
	return types.Identical(a, b) || types.TypeString(types.Unalias(a), nil) == types.TypeString(types.Unalias(b), nil)
}

// Short writes a type with the names of its packages, without their paths.
func Short(t types.Type) string { return types.TypeString(t, (*types.Package).Name) }

// IsPointer reports whether t is a pointer, under whatever alias.
func IsPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// IsContext reports whether t is context.Context.
func IsContext(t types.Type) bool { return IsNamed(t, "context", "Context") }

// IsRequest reports whether t is *http.Request.
func IsRequest(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	return ok && IsNamed(ptr.Elem(), "net/http", "Request")
}

// IsServerStream reports whether t is the server's end of a gRPC stream, or an interface of
// generated code that has one. The client's end is none: to ask that for its context changes what
// it does.
func IsServerStream(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for _, name := range []string{"SendMsg", "RecvMsg", "SetTrailer"} {
		if MethodNamed(i, name) == nil {
			return false
		}
	}
	m := MethodNamed(i, "Context")
	return m != nil && m.Signature().Params().Len() == 0 && m.Signature().Results().Len() == 1 && IsContext(m.Signature().Results().At(0).Type())
}

// IsError reports whether t is the predeclared type error, under whatever alias.
func IsError(t types.Type) bool {
	return types.Unalias(t) == types.Universe.Lookup("error").Type()
}

// IsNamed reports whether t is the named type path.name, under whatever alias.
func IsNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

// ImplementsError reports whether values of the type are errors.
func ImplementsError(t types.Type) bool {
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// TupleTypes returns the types of a list of parameters or results.
func TupleTypes(tuple *types.Tuple) []types.Type {
	var list []types.Type
	for v := range tuple.Variables() {
		list = append(list, v.Type())
	}
	return list
}
