package callsites

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// call is a call of a function that a rule names.
type call struct {
	node   *ast.CallExpr
	stmt   *ast.GoStmt // that starts the call and is planned as a whole; nil for a call by itself
	file   *ast.File
	callee *source.Func // in the package of the call, as rules see it; nil for a go statement that starts another value
	in     string       // key of the function that holds it
	decl   *ast.FuncDecl
	name   string
	index  int
	number int // among the calls of the callee in the function, from 1; 0 if it is the only one
	key    string
	what   string // is started by a go statement: its name
	how    statement
	site   *plan.CallSite // once it is planned
}

// statement says how a call is made.
type statement int

const (
	called statement = iota
	deferred
	spawned // by a go statement
)

// find returns the calls of functions that rules name, in the order of the source.
func (p *packagePlanner) find() []*call {
	var found []*call
	for _, file := range p.pkg.Files {
		if filepath.Base(p.program.Position(file.Pos()).Filename) == plan.GeneratedFile {
			continue
		}
		how := map[*ast.CallExpr]statement{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.DeferStmt:
				how[n.Call] = deferred
			case *ast.GoStmt:
				how[n.Call] = spawned
			}
			return true
		})
		plan.EachCall(file, nil, nil, func(in, name string, index int, node *ast.CallExpr) {
			fn := calledFunc(p.info, node)
			if fn == nil || !p.rules.Called(fn) {
				return
			}
			f := &source.Func{Program: p.program, Pkg: p.pkg, File: file, Obj: fn, Recv: signature.Receiver(fn), Key: signature.Key(fn)}
			found = append(found, &call{
				node: node, file: file, callee: f, in: in, decl: declarationAt(file, node.Pos()), name: name, index: index, how: how[node],
				key: in + " calls " + signature.Qualified(fn),
			})
		})
	}
	return found
}

// declarationAt returns the function of a file that holds a place, or nil.
func declarationAt(file *ast.File, pos token.Pos) *ast.FuncDecl {
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Pos() <= pos && pos < fn.End() {
			return fn
		}
	}
	return nil
}

// number numbers those of the same key.
func (p *packagePlanner) number(found []*call) {
	last := map[string]*call{}
	for _, c := range found {
		if before := last[c.key]; before != nil {
			before.number = max(before.number, 1)
			c.number = before.number + 1
		}
		last[c.key] = c
	}
	for _, c := range found {
		if c.number > 0 {
			c.key += " (" + strconv.Itoa(c.number) + ")"
		}
	}
}

// symbol identifies a call site among all of a program, by the symbol of the function that holds
// it.
func (p *packagePlanner) symbol(c *call) string {
	in := p.functionOf(c)
	if in == nil {
		name := strings.TrimPrefix(c.in, "var ")
		in = &source.Func{Pkg: p.pkg, Key: name,
			Obj: types.NewFunc(c.node.Pos(), nil, name, types.NewSignatureType(nil, nil, nil, nil, nil, false))}
	}
	return in.Symbol() + strings.TrimPrefix(c.key, c.in)
}

// functionOf returns the function that holds a call, or nil for the initialiser of a variable.
func (p *packagePlanner) functionOf(c *call) *source.Func {
	if c.decl == nil {
		return nil
	}
	obj, ok := p.info.Defs[c.decl.Name].(*types.Func)
	if !ok {
		return nil
	}
	return &source.Func{Program: p.program, Pkg: p.pkg, File: c.file, Decl: c.decl, Obj: obj, Recv: signature.Receiver(obj), Key: c.in}
}
