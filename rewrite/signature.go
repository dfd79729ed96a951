package rewrite

import (
	"fmt"
	"go/ast"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// signature is the receiver, the parameters and the results of a function that is being woven,
// under the names that they get.
type signature struct {
	*source
	decl           *ast.FuncDecl
	site           *plan.Site
	names          Names
	recv           *variable // nil for a function
	params         []*variable
	results        []*variable
	typeParamEdits []Edit // the receiver's type parameters called "_" that got a name
}

// variable is a receiver, parameter or result. Grouped ones are counted one by one.
type variable struct {
	field *ast.Field
	ident *ast.Ident // nil when it is unnamed in the source
	name  string     // as woven; "" while it has none that could be used
}

// wasNamed reports whether the source gives the variable a name that can be used.
func (v *variable) wasNamed() bool { return v.ident != nil && v.ident.Name != "_" }

func newSignature(s *source, decl *ast.FuncDecl, site *plan.Site) (*signature, error) {
	f := &signature{source: s, decl: decl, site: site, names: namesOf(decl), params: variables(decl.Type.Params),
		results: variables(decl.Type.Results)}
	if recv := variables(decl.Recv); len(recv) > 0 {
		f.recv = recv[0]
	}
	f.names[site.Var] = true
	if r := site.Record; r != nil {
		f.names[r.Var], f.names[r.Func] = true, true
	}
	f.names.SpellSteps(site.Steps)
	if x := site.Exchange; x != nil {
		f.names[x.Var] = true
		if x.Request >= len(f.params) || len(f.results) != 2 {
			return nil, fmt.Errorf("it must have a parameter %d for its request and two results", x.Request)
		}
	}
	if e := site.Entry; e.Holds != plan.HoldsNothing && (site.Ctx >= len(f.params) || site.Ctx < 0 || e.Writer && site.Ctx < 1) {
		return nil, fmt.Errorf("it must have a parameter %d for its context, and has %d parameters", site.Ctx, len(f.params))
	}
	if site.ErrAs != plan.ErrNone && (site.Err < 0 || site.Err >= len(f.results)) {
		return nil, fmt.Errorf("it must have a result %d for its error, and has %d results", site.Err, len(f.results))
	}
	return f, nil
}

func variables(list *ast.FieldList) []*variable {
	var all []*variable
	if list == nil {
		return nil
	}
	for _, field := range list.List {
		if len(field.Names) == 0 {
			all = append(all, &variable{field: field})
		}
		for _, id := range field.Names {
			v := &variable{field: field, ident: id}
			if v.wasNamed() {
				v.name = id.Name
			}
			all = append(all, v)
		}
	}
	return all
}

// nameParam gives a parameter a name, if it has none.
func (f *signature) nameParam(i int) string {
	v := f.params[i]
	if v.name == "" {
		v.name = f.names.Fresh(f.paramNames(i)...)
	}
	return v.name
}

// paramNames proposes names for a parameter, by what it holds.
func (f *signature) paramNames(i int) []string {
	switch e := f.site.Entry; {
	case (e.Holds == plan.HoldsContext || e.Holds == plan.HoldsKeptContext) && i == f.site.Ctx:
		return []string{"ctx", "callCtx"}
	case e.Holds == plan.HoldsStream && i == f.site.Ctx:
		return []string{"stream", "callStream"}
	case i == f.site.Ctx && e.Hooks == plan.EntryPath:
		return []string{"c", "handled"}
	case e.Holds != plan.HoldsNothing && i == f.site.Ctx:
		return []string{"r", "req", "request"}
	case e.Writer && i == f.site.Ctx-1:
		return []string{"w", "rw", "writer"}
	}
	return []string{"p" + strconv.Itoa(i), "param" + strconv.Itoa(i)}
}

// nameResult gives a result a name, if it has none. A list without names gets names for all.
func (f *signature) nameResult(i int) string {
	if f.results[i].ident == nil {
		f.nameResults()
	}
	if v := f.results[i]; v.name == "" {
		v.name = f.names.Fresh(f.resultNames(i)...)
	}
	return f.results[i].name
}

// nameResults gives every result a name.
func (f *signature) nameResults() {
	for i, v := range f.results {
		if v.name == "" {
			v.name = f.names.Fresh(f.resultNames(i)...)
		}
	}
}

func (f *signature) resultNames(i int) []string {
	if f.site.ErrAs != plan.ErrNone && i == f.site.Err {
		return []string{"err", "retErr"}
	}
	return []string{"r" + strconv.Itoa(i), "result" + strconv.Itoa(i)}
}

// hasNil reports whether a parameter, result or the receiver hides the predeclared nil.
func (f *signature) hasNil() bool {
	for _, v := range f.all() {
		if v.name == "nil" {
			return true
		}
	}
	return false
}

// all returns the receiver, the parameters and the results.
func (f *signature) all() []*variable {
	list := append(append([]*variable{}, f.params...), f.results...)
	if f.recv != nil {
		list = append(list, f.recv)
	}
	return list
}

// edits writes the variables' names into the signature, wherever they differ from the
// source.
func (f *signature) edits() []Edit {
	list := f.listEdits(f.params)
	if f.recv != nil {
		list = append(list, f.listEdits([]*variable{f.recv})...)
	}
	results := f.listEdits(f.results)
	if list := f.decl.Type.Results; len(results) > 0 && !list.Opening.IsValid() {
		end := f.offset(list.End())
		results[0].Text = "(" + results[0].Text
		results = append(results, Edit{end, end, ")"})
	}
	return append(list, results...)
}

// listEdits names the variables of one list. In a list without names either all variables get one
// or none does; "_" names those that need none.
func (f *signature) listEdits(list []*variable) []Edit {
	var edits []Edit
	named := false
	for _, v := range list {
		named = named || v.name != ""
	}
	for _, v := range list {
		switch {
		case v.ident == nil && named:
			at := f.offset(v.field.Type.Pos())
			name := v.name
			if name == "" {
				name = "_"
			}
			edits = append(edits, Edit{at, at, name + " "})
		case v.ident != nil && v.name != "" && v.name != v.ident.Name:
			edits = append(edits, Edit{f.offset(v.ident.Pos()), f.offset(v.ident.End()), v.name})
		}
	}
	return edits
}

// typeOf returns the source of a variable's type, on one line.
func (f *signature) typeOf(v *variable) string {
	return typeText(f.between(v.field.Type.Pos(), v.field.Type.End()))
}

func (f *signature) resultList() string {
	var list []string
	for _, v := range f.results {
		list = append(list, v.name)
	}
	return strings.Join(list, ", ")
}

// plainResults returns the names of all results but the error.
func (f *signature) plainResults() []string {
	var list []string
	for i := range f.results {
		if i != f.site.Err {
			list = append(list, f.nameResult(i))
		}
	}
	return list
}

// variable returns the parameter, result or receiver that the source names so, or nil.
func (f *signature) variable(name string) *variable {
	for _, v := range f.all() {
		if v.wasNamed() && v.ident.Name == name {
			return v
		}
	}
	return nil
}
