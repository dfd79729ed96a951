package signature

import (
	"go/types"
	"strings"
)

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
			return "a response whose body is read later"
		}
	}
	if HasMethod(t, "Read", "func(p []byte) (n int, err error)") {
		return "a reader"
	}
	if HasMethod(t, "Next", "func() bool") {
		return "an iterator"
	}
	return ""
}

func HasMethod(t types.Type, name, signature string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	m, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	plain := func(tuple *types.Tuple) string {
		var b strings.Builder
		for i := range tuple.Len() {
			b.WriteString(types.TypeString(tuple.At(i).Type(), nil) + ";")
		}
		return b.String()
	}
	sig := m.Signature()
	switch name {
	case "Read":
		return plain(sig.Params()) == "[]byte;" && plain(sig.Results()) == "int;error;"
	default:
		return plain(sig.Params()) == "" && plain(sig.Results()) == "bool;"
	}
}
