package replay

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/calls"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/underway"
)

// Check reports what the bodies of the plan's workflows must not do. It type-checks the functions
// that they reach. A function that is a step is not looked into, nor is one marked
// //instrument:off.
func Check(p *source.Program, planned *plan.Plan) {
	var bodies []source.FuncID
	left := map[source.FuncID]bool{}
	for _, pkg := range planned.Packages {
		for _, b := range pkg.Binds {
			for _, r := range b.Runs {
				bodies = append(bodies, source.FuncID{Path: pkg.Path, Key: "(*" + b.Type + ")." + r.Method})
			}
		}
		for _, s := range pkg.Recorded() {
			left[source.FuncID{Path: pkg.Path, Key: s.Func}] = true
		}
		for _, s := range pkg.Skips {
			if s.Rule == "off" {
				left[source.FuncID{Path: pkg.Path, Key: s.Func}] = true
			}
		}
	}
	graph := calls.New(p)
	for _, id := range bodies {
		underway.Do(underway.Work{Verb: "check", Of: id.Path + "." + id.Key, Off: underway.OffNowhere}, func() {
			w := &walk{program: p, graph: graph, left: left, body: id, seen: map[source.FuncID]bool{id: true}}
			for w.next = []source.FuncID{id}; len(w.next) > 0; w.next = w.next[1:] {
				w.function(w.next[0])
			}
		})
	}
}

// walk is the way through what one body reaches.
type walk struct {
	program *source.Program
	graph   *calls.Graph
	left    map[source.FuncID]bool
	body    source.FuncID
	seen    map[source.FuncID]bool
	next    []source.FuncID

	// Of the function that is being looked at.
	pkg  *source.Package
	info *types.Info
	key  string
}

// function looks at one function of the main modules.
func (w *walk) function(id source.FuncID) {
	listed, own := w.program.Graph.OwnPath(id.Path)
	if !own || len(listed.GoFiles) == 0 {
		return
	}
	w.pkg, w.info = w.graph.TypeCheck(listed)
	w.key = id.Key
	for _, file := range w.pkg.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if obj, ok := w.info.Defs[fn.Name].(*types.Func); ok && source.IDOf(obj) == id {
				ast.Inspect(fn.Body, w.node)
			}
		}
	}
}

// node looks at a node of a body, and returns whether to look at what is in it.
func (w *walk) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		return w.call(n)
	case *ast.GoStmt:
		w.must(n, "call steps at the same time by workflow.All", "start no goroutine")
	case *ast.SelectStmt:
		w.must(n, "wait by workflow.Wait", "select from no channels")
		return false
	case *ast.SendStmt:
		w.must(n, "signal a run, or publish in a step", "send to no channel")
	case *ast.UnaryExpr:
		if n.Op.String() == "<-" {
			w.must(n, "wait by workflow.Wait", "receive from no channel")
		}
	case *ast.RangeStmt:
		w.ranges(n)
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			w.assigned(x)
		}
	case *ast.IncDecStmt:
		w.assigned(n.X)
	}
	return true
}

// call looks at a call. What is given to workflow.Record is a step.
func (w *walk) call(n *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(w.info, n).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return true
	}
	fn = fn.Origin()
	path, name := fn.Pkg().Path(), fn.Name()
	if path == plan.WorkflowPath {
		if name != "Record" {
			return true
		}
		for _, arg := range n.Args[:min(3, len(n.Args))] {
			ast.Inspect(arg, w.node)
		}
		return false
	}
	if remedy := forbidden(fn); remedy != "" {
		w.must(n, remedy, "not call %s", spelled(fn))
		return true
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return true // which function that is, is decided at run time
	}
	if id := source.IDOf(fn); !w.left[id] && !w.seen[id] {
		w.seen[id] = true
		w.next = append(w.next, id)
	}
	return true
}

// ranges looks at a loop. The order of a map matters where the loop calls something of the main
// modules' or of a run.
func (w *walk) ranges(n *ast.RangeStmt) {
	t := w.info.TypeOf(n.X)
	if t == nil {
		return
	}
	switch t.Underlying().(type) {
	case *types.Chan:
		w.must(n, "wait by workflow.Wait", "receive from no channel")
	case *types.Map:
		calls := false
		ast.Inspect(n.Body, func(inner ast.Node) bool {
			if call, ok := inner.(*ast.CallExpr); ok {
				fn, _ := typeutil.Callee(w.info, call).(*types.Func)
				calls = calls || fn != nil && fn.Pkg() != nil && (fn.Pkg().Path() == plan.WorkflowPath || w.own(fn))
			}
			return !calls
		})
		if calls {
			w.must(n, "range over its sorted keys, by slices.Sorted(maps.Keys(m))", "not make calls in the order of a map")
		}
	}
}

func (w *walk) own(fn *types.Func) bool {
	_, own := w.program.Graph.OwnPath(fn.Pkg().Path())
	return own
}

// assigned looks at what is assigned to: a variable of a package has another value the next time.
func (w *walk) assigned(x ast.Expr) {
	var id *ast.Ident
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		if of, ok := x.X.(*ast.Ident); ok {
			if _, isPackage := w.info.Uses[of].(*types.PkgName); isPackage {
				id = x.Sel
			}
		}
	}
	if id == nil {
		return
	}
	if v, ok := w.info.Uses[id].(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		w.must(x, "keep it in a variable of the function, or write it in a step", "not write variable %s of its package", v.Name())
	}
}

// must reports something that the body must not do.
func (w *walk) must(n ast.Node, remedy, format string, args ...any) {
	format = "workflow %s must " + format + ", because it runs again after an interruption"
	args = slices.Insert(args, 0, any(w.body.Key))
	if w.key != w.body.Key {
		format = "workflow %s must " + format[len("workflow %s must "):] + ": it reaches %s"
		args = append(args, w.key)
	}
	w.program.Findings.At(n.Pos(), remedy, format, args...)
}
