package plan

import (
	"go/ast"
	"go/token"
)

// EachGo visits the go statements of a file in the order of the source, the outer ones first. For
// each it gives the key of the function that holds it, as EachCall does, and how many were before
// it in functions with that key.
func EachGo(file *ast.File, visit func(in string, index int, stmt *ast.GoStmt)) {
	seen := map[string]int{}
	eachHolder(file, func(in string, n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if stmt, ok := n.(*ast.GoStmt); ok {
				visit(in, seen[in], stmt)
				seen[in]++
			}
			return true
		})
	})
}

// eachHolder visits the functions of a file and the variables with their initialisers.
func eachHolder(file *ast.File, visit func(in string, n ast.Node)) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			visit(FuncKey(decl), decl)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR {
					visit("var "+spec.Names[0].Name, spec)
				}
			}
		}
	}
}

// EachCall visits the calls in a file that have a name, in the order of the source, the outer ones
// first: of a function or method, which may be that of an import or of a value. For each it gives
// the key of the function that holds it, or "var db" for the initialiser of a variable; the last
// name in what is called; and how many calls with both were before it. A call of a function that
// renamed knows is counted under the name that renamed gives it, so that a file which is woven
// already is counted as its source was.
//
// Calls that are excepted do not count: those of woven go statements, which become others. Neither
// do calls of C functions and of the counters of coverage, because the files that cgo and cover write
// have others.
func EachCall(file *ast.File, renamed map[string]string, except map[*ast.CallExpr]bool, visit func(in, name string, index int, call *ast.CallExpr)) {
	type key struct{ in, name string }
	seen := map[key]int{}
	eachHolder(file, func(in string, n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := Counted(CalledName(call), renamed)
			if name != "" && !except[call] {
				visit(in, name, seen[key{in, name}], call)
				seen[key{in, name}]++
			}
			return true
		})
	})
}

// Counted returns the name under which EachCall counts calls of a name: renamed may give that which
// it gives another one.
func Counted(name string, renamed map[string]string) string {
	for range len(renamed) {
		to, ok := renamed[name]
		if !ok {
			break
		}
		name = to
	}
	return name
}

// CalledName returns the last name in what is called, or "" if the call has none, or does not count
// for EachCall.
func CalledName(call *ast.CallExpr) string {
	switch fun := Called(call).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok && (x.Name == "C" || x.Name == "_cover_atomic_") {
			return ""
		}
		return fun.Sel.Name
	}
	return ""
}

// Called returns what is called, without parentheses and type arguments.
func Called(call *ast.CallExpr) ast.Expr {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		return ast.Unparen(x.X)
	case *ast.IndexListExpr:
		return ast.Unparen(x.X)
	}
	return fun
}

// FuncKey names a declared function in its package: "Place", "Service.Get", "(*Service).Place". It
// is "" in source that does not type-check.
func FuncKey(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	base, pointer := ReceiverBase(fn.Recv.List[0].Type)
	switch {
	case base == nil:
		return ""
	case pointer:
		return "(*" + base.Name + ")." + fn.Name.Name
	}
	return base.Name + "." + fn.Name.Name
}

// ReceiverBase finds the identifier of a receiver's type below parentheses, a star and type
// parameters. It is nil in source that does not type-check.
func ReceiverBase(t ast.Expr) (base *ast.Ident, pointer bool) {
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t, pointer = x.X, true
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x, pointer
		default:
			return nil, pointer
		}
	}
}
