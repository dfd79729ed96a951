package literals

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// This file names literals as the compiler does (closureName in cmd/compile/internal/ir): by the
// function that holds them and a number among its literals, in the order of the source. Bodies of
// loops over functions are part of the function that holds them, and what the compiler drops before
// it numbers has no number. A copy that inlining makes goes by another name at run time; here it has
// that of the original.

// goNames names all literals of a package.
func goNames(pkg *source.Package, info *types.Info) map[*ast.FuncLit]string {
	n := namer{info: info, names: map[*ast.FuncLit]string{}}
	path := source.SymbolPath(pkg)
	inits := 0
	for _, file := range pkg.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			symbol := path + ".init." + strconv.Itoa(inits)
			if fn.Recv == nil && fn.Name.Name == "init" {
				inits++
			} else if obj, ok := pkg.Info.Defs[fn.Name].(*types.Func); ok {
				symbol = (&source.Func{Pkg: pkg, Obj: obj, Recv: signature.Receiver(obj), Key: signature.Key(obj)}).Symbol()
			}
			(&numbering{namer: n, before: symbol + ".func"}).node(fn.Body)
		}
	}
	variables := &numbering{namer: n, before: path + ".init.func"}
	for _, init := range info.InitOrder {
		variables.node(init.Rhs)
	}
	return n.names
}

type namer struct {
	info  *types.Info
	names map[*ast.FuncLit]string
}

// numbering numbers the literals of one function, or of all variables' initialisers.
type numbering struct {
	namer
	before string // of the number
	last   int
}

// node numbers the literals below a node.
func (n *numbering) node(root ast.Node) {
	if root == nil {
		return
	}
	ast.Inspect(root, func(at ast.Node) bool {
		if e, ok := at.(ast.Expr); ok && n.info.Types[e].Value != nil {
			return false // a constant
		}
		switch at := at.(type) {
		case *ast.FuncLit:
			n.last++
			name := n.before + strconv.Itoa(n.last)
			n.names[at] = name
			(&numbering{namer: n.namer, before: name + "."}).node(at.Body)
		case *ast.BlockStmt:
			n.statements(at.List)
		case *ast.IfStmt:
			n.ifStmt(at)
		case *ast.ForStmt:
			n.forStmt(at)
		case *ast.SwitchStmt:
			n.switchStmt(at)
		case *ast.CaseClause:
			n.expressions(at.List)
			n.statements(at.Body)
		case *ast.CommClause:
			if at.Comm != nil {
				n.node(at.Comm)
			}
			n.statements(at.Body)
		default:
			return true
		}
		return false
	})
}

func (n *numbering) expressions(list []ast.Expr) {
	for _, e := range list {
		n.node(e)
	}
}

// statements numbers a list without what comes after a statement that ends it, up to its last
// label.
func (n *numbering) statements(list []ast.Stmt) {
	label := -1
	for i, s := range list {
		if _, ok := s.(*ast.LabeledStmt); ok {
			label = i
		}
	}
	dead := false
	for i, s := range list {
		if _, labeled := s.(*ast.LabeledStmt); dead && i > label && !labeled {
			continue
		}
		n.node(s)
		dead = n.terminates(s)
	}
}

func (n *numbering) ifStmt(s *ast.IfStmt) {
	n.optional(s.Init)
	always := n.condition(s.Cond)
	if always >= 0 {
		n.node(s.Body)
	}
	if always <= 0 {
		n.optional(s.Else)
	}
}

func (n *numbering) forStmt(s *ast.ForStmt) {
	n.optional(s.Init)
	if s.Cond != nil && n.condition(s.Cond) < 0 {
		return
	}
	n.optional(s.Post)
	n.node(s.Body)
}

func (n *numbering) optional(s ast.Stmt) {
	if s != nil {
		n.node(s)
	}
}

// condition numbers the parts of a condition that are evaluated, and returns 1 if it always holds,
// -1 if it never does, and 0 if that is not known.
func (n *numbering) condition(e ast.Expr) int {
	always, parts := n.static(e)
	for _, part := range parts {
		n.node(part)
	}
	return always
}

// static is condition without the numbers: the parts that are evaluated are returned.
func (n *numbering) static(e ast.Expr) (always int, parts []ast.Expr) {
	if v := n.info.Types[e].Value; v != nil && v.Kind() == constant.Bool {
		if constant.BoolVal(v) {
			return 1, nil
		}
		return -1, nil
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			always, parts = n.static(x.X)
			return -always, parts
		}
	case *ast.BinaryExpr:
		if x.Op != token.LAND && x.Op != token.LOR {
			break
		}
		decides := -1 // of the left side
		if x.Op == token.LOR {
			decides = 1
		}
		left, before := n.static(x.X)
		if left == decides {
			return left, before
		}
		right, after := n.static(x.Y)
		if left == -decides || right == decides {
			return right, append(before, after...)
		}
		return 0, append(before, after...)
	}
	return 0, []ast.Expr{e}
}

// switchStmt numbers the one clause that a switch over constants takes, and all of any other.
func (n *numbering) switchStmt(s *ast.SwitchStmt) {
	n.optional(s.Init)
	target, known := n.target(s)
	if !known {
		if s.Tag != nil {
			n.node(s.Tag)
		}
		n.node(s.Body)
		return
	}
	if target != nil {
		n.statements(target.Body)
	}
}

// target returns the clause that a switch over constants takes, nil for none, if that is known.
func (n *numbering) target(s *ast.SwitchStmt) (target *ast.CaseClause, known bool) {
	value := constant.MakeBool(true)
	if s.Tag != nil {
		if value = n.info.Types[s.Tag].Value; value == nil {
			return nil, false
		}
	}
	for _, stmt := range s.Body.List {
		clause := stmt.(*ast.CaseClause)
		if clause.List == nil {
			target = clause
		}
		for _, e := range clause.List {
			v := n.info.Types[e].Value
			if v == nil {
				return nil, false
			}
			if constant.Compare(value, token.EQL, v) {
				return clause, !fallsThrough(clause)
			}
		}
	}
	return target, target == nil || !fallsThrough(target)
}

func fallsThrough(clause *ast.CaseClause) bool {
	if len(clause.Body) == 0 {
		return false
	}
	branch, ok := clause.Body[len(clause.Body)-1].(*ast.BranchStmt)
	return ok && branch.Tok == token.FALLTHROUGH
}

// terminates reports whether the compiler drops what follows a statement.
func (n *numbering) terminates(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.BranchStmt:
		return s.Tok == token.GOTO
	case *ast.ReturnStmt:
		return true
	case *ast.ExprStmt:
		call, ok := ast.Unparen(s.X).(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := ast.Unparen(call.Fun).(*ast.Ident)
		if !ok {
			return false
		}
		b, ok := n.info.Uses[id].(*types.Builtin)
		return ok && b.Name() == "panic"
	case *ast.IfStmt:
		always, _ := n.static(s.Cond)
		return (always < 0 || n.terminates(s.Body)) && (always > 0 || s.Else != nil && n.terminates(s.Else))
	case *ast.BlockStmt:
		for i := len(s.List) - 1; i >= 0; i-- {
			if _, empty := s.List[i].(*ast.EmptyStmt); !empty {
				return n.terminates(s.List[i])
			}
		}
	}
	return false
}
