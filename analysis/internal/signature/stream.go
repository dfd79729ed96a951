package signature

import (
	"go/types"
	"strings"
)

// Response is what [Stream] says of a response of net/http. A pack may say how to understand one.
const Response = "a response whose body is read later"

// Stream describes a result whose work continues after the function has returned, or returns "".
func Stream(t types.Type) string {
	if IsError(t) {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "a channel"
	case *types.Signature:
		return "a function, such as an iterator"
	case *types.Pointer:
		if IsNamed(u.Elem(), "net/http", "Response") {
			return Response
		}
	}
	if IsReader(t) {
		return "a reader"
	}
	if IsIterator(t) {
		return "an iterator"
	}
	return ""
}

// IsReader reports whether the type has the method of io.Reader.
func IsReader(t types.Type) bool { return hasMethod(t, "Read", "[]byte;", "int;error;") }

// IsIterator reports whether the type has a method Next() bool, as sql.Rows has.
func IsIterator(t types.Type) bool { return hasMethod(t, "Next", "", "bool;") }

// hasMethod reports whether the type has a method with these types of parameters and results, each
// followed by a semicolon.
func hasMethod(t types.Type, name, params, results string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	m, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	list := func(tuple *types.Tuple) string {
		var b strings.Builder
		for v := range tuple.Variables() {
			b.WriteString(types.TypeString(v.Type(), nil) + ";")
		}
		return b.String()
	}
	return list(m.Signature().Params()) == params && list(m.Signature().Results()) == results
}
