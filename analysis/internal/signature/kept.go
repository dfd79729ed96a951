package signature

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Kept is what a body does with its context besides asking it and passing it on. The zero value
// says that it does no more.
type Kept struct {
	Does  string // "stores its context", as a sentence goes on
	Looks bool   // it does something else in another context: it compares it, or asserts its type
}

// KeptContext says what the body does with the parameter, which is its context, with variables that
// hold it, with contexts that are derived from it by a function called With…, and with composite
// literals that any of these are in. What a callee does is not seen, nor what a function literal
// does that has captured it.
func KeptContext(sig *types.Signature, body *ast.BlockStmt, param int) Kept {
	name := sig.Params().At(param).Name()
	if name == "" || name == "_" || body == nil {
		return Kept{}
	}
	k := &keeping{held: map[string]bool{name: true}, within: map[string]bool{}, fresh: map[string]bool{}, local: map[string]bool{}, results: map[string]bool{}}
	for v := range sig.Params().Variables() {
		k.local[v.Name()] = true
	}
	returns := false
	for v := range sig.Results().Variables() {
		k.results[v.Name()] = true
		returns = returns || IsContext(v.Type())
	}
	for before := 0; before < len(k.held)+len(k.within); { // until no variable is found that holds it, too
		before = len(k.held) + len(k.within)
		k.walk(body)
	}
	if returns && k.used {
		k.keeps("returns a context")
	}
	return k.found
}

// keeping looks for what keeps a context.
type keeping struct {
	held    map[string]bool // names of variables that hold it
	within  map[string]bool // names of variables that hold a composite literal with it
	fresh   map[string]bool // names of variables with a value that the function has made
	local   map[string]bool // names of the function's own variables
	results map[string]bool // names of its results
	used    bool
	found   Kept
}

func (k *keeping) keeps(does string) {
	if !k.found.Looks && k.found.Does == "" {
		k.found.Does = does
	}
}

func (k *keeping) looks(does string) {
	if !k.found.Looks {
		k.found = Kept{does, true}
	}
}

func (k *keeping) walk(root ast.Node) {
	path := []ast.Node{nil}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case nil:
			path = path[:len(path)-1]
			return true
		case *ast.FuncLit:
			if n != root && k.hidden(n) {
				return false // it has a context of its own
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				k.local[id.Name], k.fresh[id.Name] = true, len(n.Values) == 0
			}
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					k.local[id.Name], k.fresh[id.Name] = true, len(n.Lhs) == len(n.Rhs) && made(n.Rhs[i])
				}
			}
		case ast.Expr:
			if id, ok := n.(*ast.Ident); ok && k.within[id.Name] {
				k.kept(n, path, k.within)
			} else if k.holds(n) {
				k.used = true
				k.look(n, path)
				k.kept(n, path, k.held)
			}
		}
		path = append(path, n)
		return true
	})
}

// made reports whether an expression makes a new value that nobody else has.
func made(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND && made(e.X)
	case *ast.CallExpr:
		fun, ok := ast.Unparen(e.Fun).(*ast.Ident)
		return ok && fun.Name == "new"
	}
	return false
}

// hidden reports whether a parameter of a function literal hides a variable that holds the context.
func (k *keeping) hidden(lit *ast.FuncLit) bool {
	for _, field := range lit.Type.Params.List {
		for _, id := range field.Names {
			if k.held[id.Name] {
				return true
			}
		}
	}
	return false
}

// holds reports whether the value of an expression is the context, or is derived from it.
func (k *keeping) holds(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return k.held[e.Name]
	case *ast.CallExpr:
		if len(e.Args) == 0 || !k.holds(e.Args[0]) {
			return false
		}
		switch fun := ast.Unparen(e.Fun).(type) {
		case *ast.SelectorExpr:
			return strings.HasPrefix(fun.Sel.Name, "With") && fun.Sel.Name != "WithContext" // which is a method of what is given one
		case *ast.Ident:
			return fun.Name == "any"
		}
	}
	return false
}

// look finds what asks which context an expression is, the last node of the path.
func (k *keeping) look(e ast.Expr, path []ast.Node) {
	switch p := path[len(path)-1].(type) {
	case *ast.TypeAssertExpr:
		k.looks("asserts the type of its context")
	case *ast.BinaryExpr:
		if (p.Op == token.EQL || p.Op == token.NEQ) && otherThan(p, e) != "nil" {
			k.looks("compares its context")
		}
	case *ast.SwitchStmt, *ast.CaseClause:
		k.looks("compares its context")
	case *ast.IndexExpr:
		if p.Index == e {
			k.looks("compares its context")
		}
	case *ast.ParenExpr:
		k.look(p, path[:len(path)-1])
	}
}

// kept finds what keeps an expression, whose parents are the path. A variable of the function's
// that is assigned it is added to as. A composite literal that is an argument is passed on, as the
// context itself would be.
func (k *keeping) kept(e ast.Expr, path []ast.Node, as map[string]bool) {
	last := len(path) - 1
	switch p := path[last].(type) {
	case *ast.ReturnStmt:
		k.keeps("returns its context")
	case *ast.SendStmt:
		if p.Value == e {
			k.keeps("stores its context")
		}
	case *ast.CallExpr:
		if fun, ok := ast.Unparen(p.Fun).(*ast.Ident); ok && fun.Name == "append" {
			k.keeps("stores its context")
		}
	case *ast.ParenExpr:
		k.kept(p, path[:last], as)
	case *ast.StarExpr:
		k.kept(p, path[:last], as)
	case *ast.CompositeLit:
		k.kept(p, path[:last], k.within)
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			k.kept(p, path[:last], k.within)
		}
	case *ast.KeyValueExpr:
		if p.Value == e {
			k.kept(p, path[:last], as)
		}
	case *ast.AssignStmt:
		k.assign(e, p, as)
	case *ast.ValueSpec:
		for i, value := range p.Values {
			if value == e {
				as[p.Names[i].Name] = true
			}
		}
	}
}

// otherThan returns the name that the expression is compared with, "" for another expression.
func otherThan(p *ast.BinaryExpr, e ast.Expr) string {
	other := p.X
	if other == e {
		other = p.Y
	}
	if id, ok := ast.Unparen(other).(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// assign looks at an assignment of the context.
func (k *keeping) assign(e ast.Expr, p *ast.AssignStmt, as map[string]bool) {
	for i, value := range p.Rhs {
		if value != e {
			continue
		}
		target := p.Lhs[0]
		if len(p.Lhs) == len(p.Rhs) {
			target = p.Lhs[i]
		}
		id, ok := ast.Unparen(target).(*ast.Ident)
		switch {
		case !ok && k.fresh[fieldOf(target)]:
			k.within[fieldOf(target)] = true
		case !ok:
			k.keeps("stores its context")
		case id.Name == "_":
		case p.Tok == token.DEFINE, k.local[id.Name]:
			as[id.Name] = true
		case k.results[id.Name]:
			k.keeps("returns its context")
		default:
			k.keeps("stores its context") // in a variable of the package
		}
	}
}

// fieldOf returns the name of the variable whose field an expression is, "" for another expression.
func fieldOf(e ast.Expr) string {
	if field, ok := ast.Unparen(e).(*ast.SelectorExpr); ok {
		if id, ok := ast.Unparen(field.X).(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}
