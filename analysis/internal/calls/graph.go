package calls

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Graph is the static graph of calls between functions of the main modules. It grows package by package, as a search gets to
// them: planning type-checks no bodies, and this does it only below and above a few sites. Errors in bodies are the
// compiler's to tell; what they hide from the graph is not reported.
type Graph struct {
	Program  *source.Program // a copy, whose findings nobody reads: packages without sites may be checked here for the first time
	exported bool            // the export data of everything that the main modules import is at hand
	packages map[string]*bodies
	bound    map[source.FuncID]*types.Named // the one type that implements an interface, by the interface's name; nil for none or several
}

func New(p *source.Program) *Graph {
	c := *p
	c.Types = p.Types.Quiet()
	return &Graph{Program: &c, packages: map[string]*bodies{}, bound: map[source.FuncID]*types.Named{}}
}

// bodies is what the functions of one package call.
type bodies struct {
	checked  *source.Package
	info     *types.Info                   // while they are read
	order    []source.FuncID               // the functions that call something, in the order of the source
	declared map[source.FuncID]*types.Func // what they are; nothing for what stands outside all functions
	funcs    map[source.FuncID][]Call      // in the order of the source
	values   map[source.FuncID]bool        // functions that are named without being called: who calls them is unknown
}

// Call is one call in a body, or in a function literal of it.
type Call struct {
	to      *types.Func
	id      source.FuncID   // of to; none for a method of an interface
	through *types.TypeName // the declared interface that the method is called on, if it has a name
	Fails   bool            // a failure of it can be one of the caller: it runs with the caller, and its error is looked at
	Carries bool            // its context ends when the caller's does
}

// Check returns a package of the main modules, type-checked without bodies.
func (c *Graph) Check(listed *packages.Package) *source.Package {
	if done := c.Program.Types.Done[listed.PkgPath]; done != nil {
		return done
	}
	if !c.exported {
		c.exported = true
		need := map[string]bool{}
		for _, pkg := range c.Program.Graph.Listed {
			if c.Program.Graph.IsOwn(pkg) || c.Program.Graph.FromSource(pkg) {
				for _, dep := range pkg.Imports {
					need[dep.PkgPath] = len(dep.Errors) == 0 && !c.Program.Graph.FromSource(dep)
				}
			}
		}
		var paths []string
		for path, needed := range need {
			if needed {
				paths = append(paths, path)
			}
		}
		slices.Sort(paths)
		_ = c.Program.Types.Export(paths) // what is missing then hides its callers
	}
	return c.Program.Types.Check(listed)
}

// bodies returns the calls of a package, nil for one outside the main modules.
func (c *Graph) bodies(path string) *bodies {
	if b, ok := c.packages[path]; ok {
		return b
	}
	c.packages[path] = nil
	listed, own := c.Program.Graph.OwnPath(path)
	if !own || len(listed.GoFiles) == 0 {
		return nil
	}
	b := &bodies{declared: map[source.FuncID]*types.Func{}, funcs: map[source.FuncID][]Call{}, values: map[source.FuncID]bool{}}
	b.checked, b.info = c.TypeCheck(listed)
	for _, file := range b.checked.Files {
		for _, decl := range file.Decls {
			b.declaration(decl, source.FuncID{Path: path}, func(path string) bool { _, own := c.Program.Graph.OwnPath(path); return own })
		}
	}
	b.info = nil // as large as the source, and told
	c.packages[path] = b
	return b
}

// TypeCheck returns a package of the main modules, and what its bodies mean.
func (c *Graph) TypeCheck(listed *packages.Package) (*source.Package, *types.Info) {
	pkg := c.Check(listed)
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{
		Importer:    source.ImporterFunc(func(path string) (*types.Package, error) { return c.Program.Types.Import(pkg, path) }),
		FakeImportC: true,
		Sizes:       types.SizesFor("gc", "amd64"),
		Error:       func(error) {},
	}
	if listed.Module != nil && listed.Module.GoVersion != "" {
		conf.GoVersion = "go" + listed.Module.GoVersion
	}
	_, _ = conf.Check(listed.PkgPath, c.Program.Fset, pkg.Files, info)
	return pkg, info
}

// declaration adds what a declaration calls and names.
func (b *bodies) declaration(decl ast.Decl, id source.FuncID, own func(path string) bool) {
	w := &bodyWalk{bodies: b, called: map[*ast.Ident]bool{}}
	if f, ok := decl.(*ast.FuncDecl); ok {
		obj, ok := b.info.Defs[f.Name].(*types.Func)
		if !ok || f.Body == nil {
			return
		}
		id = source.IDOf(obj)
		b.declared[id] = obj
		w.deadlines = newDeadlines(b.info, obj.Signature(), f.Body, own)
	}
	ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if call, ok := w.call(n, stack); ok {
				if b.funcs[id] == nil {
					b.order = append(b.order, id)
				}
				b.funcs[id] = append(b.funcs[id], call)
			}
		case *ast.Ident:
			if fn, ok := b.info.Uses[n].(*types.Func); ok && !w.called[n] && fn.Pkg() != nil {
				b.values[source.IDOf(fn.Origin())] = true
			}
		}
		return true
	})
}

// bodyWalk visits one declaration.
type bodyWalk struct {
	*bodies
	called    map[*ast.Ident]bool // names of called functions
	deadlines *deadlines
}

// call returns a call of a function or method that has a name.
func (w *bodyWalk) call(n *ast.CallExpr, stack []ast.Node) (Call, bool) {
	fn, ok := typeutil.Callee(w.info, n).(*types.Func)
	if !ok || fn.Pkg() == nil { // a builtin, a variable, or error.Error
		return Call{}, false
	}
	fn = fn.Origin()
	made := Call{to: fn, Fails: fails(w.info, n, fn, stack), Carries: w.deadlines.carried(n)}
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		w.called[fun] = true
	case *ast.SelectorExpr:
		w.called[fun.Sel] = true
	case *ast.IndexExpr, *ast.IndexListExpr:
		ast.Inspect(fun, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && w.info.Uses[id] == types.Object(fn) {
				w.called[id] = true
			}
			return true
		})
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		made.through = interfaceOf(w.info, n)
	} else {
		made.id = source.IDOf(fn)
	}
	return made, true
}

// interfaceOf returns the declared interface type that a method is called on, nil for one without a name or with type
// arguments, and for a type parameter.
func interfaceOf(info *types.Info, n *ast.CallExpr) *types.TypeName {
	sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	t := types.Unalias(info.TypeOf(sel.X))
	if s := info.Selections[sel]; s != nil && t != nil && !types.IsInterface(t) { // through an embedded interface
		t = types.Unalias(s.Obj().(*types.Func).Signature().Recv().Type())
	}
	named, ok := t.(*types.Named)
	if !ok || !types.IsInterface(named) || named.TypeArgs().Len() > 0 {
		return nil
	}
	return named.Obj()
}

// fails reports whether a failure of the call can become its caller's. It cannot where nothing looks at its error, in a
// goroutine, and in a function literal that runs at another time. A literal that is called on the spot, or handed to a
// function that returns an error as it does itself, as to one that runs a transaction, is taken to run with the caller.
func fails(info *types.Info, n *ast.CallExpr, fn *types.Func, stack []ast.Node) bool {
	if !signature.ReturnsError(fn.Signature()) {
		return false
	}
	var inner ast.Node = n
	for _, outer := range slices.Backward(stack) {
		if _, ok := outer.(*ast.ParenExpr); ok {
			continue
		}
		call, isCall := outer.(*ast.CallExpr)
		if lit, ok := inner.(*ast.FuncLit); ok && (!isCall || !runsNow(info, lit, call)) {
			return false
		}
		switch outer := outer.(type) {
		case *ast.GoStmt, *ast.DeferStmt, *ast.ExprStmt:
			return false
		case *ast.AssignStmt:
			if inner, ok := inner.(*ast.CallExpr); ok && len(outer.Rhs) == 1 && dropsError(info, outer.Lhs, inner) {
				return false
			}
		}
		inner = outer
	}
	return true
}

// runsNow reports whether a literal in a call runs before the call returns, and its error is one of the call's.
func runsNow(info *types.Info, lit *ast.FuncLit, call *ast.CallExpr) bool {
	if ast.Unparen(call.Fun) == lit {
		return true
	}
	literal, _ := info.TypeOf(lit).(*types.Signature)
	taker, _ := info.TypeOf(call.Fun).(*types.Signature)
	return literal != nil && taker != nil && signature.ReturnsError(literal) && signature.ReturnsError(taker)
}

// dropsError reports whether a call's results are assigned without the last error among them.
func dropsError(info *types.Info, left []ast.Expr, call *ast.CallExpr) bool {
	sig, ok := info.TypeOf(call.Fun).(*types.Signature)
	if !ok {
		return false
	}
	for i := sig.Results().Len() - 1; i >= 0 && i < len(left); i-- {
		if signature.IsError(sig.Results().At(i).Type()) {
			id, ok := left[i].(*ast.Ident)
			return ok && id.Name == "_"
		}
	}
	return false
}
