package signature

import (
	"go/types"
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// MethodNamed returns the method of an interface that has the name, or nil.
func MethodNamed(iface *types.Interface, name string) *types.Func {
	for m := range iface.Methods() {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// ParamName returns the name of a parameter, or one made of its index if it has none.
func ParamName(v *types.Var, i int) string {
	if v.Name() == "" || v.Name() == "_" {
		return "p" + strconv.Itoa(i)
	}
	return v.Name()
}

// Receiver returns the type name of a method's receiver, or nil.
func Receiver(f *types.Func) *types.TypeName {
	recv := f.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := types.Unalias(recv.Type())
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj()
	}
	return nil
}

// Key names a function in its package, without type parameters.
func Key(f *types.Func) string {
	recv := Receiver(f)
	switch {
	case recv == nil:
		return f.Name()
	case IsPointer(f.Signature().Recv().Type()):
		return "(*" + recv.Name() + ")." + f.Name()
	}
	return recv.Name() + "." + f.Name()
}

// Qualified names a function with its package: "sql.Open", "http.(*Client).Do".
func Qualified(f *types.Func) string {
	if f.Pkg() == nil {
		return f.Name()
	}
	return f.Pkg().Name() + "." + Key(f)
}

// ContextIndex returns the index of the first parameter of type context.Context, or -1.
func ContextIndex(sig *types.Signature) int { return parameter(sig, IsContext) }

func parameter(sig *types.Signature, is func(types.Type) bool) int {
	for i := range sig.Params().Len() {
		if is(sig.Params().At(i).Type()) {
			return i
		}
	}
	return -1
}

// IsHandler reports whether sig is func(http.ResponseWriter, *http.Request), or has more parameters
// after these: generated routers call such functions with what a path holds.
func IsHandler(sig *types.Signature) bool {
	return sig.Params().Len() >= 2 && sig.Results().Len() == 0 &&
		IsNamed(sig.Params().At(0).Type(), "net/http", "ResponseWriter") && IsRequest(sig.Params().At(1).Type())
}

// ReturnsError reports whether one of the results is of type error.
func ReturnsError(sig *types.Signature) bool {
	return slices.ContainsFunc(slices.Collect(sig.Results().Variables()), func(v *types.Var) bool { return IsError(v.Type()) })
}

// IsCloser reports whether f is a func(T) without type parameters.
func IsCloser(f *types.Func) bool {
	sig := f.Signature()
	return sig.TypeParams().Len() == 0 && !sig.Variadic() && sig.Params().Len() == 1 && sig.Results().Len() == 0
}

// IsPredicate reports whether f may judge how a call has ended: a func(error) bool, or one with more
// parameters, for all results.
func IsPredicate(f *types.Func) bool {
	sig := f.Signature()
	if sig.Recv() != nil || sig.TypeParams().Len() > 0 || sig.Variadic() || sig.Params().Len() == 0 || sig.Results().Len() != 1 {
		return false
	}
	return (sig.Params().Len() > 1 || IsError(sig.Params().At(0).Type())) &&
		types.Identical(types.Unalias(sig.Results().At(0).Type()), types.Typ[types.Bool])
}

// JudgesResults reports whether f, which may be nil, is a predicate that takes all results, rather
// than the error alone.
func JudgesResults(f *types.Func) bool {
	return f != nil && IsPredicate(f) && f.Signature().Params().Len() > 1
}

// IsAdvice reports whether sig is that of custom advice: func(context.Context, *runtimehooks.Site,
// func(context.Context) error) error.
func IsAdvice(sig *types.Signature) bool {
	if sig.TypeParams().Len() > 0 || !fromContextToError(sig, 3) {
		return false
	}
	site, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	next, ok2 := types.Unalias(sig.Params().At(2).Type()).(*types.Signature)
	return ok && ok2 && IsNamed(site.Elem(), plan.HooksPath, "Site") && fromContextToError(next, 1)
}

// fromContextToError reports whether a function takes that many parameters, a context first, and
// returns an error alone.
func fromContextToError(sig *types.Signature, params int) bool {
	return sig.Params().Len() == params && IsContext(sig.Params().At(0).Type()) &&
		sig.Results().Len() == 1 && IsError(sig.Results().At(0).Type())
}

// WithContext returns the signature with a context after some of its parameters.
func WithContext(sig *types.Signature, after int) *types.Signature {
	params := slices.Collect(sig.Params().Variables())
	for i, v := range params {
		params[i] = types.NewParam(0, nil, "", v.Type())
	}
	context := types.NewNamed(types.NewTypeName(0, types.NewPackage("context", "context"), "Context", nil), types.NewInterfaceType(nil, nil), nil)
	params = slices.Insert(params, after, types.NewParam(0, nil, "", context))
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())
}

// SameSignature reports whether two signatures take and return the same, whatever the names are.
func SameSignature(a, b *types.Signature) bool {
	return SameTypes(a.Params(), b.Params()) && SameTypes(a.Results(), b.Results()) && a.Variadic() == b.Variadic()
}
