package survey

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/entries"
	"github.com/instrumentgo/instrument/analysis/internal/flow"
	"github.com/instrumentgo/instrument/analysis/internal/literals"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Func is a function or method that init may want woven. Only those are noted.
type Func struct {
	Package  string // import path
	Name     string // without its receiver, as selectors know it
	Key      string
	Does     Does
	Context  bool // it has a parameter of type context.Context
	Streams  bool // a handler that answers for as long as it likes
	Directed bool // it has a directive of its own
	Shared   bool // another function of the package has the name, and does something else
	Literal  bool // a function literal; the name is that of what holds it, by which selectors know it too
}

// Does is what a function is for.
type Does int

// What functions do. Each has a context or a request, or is a handler.
const (
	Handles Does = iota // answers requests of net/http
	Serves              // may fail: it has a context and a result of type error
	Asks                // asks another service over HTTP for something that may be asked for again
	Orders              // asks another service over HTTP for something that a second call may make again, as far as the source shows
	Lasts               // runs as long as the program does
)

// reader notes functions.
type reader struct {
	p       *source.Program
	survey  *Survey
	clients map[*types.Func]int   // index in survey.Funcs
	calls   map[int][]*types.Func // what clients call
	names   map[[2]string][]int   // indexes by package and name
	others  map[[2]string]bool    // packages and names of functions that are not noted
}

// function notes a function that has a part in requests.
func (r *reader) function(f *source.Func, info *types.Info, directed bool) {
	if r.names == nil {
		r.clients, r.calls = map[*types.Func]int{}, map[int][]*types.Func{}
		r.names, r.others = map[[2]string][]int{}, map[[2]string]bool{}
	}
	path := f.Pkg.Listed.PkgPath
	name := [2]string{path, f.Decl.Name.Name}
	sig := f.Obj.Signature()
	out := Func{Package: path, Name: f.Decl.Name.Name, Key: f.Key, Directed: directed, Context: signature.ContextIndex(sig) >= 0}
	b := readBody(f.Decl.Body, info)
	r.survey.Requests = r.survey.Requests || b.sends
	if r.survey.Recovers == "" {
		r.survey.Recovers = r.recovers(f, info)
	}
	switch {
	case entries.New(r.p).Answers(f):
		out.Does, out.Streams = Handles, b.streams
	case !out.Context && !takesRequest(sig), !signature.ReturnsError(sig):
		r.others[name] = true
		return
	case b.endless, lasting(f.Decl.Name.Name):
		out.Does = Lasts
	case b.sends && (b.makes || flow.Makes(f.Obj)):
		out.Does = Orders
	case b.sends:
		out.Does = Asks
	case !returnsError(sig):
		r.others[name] = true
		return
	default:
		out.Does = Serves
	}
	i := len(r.survey.Funcs)
	if b.sends {
		r.clients[f.Obj], r.calls[i] = i, b.calls
	}
	r.names[name] = append(r.names[name], i)
	r.survey.Funcs = append(r.survey.Funcs, out)
}

// literals notes the handlers of a package that are function literals. Middleware is none: rules for
// handlers leave it alone.
func (r *reader) literals(pkg *source.Package, info *types.Info, directives map[*ast.File]directive.Set) {
	from := len(r.survey.Funcs)
	for _, f := range literals.In(r.p, pkg, info, signature.IsHandler) {
		if !f.Literal.Passes {
			r.survey.Funcs = append(r.survey.Funcs, Func{
				Package: pkg.Listed.PkgPath, Name: f.Name(), Key: f.Key, Does: Handles, Literal: true, Streams: readBody(f.Decl.Body, info).streams,
				Directed: len(directives[f.File].Literals[f.Literal.Node]) > 0,
			})
		}
	}
	found := r.survey.Funcs[from:]
	for i := range found { // a selector knows them together
		found[i].Streams = slices.ContainsFunc(found, func(f Func) bool { return f.Name == found[i].Name && f.Streams })
	}
}

// settle finishes what needs all functions: a client that calls another one leaves the retries to
// it, because attempts multiply; and names that do not select one function.
func (r *reader) settle() {
	funcs := r.survey.Funcs
	for i, called := range r.calls {
		for _, f := range called {
			if j, ok := r.clients[f]; ok && j != i && funcs[i].Does == Asks {
				funcs[i].Does = Orders
			}
		}
	}
	for name, list := range r.names {
		for _, i := range list {
			funcs[i].Shared = r.others[name] ||
				slices.ContainsFunc(list, func(j int) bool { return funcs[j].Does != funcs[i].Does || funcs[j].Directed != funcs[i].Directed })
		}
	}
}

func takesRequest(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		if signature.IsRequest(v.Type()) {
			return true
		}
	}
	return false
}

// returnsError reports whether the last result is an error, as selectors ask.
func returnsError(sig *types.Signature) bool {
	n := sig.Results().Len()
	return n > 0 && signature.IsError(sig.Results().At(n-1).Type())
}

// lasts are the first words of names of functions that run as long as the program does, or while it
// starts and ends. A span of one would be the parent of all that happens meanwhile.
var lasts = []string{
	"close", "consume", "execute", "listen", "loop", "main", "poll", "run", "serve", "shutdown", "start", "stop", "subscribe", "wait", "watch",
}

// lasting reports whether a name says that the function runs long: Run, RunServer, and not Running.
func lasting(name string) bool {
	end := strings.IndexFunc(name[1:], func(r rune) bool { return !unicode.IsLower(r) })
	if end >= 0 {
		name = name[:end+1]
	}
	return slices.Contains(lasts, strings.ToLower(name))
}

// body is what a function's statements show.
type body struct {
	sends   bool          // a request over HTTP
	makes   bool          // by a method after which a second request may make more, or one that is not known here
	endless bool          // a loop without a condition that is no retry: it receives from channels
	streams bool          // it writes a response piece by piece
	calls   []*types.Func // what it calls by name
}

func readBody(block *ast.BlockStmt, info *types.Info) body {
	var b body
	asked, known := false, false
	ast.Inspect(block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			b.endless = b.endless || n.Cond == nil && n.Init == nil && receives(n.Body)
		case *ast.CallExpr:
			f := called(n, info)
			if f == nil || f.Pkg() == nil {
				return true
			}
			b.calls = append(b.calls, f)
			b.streams = b.streams || slices.Contains(streaming, f.Name())
			if f.Pkg().Path() != "net/http" {
				return true
			}
			switch name := signature.Key(f); name {
			case "(*Client).Get", "(*Client).Head", "Get", "Head":
				b.sends = true
			case "(*Client).Post", "(*Client).PostForm", "Post", "PostForm":
				b.sends, b.makes = true, true
			case "(*Client).Do":
				b.sends, asked = true, true
			case "NewRequest", "NewRequestWithContext":
				known = true
				b.makes = b.makes || !repeatable(n.Args[len(n.Args)-3], info)
			}
		}
		return true
	})
	b.makes = b.makes || asked && !known
	return b
}

// streaming are names of methods that a handler calls when it answers piece by piece, or takes the
// connection over, or leaves both to another handler.
var streaming = []string{"Accept", "Flush", "Hijack", "NewResponseController", "ServeHTTP", "SetWriteDeadline", "Upgrade"}

// repeatable reports whether an expression is the name of a method that only asks.
func repeatable(method ast.Expr, info *types.Info) bool {
	value := info.Types[method].Value
	return value != nil && value.Kind() == constant.String && slices.Contains([]string{"", "GET", "HEAD", "OPTIONS"}, constant.StringVal(value))
}

// called returns the function or method that a call names, or nil.
func called(call *ast.CallExpr, info *types.Info) *types.Func {
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	f, _ := info.Uses[id].(*types.Func)
	return f
}

// receives reports whether statements receive from a channel.
func receives(block *ast.BlockStmt) bool {
	found := false
	ast.Inspect(block, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			found = found || n.Op == token.ARROW
		}
		return !found
	})
	return found
}
