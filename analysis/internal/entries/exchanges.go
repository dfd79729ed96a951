package entries

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Exchanges is what packs declare of requests and responses: each is a variable that says of the
// functions which return a response what policies must know.
type Exchanges struct {
	program *source.Program
	list    []*exchange
}

// NewExchanges returns a list without exchanges.
func NewExchanges(p *source.Program) *Exchanges { return &Exchanges{program: p} }

// exchange is one aspects.Exchange.
type exchange struct {
	plan.Ref
	title             string
	pos               token.Position
	request, response string // identify their types
	cyclic            bool   // a function in a package that the variable's package imports was reported
}

// exchangeFields are the fields of an exchange without which a call would panic.
var exchangeFields = []string{"Failure", "Discard", "Repeatable", "Again", "Abandon"}

const exchangeHint = "as in var Responses = runtimehooks.Exchange[*http.Request, *http.Response]{…}"

// Add adds the exchange that a call of aspects.Exchange declares, with the values of its arguments.
// Mistakes are findings.
func (l *Exchanges) Add(title string, obj types.Object, call *ast.CallExpr) {
	at := call.Args[1]
	report := func(at ast.Node, hint, format string, args ...any) {
		l.program.Findings.At(at.Pos(), hint, format, args...)
	}
	if strings.TrimSpace(title) == "" {
		report(call.Args[0], `as in "a response of net/http"`, "exchange must have a title, by which findings name its responses")
		return
	}
	v, ok := obj.(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		report(at, exchangeHint, "second argument of aspects.Exchange must be a variable that a package declares")
		return
	}
	e := &exchange{Ref: plan.Ref{Path: v.Pkg().Path(), Pkg: v.Pkg().Name(), Name: v.Name()}, title: title, pos: l.program.Position(at.Pos())}
	named, ok := types.Unalias(v.Type()).(*types.Named)
	if !ok || !signature.IsNamed(v.Type(), plan.HooksPath, "Exchange") || named.TypeArgs().Len() != 2 {
		report(at, exchangeHint, "variable %s must be a runtimehooks.Exchange, not a %s", v.Name(), signature.Short(v.Type()))
		return
	}
	e.request, e.response = typeID(named.TypeArgs().At(0)), typeID(named.TypeArgs().At(1))
	if e.request == "" || e.response == "" {
		report(at, "declare it for types of the library's own",
			"exchange %s must be of exported types T of packages, or *T, not of %s", v.Name(), signature.Short(v.Type()))
		return
	}
	if missing := missingField(l.program, v, exchangeFields); missing != "" {
		report(at, "give it a function", "exchange %s must have the field %s", v.Name(), missing)
		return
	}
	for _, other := range l.list {
		if other.response == e.response {
			if other.Ref != e.Ref {
				report(at, "remove one", "exchanges %q and %q must not be of the same responses", other.title, title)
			}
			return
		}
	}
	l.list = append(l.list, e)
}

// Of returns the exchange of a function that returns a response, or why it has none; neither for
// other functions.
func (l *Exchanges) Of(f *source.Func) (x *plan.Exchange, why string) {
	results := f.Obj.Signature().Results()
	for _, e := range l.list {
		for i := range results.Len() {
			if typeID(results.At(i).Type()) != e.response {
				continue
			}
			if results.Len() != 2 || i != 0 || !signature.IsError(results.At(1).Type()) {
				return nil, "it must return the response and an error, and nothing else"
			}
			return l.describe(f, e)
		}
	}
	return nil, ""
}

func (l *Exchanges) describe(f *source.Func, e *exchange) (x *plan.Exchange, why string) {
	if path := l.program.Graph.PathBetween(e.Path, f.Pkg.Listed.PkgPath); path != nil {
		if len(path) > 1 && !e.cyclic {
			e.cyclic = true
			l.program.Findings.Add(e.pos, "declare it in a package that does not import what it is of",
				"variable of an exchange must not be in a package that imports a woven one: %s", strings.Join(path, " imports "))
		}
		return nil, "its package must not be one that " + e.Path + " imports"
	}
	x = &plan.Exchange{Ref: e.Ref, Title: e.title, Request: -1}
	params := f.Obj.Signature().Params()
	for i := range params.Len() {
		if typeID(params.At(i).Type()) != e.request {
			continue
		}
		if x.Request >= 0 {
			return nil, "it must take one request, so that it is clear which one is sent again"
		}
		x.Request = i
	}
	return x, ""
}
