package analysis

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// function is one join point: a declared function or method of a checked package, tests and rule files aside.
type function struct {
	p    *Program
	pkg  *checked
	file *ast.File
	decl *ast.FuncDecl
	obj  *types.Func
	recv *types.TypeName // declared receiver type, nil for functions
	key  string          // "Place", "Service.Get", "(*Service).Place"
}

// functions returns the declared functions of a package, in the order of its files.
func functionsOf(p *Program, pkg *checked) []*function {
	var list []*function
	for _, file := range pkg.files {
		for _, decl := range file.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			obj, ok := pkg.info.Defs[fd.Name].(*types.Func)
			if !ok {
				continue
			}
			list = append(list, &function{p: p, pkg: pkg, file: file, decl: fd, obj: obj, recv: receiver(obj), key: keyOf(obj)})
		}
	}
	return list
}

func (f *function) pos() token.Position { return f.p.position(f.decl.Pos()) }

func (f *function) filename() string { return f.p.position(f.file.Package).Filename }

func (f *function) exported() bool {
	return f.obj.Exported() && (f.recv == nil || f.recv.Exported())
}

// receiver returns the type name of a method's receiver, or nil.
func receiver(f *types.Func) *types.TypeName {
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

// keyOf names a function in its package, without type parameters.
func keyOf(f *types.Func) string {
	recv := receiver(f)
	switch {
	case recv == nil:
		return f.Name()
	case isPointer(f.Signature().Recv().Type()):
		return "(*" + recv.Name() + ")." + f.Name()
	}
	return recv.Name() + "." + f.Name()
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// spanName is "Type.Method" or "pkg.Func".
func (f *function) spanName() string {
	if f.recv != nil {
		return f.recv.Name() + "." + f.obj.Name()
	}
	return f.pkg.listed.Name + "." + f.obj.Name()
}

// symbol names the function as runtime.FuncForPC does.
func (f *function) symbol() string {
	path := f.pkg.listed.PkgPath
	if f.pkg.listed.Name == "main" {
		path = "main"
	}
	name := f.key
	if f.recv != nil && f.obj.Signature().RecvTypeParams().Len() > 0 {
		name = strings.Replace(name, f.recv.Name(), f.recv.Name()+"[...]", 1)
	}
	if f.obj.Signature().TypeParams().Len() > 0 {
		name += "[...]"
	}
	return escapeSymbol(path) + "." + name
}

// escapeSymbol escapes an import path as the linker's symbol names do: dots in the last element, quotes, percent signs and
// control or non-ASCII bytes become %xx.
func escapeSymbol(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c <= ' ' || c == '%' || c == '"' || c >= 0x7f || c == '.' && i > slash:
			const hex = "0123456789abcdef"
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isContext(t types.Type) bool { return isNamed(t, "context", "Context") }

func isRequest(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	return ok && isNamed(ptr.Elem(), "net/http", "Request")
}

// contextIndex returns the index of the first parameter of type context.Context, or -1.
func contextIndex(sig *types.Signature) int { return parameter(sig, isContext) }

func parameter(sig *types.Signature, is func(types.Type) bool) int {
	for i := range sig.Params().Len() {
		if is(sig.Params().At(i).Type()) {
			return i
		}
	}
	return -1
}

// isHandler reports whether sig is func(http.ResponseWriter, *http.Request).
func isHandler(sig *types.Signature) bool {
	return sig.Params().Len() == 2 && sig.Results().Len() == 0 && !sig.Variadic() &&
		isNamed(sig.Params().At(0).Type(), "net/http", "ResponseWriter") && isRequest(sig.Params().At(1).Type())
}

// entry says what holds the function's context.
func (f *function) entry() (Entry, int) {
	sig := f.obj.Signature()
	if isHandler(sig) {
		return EntryHTTP, 1
	}
	if i := contextIndex(sig); i >= 0 {
		return EntryContext, i
	}
	if i := parameter(sig, isRequest); i >= 0 {
		if f.keepsRequest(i) {
			return EntryParent, i
		}
		return EntryRequest, i
	}
	return EntryNone, -1
}

// stream describes a result whose work goes on after the function returned, or returns "".
func stream(t types.Type) string {
	if isError(t) {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "a channel"
	case *types.Signature:
		return "a function, such as an iterator"
	case *types.Pointer:
		if isNamed(u.Elem(), "net/http", "Response") {
			return "a response whose body is read later"
		}
	}
	if hasMethod(t, "Read", "func(p []byte) (n int, err error)") {
		return "a reader"
	}
	if hasMethod(t, "Next", "func() bool") {
		return "an iterator"
	}
	return ""
}

func hasMethod(t types.Type, name, signature string) bool {
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
