package uses

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// asks collects the calls of a package that need abilities.
func (r *reader) asks(b *bodies) {
	for _, file := range b.files {
		for _, decl := range file.Decls {
			d := &declaration{bodies: b, known: r.known, values: map[types.Object]ast.Expr{}}
			d.findValues(decl)
			d.findChecked(decl)
			ast.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					for _, a := range d.ask(n, stack) {
						a.Pos = r.program.Position(place(n))
						r.uses.Asks = append(r.uses.Asks, a)
					}
				case *ast.BinaryExpr:
					if a, ok := d.compare(n); ok {
						a.Pos = r.program.Position(n.OpPos)
						r.uses.Asks = append(r.uses.Asks, a)
					}
				}
				return true
			})
		}
	}
}

// declaration is a declaration of a package, whose calls are traced back to bindings.
type declaration struct {
	*bodies
	known   *bindings
	values  map[types.Object]ast.Expr // of the variables that are set only where they are declared
	checked []binding                 // bindings whose Abilities the declaration calls
}

// findValues finds the variables that are set only where they are declared.
func (d *declaration) findValues(decl ast.Decl) {
	set := map[types.Object]int{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				id, ok := left.(*ast.Ident)
				if !ok {
					continue
				}
				obj := d.info.Defs[id]
				if obj == nil {
					obj = d.info.Uses[id]
				}
				set[obj]++
				switch {
				case n.Tok != token.DEFINE:
				case len(n.Lhs) == len(n.Rhs):
					d.values[obj] = n.Rhs[i]
				case i == 0: // the first result of a call, such as that of Open
					d.values[obj] = n.Rhs[0]
				}
			}
		case *ast.UnaryExpr:
			if id, ok := n.X.(*ast.Ident); ok && n.Op == token.AND {
				set[d.info.Uses[id]]++ // may be set through the pointer
			}
		}
		return true
	})
	for obj, times := range set {
		if times != 1 {
			delete(d.values, obj)
		}
	}
}

// findChecked finds the bindings whose Abilities the declaration calls.
func (d *declaration) findChecked(decl ast.Decl) {
	ast.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if of, _, fn := d.effect(call); of != "" && fn.Name() == "Abilities" && fn.Signature().Recv() != nil {
			list, _ := d.bindings(of, calledOn(call))
			d.checked = append(d.checked, list...)
		}
		return true
	})
}

// ask returns what a call needs, one for each ability.
func (d *declaration) ask(call *ast.CallExpr, stack []ast.Node) []plan.Ask {
	kindName, e, fn := d.effect(call)
	if fn == nil {
		return nil
	}
	of, name := calledOn(call), fn.Name()
	switch {
	case kindName == "": // a method of a local interface, if a field of it is bound
		bound, ok := d.field(of)
		if !ok || fn.Signature().Recv() == nil {
			return nil
		}
		kindName = bound.kind
		k := kind.Named(kindName)
		e = k.Call(k.Type + "." + name)
	case fn.Signature().Recv() != nil:
	default:
		name = fn.Pkg().Name() + "." + name
		switch {
		case e.Argument:
			of = call.Args[0]
		case e.Opens:
			of = call
		default: // an option of the call around it
			of = d.optionOf(kindName, call, stack)
		}
	}
	if e.Ability == "" || of == nil {
		return nil
	}
	list, exact := d.bindings(kindName, of)
	list = slices.DeleteFunc(list, func(b binding) bool { return b.wrapped })
	a := plan.Ask{Package: d.path, Call: name, Kind: kindName, Ability: e.Ability, Soft: e.Soft, Names: names(list)}
	if !exact {
		a.Type = types.TypeString(d.info.TypeOf(of), func(p *types.Package) string { return p.Name() })
	}
	a.Asked = !slices.ContainsFunc(list, func(b binding) bool { return !slices.Contains(d.checked, b) })
	switch {
	case len(list) == 0:
		return nil
	case e.Also == "":
		return []plan.Ask{a}
	}
	also := a
	also.Ability = e.Also
	return []plan.Ask{a, also}
}

// compare returns what comparing the order of revisions needs, as comparing fencing tokens does: in
// some stores revisions do not only grow. The source hardly shows which entry a revision belongs
// to, so it may be one of any kv binding of the package.
func (d *declaration) compare(x *ast.BinaryExpr) (plan.Ask, bool) {
	switch x.Op {
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return plan.Ask{}, false
	}
	if !signature.IsNamed(d.info.TypeOf(x.X), kind.KV.Path, "Revision") {
		return plan.Ask{}, false
	}
	list := slices.Concat(slices.Collect(maps.Values(d.known.fields)), d.known.opened)
	list = slices.DeleteFunc(list, func(b binding) bool { return b.kind != "kv" || b.pkg != d.path })
	a := plan.Ask{Package: d.path, Call: x.Op.String(), Kind: "kv", Ability: "ordered", Soft: true, Names: names(list), Type: "kv.Revision"}
	return a, len(list) > 0
}

// names returns the logical names of bindings, sorted.
func names(list []binding) []string {
	var names []string
	for _, b := range list {
		names = append(names, b.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// place is the position of the called name, because a chain of calls may begin lines above.
func place(call *ast.CallExpr) token.Pos {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Pos()
	}
	return call.Pos()
}

// calledOn returns the expression that a method is called on, nil for a function.
func calledOn(call *ast.CallExpr) ast.Expr {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

// optionOf returns the binding expression that an option applies to: the receiver of the enclosing
// call, if that is a method of the same kind, or the call of Open itself. It ignores options that
// are kept in a variable, because the source does not show where they are used.
func (d *declaration) optionOf(kind string, option *ast.CallExpr, stack []ast.Node) ast.Expr {
	for i := len(stack) - 1; i >= 0; i-- {
		outer, ok := stack[i].(*ast.CallExpr)
		if !ok {
			continue
		}
		of, e, fn := d.effect(outer)
		switch {
		case fn == nil:
			return nil
		case of == kind && e.Opens:
			return outer
		case of == kind && fn.Signature().Recv() != nil:
			return calledOn(outer)
		case of == "" && fn.Signature().Recv() != nil:
			if bound, ok := d.field(calledOn(outer)); ok && bound.kind == kind {
				return calledOn(outer)
			}
		}
		return nil
	}
	return nil
}

// meant returns the value of a variable that is set only where it is declared, and any other
// expression unchanged.
func (d *declaration) meant(x ast.Expr) ast.Expr {
	for range 10 { // no variable is its own value, except in source that does not compile
		x = ast.Unparen(x)
		id, ok := x.(*ast.Ident)
		if !ok {
			break
		}
		from, ok := d.values[d.info.Uses[id]]
		if !ok {
			break
		}
		x = from
	}
	return x
}

// field returns the binding of a bound field, and false for any other expression.
func (d *declaration) field(x ast.Expr) (binding, bool) {
	if x == nil {
		return binding{}, false
	}
	if sel, ok := d.meant(x).(*ast.SelectorExpr); ok {
		if s := d.info.Selections[sel]; s != nil && s.Kind() == types.FieldVal {
			bound, ok := d.known.fields[s.Obj().Pos()]
			return bound, ok
		}
	}
	return binding{}, false
}

// bindings returns the bindings that an expression may stand for, and whether that is certain, as
// it is for a field or a result of Open. Any other expression may be any binding of its type.
func (d *declaration) bindings(kind string, x ast.Expr) (list []binding, exact bool) {
	if bound, ok := d.field(x); ok {
		return []binding{bound}, true
	}
	if call, ok := d.meant(x).(*ast.CallExpr); ok {
		if of, e, _ := d.effect(call); e.Opens && len(call.Args) > 2 {
			if name := d.constant(call.Args[2]); name != "" {
				return []binding{d.openedBy(of, name, call)}, true
			}
			return nil, false
		}
	}
	return d.known.ofType(kind, typeName(d.info.TypeOf(x))), false
}
