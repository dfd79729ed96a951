// Package entries holds what packs declare of the functions that a framework or a library calls:
// each entry is a variable that describes the functions whose first parameter has a type.
package entries

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// List is the entries of all rule files.
type List struct {
	program *source.Program
	entries []*entry
	answers map[*types.Func]bool // what is known of declared functions with more parameters
}

// New returns a list without entries.
func New(p *source.Program) *List { return &List{program: p} }

// entry is one aspects.Entry: a variable that describes the functions whose first parameter has a
// type.
type entry struct {
	plan.Ref
	title  string
	pos    token.Position
	fails  bool       // the functions return an error
	param  types.Type // of the first parameter, as the rule file sees it
	id     string     // of that type
	cyclic bool       // a function in a package that the variable's package imports was reported
}

// required are the fields of an entry without which a call would panic.
var required = []string{"Context", "WithContext", "Refuse"}

const hint = "as in var Handler = entryhooks.Entry[*gin.Context]{…}"

// Add adds the entry that a call of aspects.Entry declares, with the values of its arguments.
// Mistakes are findings.
func (l *List) Add(title string, obj types.Object, call *ast.CallExpr) {
	at := call.Args[1]
	if strings.TrimSpace(title) == "" {
		l.errorf(call.Args[0], `as in "a gin handler"`, "entry must have a title, by which findings name what it describes")
		return
	}
	v, ok := obj.(*types.Var)
	if !ok || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		l.errorf(at, hint, "second argument of aspects.Entry must be a variable that a package declares")
		return
	}
	e := &entry{Ref: plan.Ref{Path: v.Pkg().Path(), Pkg: v.Pkg().Name(), Name: v.Name()}, title: title, pos: l.program.Position(at.Pos())}
	if e.param, e.fails = entryParam(v.Type()); e.param == nil {
		l.errorf(at, hint, "variable %s must be an entryhooks.Entry or an entryhooks.ErrorEntry, not a %s", v.Name(), signature.Short(v.Type()))
		return
	}
	if e.id = typeID(e.param); e.id == "" {
		l.errorf(at, "describe functions that are given a type of its own",
			"entry %s must be of an exported type T of a package, or *T, not of %s", v.Name(), signature.Short(e.param))
		return
	}
	if missing := missingField(l.program, v, required); missing != "" {
		l.errorf(at, "give it a function", "entry %s must have the field %s", v.Name(), missing)
		return
	}
	for _, other := range l.entries {
		if other.id == e.id && other.fails == e.fails {
			if other.Ref != e.Ref {
				l.errorf(at, "remove one", "entries %q and %q must not describe the same functions", other.title, title)
			}
			return
		}
	}
	l.entries = append(l.entries, e)
}

func (l *List) errorf(at ast.Node, hint, format string, args ...any) {
	l.program.Findings.At(at.Pos(), hint, format, args...)
}

// entryParam returns the type of the first parameter of the functions that a variable of type t
// describes, and whether they return an error; nil if t is no type of an entry.
func entryParam(t types.Type) (param types.Type, fails bool) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.TypeArgs().Len() != 1 {
		return nil, false
	}
	fails = signature.IsNamed(t, plan.EntryPath, "ErrorEntry")
	if !fails && !signature.IsNamed(t, plan.EntryPath, "Entry") {
		return nil, false
	}
	return types.Unalias(named.TypeArgs().At(0)), fails
}

// typeID identifies an exported type T of a package, or *T, in whatever way it is read. It is ""
// for other types.
func typeID(t types.Type) string {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		if id := typeID(p.Elem()); id != "" && !strings.HasPrefix(id, "*") {
			return "*" + id
		}
		return ""
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !named.Obj().Exported() || named.TypeArgs().Len() > 0 || named.Obj().Parent() != named.Obj().Pkg().Scope() {
		return ""
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// typePath is the import path of the package that declares the type.
func (e *entry) typePath() string {
	path := strings.TrimPrefix(e.id, "*")
	return path[:strings.LastIndexByte(path, '.')]
}

// missingField returns the name of a field that the variable's declaration must set and does not, ""
// for none.
func missingField(p *source.Program, v *types.Var, required []string) string {
	listed := p.Graph.Listed[v.Pkg().Path()]
	if listed == nil {
		return ""
	}
	for _, file := range p.Types.Check(listed).Files {
		value := source.DeclaredValue(file, func(id *ast.Ident) bool { return id.Name == v.Name() })
		literal, ok := value.(*ast.CompositeLit)
		for _, name := range required {
			if ok && !slices.ContainsFunc(literal.Elts, func(elt ast.Expr) bool {
				kv, keyed := elt.(*ast.KeyValueExpr)
				return !keyed || isNamed(kv.Key, name) && !isNamed(kv.Value, "nil")
			}) {
				return name
			}
		}
	}
	return ""
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// Of returns the entry that describes a function, what the function's site has of it, and the index
// of the parameter; nil for none. A function that is no handler, has a handler's parameter and no
// context has that one's as its parent.
func (l *List) Of(f *source.Func) (*plan.Entry, *plan.Declared, int) {
	sig := f.Obj.Signature()
	if e := l.find(sig); e != nil {
		kind := plan.EntryDeclared
		if e.fails {
			kind = plan.EntryDeclaredError
		}
		return l.describe(f, e, kind, 0)
	}
	if e, i := l.holding(sig); e != nil && signature.ContextIndex(sig) < 0 {
		return l.describe(f, e, plan.EntryDeclaredParent, i)
	}
	return nil, nil, -1
}

// holding returns the entry whose type a parameter has, and that parameter's index.
func (l *List) holding(sig *types.Signature) (*entry, int) {
	for i := range sig.Params().Len() {
		id := typeID(sig.Params().At(i).Type())
		for _, e := range l.entries {
			if e.id == id {
				return e, i
			}
		}
	}
	return nil, -1
}

func (l *List) describe(f *source.Func, e *entry, kind *plan.Entry, param int) (*plan.Entry, *plan.Declared, int) {
	self := f.Pkg.Listed.PkgPath
	if path := l.program.Graph.PathBetween(e.Path, self); path != nil {
		if len(path) > 1 && !e.cyclic {
			e.cyclic = true
			l.program.Findings.Add(e.pos, "declare it in a package that does not import what it describes",
				"variable of an entry must not be in a package that imports a woven one: %s", strings.Join(path, " imports "))
		}
		return nil, nil, -1
	}
	q := signature.NewQualifier(types.NewPackage(self, f.Pkg.Listed.Name))
	d := &plan.Declared{Ref: e.Ref, Title: e.title}
	d.Type = types.TypeString(e.param, func(pkg *types.Package) string {
		if pkg.Path() == self {
			return ""
		}
		return q.Name(pkg)
	})
	d.Imports = q.ImportList()
	return kind, d, param
}

// Handles reports whether functions of the signature are handlers: of net/http, or such as an entry
// describes.
func (l *List) Handles(sig *types.Signature) bool {
	return signature.IsHandler(sig) || l.find(sig) != nil
}

// May reports whether a package may have functions that an entry describes.
func (l *List) May(pkg *packages.Package) bool {
	return slices.ContainsFunc(l.entries, func(e *entry) bool { return l.program.Graph.PathBetween(pkg.PkgPath, e.typePath()) != nil })
}

// find returns the entry that describes functions of the signature, or nil.
func (l *List) find(sig *types.Signature) *entry {
	n, results := sig.Params().Len(), sig.Results()
	if len(l.entries) == 0 || n == 0 || n == 1 && sig.Variadic() || results.Len() > 1 || results.Len() == 1 && !signature.IsError(results.At(0).Type()) {
		return nil
	}
	id := typeID(sig.Params().At(0).Type())
	for _, e := range l.entries {
		if e.id == id && e.fails == (results.Len() == 1) {
			return e
		}
	}
	return nil
}
