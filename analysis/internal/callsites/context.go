package callsites

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/astutil"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// This file finds the context that is in scope where a statement stands: that of the innermost
// function around it that has one, as its name is understood there.

// scopes finds what names mean where calls and go statements stand.
type scopes struct{ *packagePlanner }

var noContext = refusal{"it must be in a function that has a context", narrow}

// holder is a parameter with a context, and how to get that.
type holder struct {
	v     *types.Var
	entry *plan.Entry
	by    *plan.ContextVar // what returns it; nil if the parameter is the context, or has a method Context
}

// contextAt returns the context in scope at a node, as an expression, or why there is none.
func (p scopes) contextAt(file *ast.File, node ast.Node) (string, refusal) {
	path, _ := astutil.PathEnclosingInterval(file, node.Pos(), node.End())
	for i, n := range path {
		sig := p.signatureOf(n)
		if sig == nil {
			continue
		}
		h := p.holderOf(sig)
		if h == nil {
			continue
		}
		v, r := p.meant(h.v, node.Pos())
		if r.any() {
			return "", r
		}
		if r := p.settled(path[:i+1], v, node); r.any() {
			return "", r
		}
		if h.by != nil && h.by.Field != "" && goes(path[:i]) {
			return "", refusal{fmt.Sprintf("its context must not be read from %s on a goroutine that may outlive the handler, when a framework uses it again", v.Name()),
				"give the function literal a parameter with the context"}
		}
		switch {
		case h.by != nil:
			return p.contextVar(h.by) + "(" + v.Name() + ")", refusal{}
		case h.entry.Holds == plan.HoldsContext:
			return v.Name(), refusal{}
		}
		return v.Name() + ".Context()", refusal{}
	}
	return "", noContext
}

// signatureOf returns the signature of a node that is a function, or nil.
func (p scopes) signatureOf(n ast.Node) *types.Signature {
	switch n := n.(type) {
	case *ast.FuncLit:
		sig, _ := p.info.TypeOf(n).(*types.Signature)
		return sig
	case *ast.FuncDecl:
		if fn, ok := p.info.Defs[n.Name].(*types.Func); ok {
			return fn.Signature()
		}
	}
	return nil
}

// holderOf returns the parameter that has the context of functions of a signature, nil for none. A
// blank one cannot be named.
func (p scopes) holderOf(sig *types.Signature) *holder {
	h := &holder{}
	entry, i := signature.Entry(sig, nil)
	f := &source.Func{Program: p.program, Pkg: p.pkg, Obj: types.NewFunc(token.NoPos, p.checked, "", sig)}
	if e, declared, param := p.rules.Entries.Of(f); e != nil {
		entry, i, h.by = e, param, &plan.ContextVar{Ref: declared.Ref, Field: "Context"}
	} else if entry == plan.EntryRequest { // the caller may give nil
		h.by = &plan.ContextVar{Ref: plan.Ref{Path: plan.HTTPPath, Pkg: "httphooks", Name: "ContextOf"}}
	}
	if i < 0 {
		return nil
	}
	if h.v = sig.Params().At(i); h.v.Name() == "" || h.v.Name() == "_" {
		return nil
	}
	h.entry = entry
	return h
}

// contextVar returns the name of the variable that holds what returns a context. Without a name of
// its own it is called after its package.
func (p scopes) contextVar(by *plan.ContextVar) string {
	for _, have := range p.out.Contexts {
		if have.Ref == by.Ref && have.Field == by.Field {
			return have.Name
		}
	}
	v := *by
	v.Name = p.names.Fresh(cmp.Or(by.Name, "instrument"+plan.UpperFirst(strings.TrimSuffix(by.Ref.Pkg, "hooks"))+"Context"))
	p.out.Contexts = append(p.out.Contexts, v)
	return v.Name
}

// meant returns the variable that the name of another one means at a place: one declared further
// inside, of the same type, is the closer context.
func (p scopes) meant(v *types.Var, pos token.Pos) (*types.Var, refusal) {
	scope := p.scope().Innermost(pos)
	if scope == nil {
		return nil, unknown
	}
	_, obj := scope.LookupParent(v.Name(), pos)
	found, ok := obj.(*types.Var)
	if !ok || !types.Identical(found.Type(), v.Type()) {
		return nil, refusal{fmt.Sprintf("its context %s must not be hidden by another %s", v.Name(), v.Name()), "rename one of them"}
	}
	return found, refusal{}
}

// settled refuses a variable that may have no value yet, or that may be assigned while the node
// reads it: by a function literal that may run at the same time as its function. The path leads
// from the node to the function whose parameter has the name.
func (p scopes) settled(path []ast.Node, v *types.Var, node ast.Node) refusal {
	var owner ast.Node     // the function that declares the variable
	var apart *ast.FuncLit // the outermost literal in it, around the node, that may run at the same time
	for i, n := range path {
		if p.signatureOf(n) == nil {
			continue
		}
		if n.Pos() <= v.Pos() && v.Pos() < n.End() {
			owner = n
			break
		}
		if lit, ok := n.(*ast.FuncLit); ok && !calledHere(path[i:]) {
			apart = lit
		}
	}
	if owner == nil {
		return unknown
	}
	w := &writes{info: p.info, v: v, apart: apart, node: node}
	w.visit(owner)
	switch {
	case w.empty || isResult(p.signatureOf(owner), v):
		return refusal{fmt.Sprintf("its context %s must have a value where it is declared", v.Name()), "give it one"}
	case w.racing:
		return refusal{fmt.Sprintf("its context %s must not be assigned while the function literal may run", v.Name()),
			"declare another variable in place of the assignment"}
	}
	return refusal{}
}

// goes reports whether one of the functions on a path to the outside is started on a goroutine of
// its own: by a go statement, or as an argument of what is called Go, as that of an errgroup.
func goes(path []ast.Node) bool {
	for i, n := range path {
		switch n := n.(type) {
		case *ast.GoStmt:
			return true
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if ok && i > 0 && slices.Contains([]string{"AfterFunc", "Go", "Submit", "TryGo"}, sel.Sel.Name) && isArgument(n, path[i-1]) {
				return true
			}
		}
	}
	return false
}

func isArgument(call *ast.CallExpr, n ast.Node) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return arg == n })
}

func isResult(sig *types.Signature, v *types.Var) bool {
	for result := range sig.Results().Variables() {
		if result == v {
			return true
		}
	}
	return false
}

// calledHere reports whether a function literal, which is the first node of a path to the outside,
// is called where it stands or deferred, and so runs on the goroutine of its function.
func calledHere(path []ast.Node) bool {
	lit := path[0].(ast.Expr)
	for i, n := range path[1:] {
		switch n := n.(type) {
		case *ast.ParenExpr:
			continue
		case *ast.CallExpr:
			_, spawned := path[i+2].(*ast.GoStmt)
			return !spawned && ast.Unparen(n.Fun) == lit
		}
		return false
	}
	return false
}

// writes finds what assigns a variable.
type writes struct {
	info  *types.Info
	v     *types.Var
	apart *ast.FuncLit // that reads the variable, and may run at the same time; nil if nothing does
	node  ast.Node     // that reads it

	empty  bool // the variable is declared without a value
	racing bool // an assignment may come while the variable is read
}

// visit visits the function that declares the variable.
func (w *writes) visit(owner ast.Node) {
	jumps := false // backwards, perhaps
	var path, found []ast.Node
	ast.Inspect(owner, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, name := range n.Names {
				w.empty = w.empty || w.info.Defs[name] == w.v && len(n.Values) == 0
			}
		case *ast.BranchStmt:
			jumps = jumps || n.Tok == token.GOTO
		}
		if w.assigns(n) {
			found = append(found, n)
			w.racing = w.racing || !w.before(path)
		}
		return true
	})
	w.racing = w.racing || jumps && w.apart != nil && len(found) > 0
}

// assigns reports whether a node assigns the variable, or lets others do so.
func (w *writes) assigns(n ast.Node) bool {
	is := func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && w.info.Uses[id] == w.v
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			if is(x) {
				return true
			}
		}
	case *ast.RangeStmt:
		return n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
	case *ast.UnaryExpr:
		return n.Op == token.AND && is(n.X)
	}
	return false
}

// before reports whether an assignment, the last node of a path from the variable's function, has
// been made when the variable is read.
func (w *writes) before(path []ast.Node) bool {
	last := path[len(path)-1]
	for _, n := range path[1:] {
		if lit, ok := n.(*ast.FuncLit); ok {
			return w.apart == nil && lit.Pos() <= w.node.Pos() && w.node.End() <= lit.End()
		}
		loops := false
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			loops = n.Pos() > w.v.Pos() || w.v.Pos() >= n.End() // else each turn has a variable of its own
		}
		if loops && w.apart != nil && n.Pos() <= w.apart.Pos() && w.apart.End() <= n.End() {
			return false
		}
	}
	return w.apart == nil || last.End() <= w.apart.Pos()
}
