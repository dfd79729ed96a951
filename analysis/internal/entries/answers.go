package entries

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Answers reports whether a function answers requests, as a rule for handlers means it. The
// signature says so, unless it has more parameters than a handler: generated routers call such
// functions with what a path holds, and handlers call others to write a part of a response, where a
// recovered panic or a deadline of their own would let the handler go on with a response that is
// over. A declared function with more parameters answers if
//   - the program uses it as a value, such as one that an adapter is given;
//   - it implements a method of an interface that a generator wrote, or that another module has;
//   - all calls of it are the whole of a function literal: func(w, r) { item(w, r, r.PathValue("id")) }.
//
// None does that is given the next handler: it is middleware.
func (l *List) Answers(f *source.Func) bool {
	sig := f.Obj.Signature()
	own := 1 // parameters of a handler
	if signature.IsHandler(sig) {
		own = 2
	} else if l.find(sig) == nil {
		return false
	}
	if f.Literal != nil || sig.Params().Len() == own {
		return true
	}
	known, ok := l.answers[f.Obj]
	if !ok {
		known = !l.passes(sig, own) && (l.implements(f) || l.given(f))
		if l.answers == nil {
			l.answers = map[*types.Func]bool{}
		}
		l.answers[f.Obj] = known
	}
	return known
}

// passes reports whether a parameter after those of a handler is a handler.
func (l *List) passes(sig *types.Signature, own int) bool {
	for i := own; i < sig.Params().Len(); i++ {
		t := sig.Params().At(i).Type()
		if next, ok := t.Underlying().(*types.Signature); ok && l.Handles(next) || signature.IsNamed(t, "net/http", "Handler") {
			return true
		}
	}
	return false
}

// given reports whether the program uses a function as a value, or calls it in literals that do
// nothing else. Names are compared, and not what they refer to, which would need the types of all
// bodies: a variable of the name may make the function a handler.
func (l *List) given(f *source.Func) bool {
	u := uses{of: f.Obj}
	for _, listed := range l.program.Graph.Own {
		if l.program.Mention(listed, f.Obj.Name()) {
			for _, file := range l.program.Types.Check(listed).Files {
				u.read(file, listed.PkgPath == f.Obj.Pkg().Path())
			}
		}
	}
	return u.value || u.whole && !u.part
}

// uses is how a program uses a function.
type uses struct {
	of    *types.Func
	value bool // other than by a call
	whole bool // by a call that is all of a function literal
	part  bool // by another call
}

// read reads a file, of the function's package or of another one.
func (u *uses) read(file *ast.File, own bool) {
	whole := map[ast.Node]bool{} // calls that are all of a literal
	seen := map[*ast.Ident]bool{}
	plain := own && u.of.Signature().Recv() == nil // the function goes by its name alone
	name := func(id *ast.Ident) bool {
		fresh := id.Name == u.of.Name() && !seen[id]
		seen[id] = true
		return fresh
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if len(n.Body.List) == 1 {
				whole[only(n.Body.List[0])] = true
			}
		case *ast.FuncDecl:
			seen[n.Name] = true
		case *ast.Field:
			for _, id := range n.Names {
				seen[id] = true
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				seen[id] = true
			}
		case *ast.CallExpr:
			if id, selected := callee(n); id != nil && selected != plain && name(id) {
				u.whole = u.whole || whole[n]
				u.part = u.part || !whole[n]
			}
		case *ast.SelectorExpr:
			u.value = name(n.Sel) && !plain || u.value
		case *ast.Ident:
			u.value = name(n) && plain || u.value
		}
		return true
	})
}

// only returns the expression that a statement is, nil for another statement.
func only(s ast.Stmt) ast.Expr {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return s.X
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			return s.Results[0]
		}
	}
	return nil
}

// callee returns the name of what is called, and whether it is selected from something; nil for
// what has none.
func callee(call *ast.CallExpr) (id *ast.Ident, selected bool) {
	switch fun := plan.Called(call).(type) {
	case *ast.Ident:
		return fun, false
	case *ast.SelectorExpr:
		return fun.Sel, true
	}
	return nil, false
}

// implements reports whether a method is one of an interface that a generator wrote, or that a
// package of another module declares which the method's package imports.
func (l *List) implements(f *source.Func) bool {
	if f.Recv == nil {
		return false
	}
	for _, listed := range l.program.Graph.Own {
		if l.program.Mention(listed, f.Obj.Name()) && slices.ContainsFunc(generated(l.program.Types.Check(listed)), has(f.Obj)) {
			return true
		}
	}
	for _, imported := range f.Pkg.Types.Imports() {
		if _, own := l.program.Graph.OwnPath(imported.Path()); own {
			continue
		}
		for _, name := range imported.Scope().Names() {
			if has(f.Obj)(imported.Scope().Lookup(name)) {
				return true
			}
		}
	}
	return false
}

// generated returns the objects that the generated files of a package declare by a type.
func generated(pkg *source.Package) (list []types.Object) {
	for _, file := range pkg.Files {
		if !ast.IsGenerated(file) {
			continue
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					list = append(list, pkg.Info.Defs[spec.Name])
				}
			}
		}
	}
	return list
}

// has reports whether an object is an interface type with a method of the name and the signature of
// f.
func has(f *types.Func) func(types.Object) bool {
	return func(obj types.Object) bool {
		name, ok := obj.(*types.TypeName)
		if !ok {
			return false
		}
		iface, ok := name.Type().Underlying().(*types.Interface)
		if !ok {
			return false
		}
		m := signature.MethodNamed(iface, f.Name())
		return m != nil && signature.SameSignature(m.Signature(), f.Signature())
	}
}
