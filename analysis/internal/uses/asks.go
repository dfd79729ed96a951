package uses

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// asks notes the package's calls that need abilities.
func (r *usedPackage) asks() {
	for _, file := range r.files {
		for _, decl := range file.Decls {
			b := &usedBody{usedPackage: r, aliases: map[types.Object]ast.Expr{}}
			b.prepare(decl)
			ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					b.ask(n, stack)
				case *ast.BinaryExpr:
					b.compare(n)
				}
				return true
			})
		}
	}
}

// usedBody is a declaration that is read.
type usedBody struct {
	*usedPackage
	aliases map[types.Object]ast.Expr // what a variable is that is set once, where it is declared
	looked  []usedBinding             // bindings whose abilities the body asks for
}

// prepare finds variables that only stand for something else, and the bindings whose abilities are looked at.
func (b *usedBody) prepare(decl ast.Decl) {
	set := map[types.Object]int{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				id, ok := left.(*ast.Ident)
				if !ok {
					continue
				}
				obj := b.info.Defs[id]
				if obj == nil {
					obj = b.info.Uses[id]
				}
				set[obj]++
				switch {
				case n.Tok != token.DEFINE:
				case len(n.Lhs) == len(n.Rhs):
					b.aliases[obj] = n.Rhs[i]
				case i == 0: // the first result of a call, such as that of Open
					b.aliases[obj] = n.Rhs[0]
				}
			}
		case *ast.UnaryExpr:
			if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
				set[b.info.Uses[id]]++ // may be set through the pointer
			}
		}
		return true
	})
	for obj, times := range set {
		if times != 1 {
			delete(b.aliases, obj)
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if kind, _, fn := b.effect(call); kind != "" && fn.Name() == "Abilities" && fn.Signature().Recv() != nil {
			list, _ := b.targets(kind, calledOn(call))
			b.looked = append(b.looked, list...)
		}
		return true
	})
}

// ask notes what one call needs.
func (b *usedBody) ask(call *ast.CallExpr, stack []ast.Node) {
	kind, e, fn := b.effect(call)
	if fn == nil {
		return
	}
	var of ast.Expr
	name := fn.Name()
	switch {
	case kind == "": // a method of a local interface, if it is that of a field
		bound, ok := b.field(calledOn(call))
		if !ok || fn.Signature().Recv() == nil {
			return
		}
		kind, of = bound.kind, calledOn(call)
		e = askedOf[kind][portableType[kind]+"."+name]
	case fn.Signature().Recv() != nil:
		of = calledOn(call)
	default:
		name = fn.Pkg().Name() + "." + name
		switch {
		case e.argument:
			of = call.Args[0]
		case e.opens:
			of = call
		default: // an option of the call around it
			of = b.optionOf(kind, call, stack)
		}
	}
	if e.ability == "" || of == nil {
		return
	}
	b.note(call, kind, name, e, of)
}

// compare notes a comparison of revisions for order, as of fencing tokens: not every store lets them only grow. Which entry a
// revision is of the source hardly tells; it may be one of any kv binding of the package.
func (b *usedBody) compare(x *ast.BinaryExpr) {
	switch x.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return
	}
	t, ok := types.Unalias(b.info.TypeOf(x.X)).(*types.Named)
	if !ok || t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != plan.BindingsPath+"/kv" || t.Obj().Name() != "Revision" {
		return
	}
	a := plan.Ask{Package: b.path, Call: x.Op.String(), Kind: "kv", Ability: "ordered", Soft: true, Pos: b.calls.Program.Position(x.OpPos), Type: "kv.Revision"}
	for _, bound := range slices.Concat(slices.Collect(maps.Values(b.fields)), b.opened) {
		if bound.kind == a.Kind && bound.pkg == b.path {
			a.Names = append(a.Names, bound.name)
		}
	}
	slices.Sort(a.Names)
	if a.Names = slices.Compact(a.Names); len(a.Names) > 0 {
		b.out.Asks = append(b.out.Asks, a)
	}
}

func (b *usedBody) note(call *ast.CallExpr, kind, name string, e effect, of ast.Expr) {
	list, exact := b.targets(kind, of)
	list = slices.DeleteFunc(list, func(t usedBinding) bool { return t.wrapped })
	if len(list) == 0 {
		return
	}
	a := plan.Ask{Package: b.path, Call: name, Kind: kind, Ability: e.ability, Soft: e.soft, Pos: b.calls.Program.Position(place(call))}
	for _, t := range list {
		a.Names = append(a.Names, t.name)
	}
	slices.Sort(a.Names)
	a.Names = slices.Compact(a.Names)
	if !exact {
		a.Type = types.TypeString(b.info.TypeOf(of), func(p *types.Package) string { return p.Name() })
	}
	a.Asked = !slices.ContainsFunc(list, func(t usedBinding) bool { return !slices.Contains(b.looked, t) })
	b.out.Asks = append(b.out.Asks, a)
}

// place is where the called name stands: a chain of calls may begin lines above.
func place(call *ast.CallExpr) token.Pos {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Pos()
	}
	return call.Pos()
}

// calledOn returns what a method is called on, nil for a function.
func calledOn(call *ast.CallExpr) ast.Expr {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

// optionOf returns what the call around an option is about: the receiver of a method of the same kind, or the call of Open
// itself. Options that are kept in a variable are let pass, because the source does not tell where they are used.
func (b *usedBody) optionOf(kind string, option *ast.CallExpr, stack []ast.Node) ast.Expr {
	for i := len(stack) - 1; i >= 0; i-- {
		outer, ok := stack[i].(*ast.CallExpr)
		if !ok {
			continue
		}
		of, e, fn := b.effect(outer)
		switch {
		case fn == nil:
			return nil
		case of == kind && e.opens:
			return outer
		case of == kind && fn.Signature().Recv() != nil:
			return calledOn(outer)
		case of == "" && fn.Signature().Recv() != nil:
			if bound, ok := b.field(calledOn(outer)); ok && bound.kind == kind {
				return calledOn(outer)
			}
		}
		return nil
	}
	return nil
}

// meant returns what a variable stands for that is set once, and any other expression as it is.
func (b *usedBody) meant(x ast.Expr) ast.Expr {
	for range 10 { // no variable stands for itself, but source that does not compile may say so
		x = ast.Unparen(x)
		id, ok := x.(*ast.Ident)
		if !ok {
			break
		}
		from, ok := b.aliases[b.info.Uses[id]]
		if !ok {
			break
		}
		x = from
	}
	return x
}

// field returns the binding that an expression is a field of, and false for anything else.
func (b *usedBody) field(x ast.Expr) (usedBinding, bool) {
	if x == nil {
		return usedBinding{}, false
	}
	if sel, ok := b.meant(x).(*ast.SelectorExpr); ok {
		if s := b.info.Selections[sel]; s != nil && s.Kind() == types.FieldVal {
			bound, ok := b.fields[s.Obj().Pos()]
			return bound, ok
		}
	}
	return usedBinding{}, false
}

// targets returns the bindings that an expression may be, and whether it is one for certain: a field, or what an Open returns.
// Anything else may be every binding of its type.
func (b *usedBody) targets(kind string, x ast.Expr) (list []usedBinding, exact bool) {
	if bound, ok := b.field(x); ok {
		return []usedBinding{bound}, true
	}
	if call, ok := b.meant(x).(*ast.CallExpr); ok {
		if of, e, _ := b.effect(call); e.opens && len(call.Args) > 2 {
			if name := b.constant(call.Args[2]); name != "" {
				return []usedBinding{b.openedBy(of, name, call)}, true
			}
			return nil, false
		}
	}
	of := wholeName(b.info.TypeOf(x))
	for _, bound := range b.fields {
		if bound.kind == kind && bound.of == of {
			list = append(list, bound)
		}
	}
	for _, bound := range b.opened {
		if bound.kind == kind && bound.of == of {
			list = append(list, bound)
		}
	}
	return list, false
}
