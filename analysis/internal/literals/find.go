package literals

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Find returns the function literals of a package that handles accepts and that the program keeps
// or passes on, in the order of the source. Those that are called where they stand are part of
// their function, and generated files hold none. Bodies are type-checked only if a literal may be
// one, as its file shows.
func Find(p *source.Program, pkg *source.Package, handles func(*types.Signature) bool) []*source.Func {
	f := &finder{p: p, pkg: pkg, handles: handles}
	if !f.mayHold() {
		return nil
	}
	info, _ := p.Types.Bodies(pkg)
	return In(p, pkg, info, handles)
}

// In is [Find] where bodies have been type-checked.
func In(p *source.Program, pkg *source.Package, info *types.Info, handles func(*types.Signature) bool) []*source.Func {
	f := &finder{p: p, pkg: pkg, handles: handles, info: info, goNames: goNames(pkg, info)}
	f.eachFile(f.file)
	number(f.found)
	return f.found
}

// finder finds the literals of one package.
type finder struct {
	p       *source.Program
	pkg     *source.Package
	handles func(*types.Signature) bool
	info    *types.Info // of bodies
	goNames map[*ast.FuncLit]string
	found   []*source.Func
}

func (f *finder) eachFile(visit func(*ast.File)) {
	for _, file := range f.pkg.Files {
		if !ast.IsGenerated(file) && !directive.IsTest(f.p.Position(file.Package).Filename) {
			visit(file)
		}
	}
}

// mayHold reports whether a file may hold a handler, by the types that literals are written with.
// Where a body declares types of its own, what it writes may mean anything.
func (f *finder) mayHold() bool {
	found := false
	f.eachFile(func(file *ast.File) {
		redeclares := false
		ast.Inspect(file, func(n ast.Node) bool {
			if decl, ok := n.(*ast.DeclStmt); ok {
				gen, ok := decl.Decl.(*ast.GenDecl)
				redeclares = redeclares || ok && gen.Tok == token.TYPE
			}
			return true
		})
		plan.EachLiteral(file, func(_ plan.Literal, lit *ast.FuncLit, _ []ast.Node) {
			if found || lit.Type.Params.NumFields() == 0 {
				return
			}
			sig := f.atFile(file, lit)
			found = sig == nil || redeclares || f.handles(sig)
		})
	})
	return found
}

// atFile returns the type of a literal if the names in it mean what they do in its file, and nil if
// one of them means nothing there.
func (f *finder) atFile(file *ast.File, lit *ast.FuncLit) *types.Signature {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if err := types.CheckExpr(f.p.Fset, f.pkg.Types, file.Name.End(), lit.Type, info); err != nil {
		return nil
	}
	sig, _ := info.TypeOf(lit.Type).(*types.Signature)
	return sig
}

// file adds the handlers of one file.
func (f *finder) file(file *ast.File) {
	plan.EachLiteral(file, func(at plan.Literal, lit *ast.FuncLit, enclosing []ast.Node) {
		sig, ok := f.info.TypeOf(lit).(*types.Signature)
		if !ok || !f.handles(sig) {
			return
		}
		l := &source.Literal{Literal: at, Node: lit, GoName: f.goNames[lit], Hidden: f.hidden(lit, enclosing[0])}
		key := at.In
		if decl, ok := enclosing[0].(*ast.FuncDecl); ok {
			if decl.Name.Name == "_" {
				return
			}
			l.Holder = f.declared(file, decl)
			key = l.Holder.Key
		}
		l.Route = f.route(enclosing, lit)
		l.Passes = f.passes(lit)
		// What the package's declarations say of a type is the same as what bodies say, and not the same value.
		if same := f.atFile(file, lit); same != nil && signature.SameTypes(same.Params(), sig.Params()) && signature.SameTypes(same.Results(), sig.Results()) {
			sig = same
		}
		key += source.LiteralMark
		if l.Route != "" {
			key += " " + l.Route
		}
		f.found = append(f.found, &source.Func{
			Program: f.p, Pkg: f.pkg, File: file, Key: key, Literal: l,
			Decl: &ast.FuncDecl{Name: &ast.Ident{NamePos: lit.Pos(), Name: "func"}, Type: lit.Type, Body: lit.Body},
			Obj:  types.NewFunc(lit.Pos(), f.pkg.Types, key, sig),
		})
	})
}

// declared returns the function that a file declares so.
func (f *finder) declared(file *ast.File, decl *ast.FuncDecl) *source.Func {
	obj, ok := f.pkg.Info.Defs[decl.Name].(*types.Func)
	if !ok { // init and blank functions have no object
		obj = types.NewFunc(decl.Pos(), f.pkg.Types, decl.Name.Name, types.NewSignatureType(nil, nil, nil, nil, nil, false))
	}
	return &source.Func{Program: f.p, Pkg: f.pkg, File: file, Decl: decl, Obj: obj, Recv: signature.Receiver(obj), Key: signature.Key(obj)}
}

// hidden returns the names that are declared around a literal, other than by its package.
func (f *finder) hidden(lit *ast.FuncLit, decl ast.Node) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		if n == ast.Node(lit) {
			return false
		}
		if id, ok := n.(*ast.Ident); ok {
			if obj := f.info.Defs[id]; obj != nil && obj.Parent() != nil && obj.Parent() != obj.Pkg().Scope() {
				names[id.Name] = true
			}
		}
		return true
	})
	return names
}

// passes reports whether a literal uses a handler that is a parameter of a function around it.
func (f *finder) passes(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		v, ok := f.info.Uses[id].(*types.Var)
		if ok && v.Kind() == types.ParamVar && (v.Pos() < lit.Pos() || v.Pos() >= lit.End()) {
			sig, isFunc := v.Type().Underlying().(*types.Signature)
			found = signature.IsNamed(v.Type(), "net/http", "Handler") || isFunc && f.handles(sig)
		}
		return !found
	})
	return found
}

// number numbers literals with the same key.
func number(found []*source.Func) {
	last := map[string]int{}
	count := map[string]int{}
	for _, f := range found {
		count[f.Key]++
	}
	for _, f := range found {
		if count[f.Key] > 1 {
			last[f.Key]++
			f.Key += numbered(last[f.Key])
		}
	}
}
