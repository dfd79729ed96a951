package rewrite

import (
	"fmt"
	"go/ast"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// function is one function that is being woven.
type function struct {
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

func newFunction(s *source, decl *ast.FuncDecl, site *plan.Site) (*function, error) {
	f := &function{source: s, decl: decl, site: site, names: namesOf(decl), params: variables(decl.Type.Params), results: variables(decl.Type.Results)}
	if recv := variables(decl.Recv); len(recv) > 0 {
		f.recv = recv[0]
	}
	f.names[site.Var] = true
	f.names.SpellSteps(site.Steps)
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
func (f *function) nameParam(i int) string {
	v := f.params[i]
	if v.name == "" {
		v.name = f.names.Fresh(f.paramNames(i)...)
	}
	return v.name
}

// paramNames proposes names for a parameter, by what it holds.
func (f *function) paramNames(i int) []string {
	switch e := f.site.Entry; {
	case e.Holds == plan.HoldsContext && i == f.site.Ctx:
		return []string{"ctx", "callCtx"}
	case e.Holds != plan.HoldsNothing && i == f.site.Ctx:
		return []string{"r", "req", "request"}
	case e.Writer && i == f.site.Ctx-1:
		return []string{"w", "rw", "writer"}
	}
	return []string{"p" + strconv.Itoa(i), "param" + strconv.Itoa(i)}
}

// nameResult gives a result a name, if it has none. A list without names gets names for all.
func (f *function) nameResult(i int) string {
	if f.results[i].ident == nil {
		f.nameResults()
	}
	if v := f.results[i]; v.name == "" {
		v.name = f.names.Fresh(f.resultNames(i)...)
	}
	return f.results[i].name
}

// nameResults gives every result a name.
func (f *function) nameResults() {
	for i, v := range f.results {
		if v.name == "" {
			v.name = f.names.Fresh(f.resultNames(i)...)
		}
	}
}

func (f *function) resultNames(i int) []string {
	if f.site.ErrAs != plan.ErrNone && i == f.site.Err {
		return []string{"err", "retErr"}
	}
	return []string{"r" + strconv.Itoa(i), "result" + strconv.Itoa(i)}
}

// hasNil reports whether a parameter, result or the receiver hides the predeclared nil.
func (f *function) hasNil() bool {
	for _, v := range f.all() {
		if v.name == "nil" {
			return true
		}
	}
	return false
}

// all returns the receiver, the parameters and the results.
func (f *function) all() []*variable {
	list := append(append([]*variable{}, f.params...), f.results...)
	if f.recv != nil {
		list = append(list, f.recv)
	}
	return list
}

// signatureEdits writes the variables' names into the signature, wherever they differ from the
// source.
func (f *function) signatureEdits() []Edit {
	edits := f.listEdits(f.params)
	if f.recv != nil {
		edits = append(edits, f.listEdits([]*variable{f.recv})...)
	}
	results := f.listEdits(f.results)
	if list := f.decl.Type.Results; len(results) > 0 && !list.Opening.IsValid() {
		end := f.offset(list.End())
		results[0].Text = "(" + results[0].Text
		results = append(results, Edit{end, end, ")"})
	}
	return append(edits, results...)
}

// listEdits names the variables of one list. In a list without names either none gets one or all
// do, "_" where none is needed.
func (f *function) listEdits(list []*variable) []Edit {
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
