package source

import (
	"go/ast"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Literal is what a [Func] has besides that is a function literal. Its Decl and Obj stand for a
// function of its own that is declared where the literal is; the Obj has the key for its name.
type Literal struct {
	plan.Literal
	Node   *ast.FuncLit
	Holder *Func           // the declared function that holds it, nil for the initialiser of a variable
	Route  string          // what the program calls it by: "GET /orders/{id}", a variable, or ""
	GoName string          // as runtime.FuncForPC names it
	Passes bool            // it is middleware: it uses a handler that a function around it is given
	Hidden map[string]bool // names that may be declared between the package and the literal
}

// LiteralMark follows the key of the function that holds a literal, in that of the literal. After it
// come its route and its number.
const LiteralMark = " handler"

// suffix is what the key of a literal adds to that of what holds it.
func (l *Literal) suffix(f *Func) string { return f.Key[strings.Index(f.Key, LiteralMark):] }

// Declared returns the function whose name selectors judge: f itself, or what holds a literal. It
// is nil for the initialiser of a variable.
func (f *Func) Declared() *Func {
	if f.Literal != nil {
		return f.Literal.Holder
	}
	return f
}

// Name is the function's own name, for a literal that of the function or variable that holds it.
func (f *Func) Name() string {
	if f.Literal != nil {
		return f.Literal.name()
	}
	return f.Obj.Name()
}

// Nameless returns a literal without what holds it, so that no selector finds it by a name.
func (f *Func) Nameless() *Func {
	c, l := *f, *f.Literal
	l.Holder, l.In = nil, ""
	c.Literal = &l
	return &c
}

// Hides reports whether a name of the package, or a predeclared one, may mean something else where
// a literal stands.
func (f *Func) Hides(name string) bool { return f.Literal != nil && f.Literal.Hidden[name] }

func (l *Literal) name() string {
	if l.Holder != nil {
		return l.Holder.Obj.Name()
	}
	return strings.TrimPrefix(l.In, "var ")
}

func (l *Literal) exported() bool {
	if l.Holder != nil {
		return l.Holder.Exported()
	}
	return ast.IsExported(l.name())
}

func (l *Literal) spanName(f *Func) string {
	name := f.Pkg.Listed.Name + "." + l.name()
	if l.Holder != nil {
		name = l.Holder.SpanName()
	}
	return name + l.suffix(f)
}

func (l *Literal) symbol(f *Func) string {
	name := SymbolPath(f.Pkg) + "." + l.name()
	if l.Holder != nil {
		name = l.Holder.Symbol()
	}
	return name + l.suffix(f)
}

// variable makes "RoutesGETOrdersId" of the literal for GET /orders/{id} in routes.
func (l *Literal) variable() string {
	name := ""
	if l.Holder != nil && l.Holder.Recv != nil {
		name = plan.UpperFirst(l.Holder.Recv.Name())
	}
	words := strings.FieldsFunc(l.name()+" "+l.Route, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		name += plan.UpperFirst(word)
	}
	if l.Route == "" {
		name += "Handler"
	}
	return name
}
