package callsites

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// made is how a call is made: where its operand goes, and what the function takes that it becomes
// a call of.
type made struct {
	method bool // the call has an operand, which becomes the first argument
	prefix string
	path   string
	types  []string // type arguments, as the call spells them

	key      string // equal for calls that can share a function
	callee   string // what is called
	stem     string // of the function's name
	starter  string // of a go statement: the parameter with its context; "" for none
	context  string // of a go statement: that context, as Go source
	note     string // why there is none, if it is worth a remark
	value    string // of a go statement: the parameter that is called; "" for none
	fn       *types.Func
	params   []*types.Var // the operand first
	site     string       // name of the parameter before them
	spelling *spelling
	calls    string   // name of the method that is called on the operand; "" for a function
	typeArgs []string // of a generic function
	ref      *plan.Ref
	options  *plan.Ref // function that the options are given to; nil for none
}

// calledFunc returns the declared function or method that a call calls, or nil.
func calledFunc(info *types.Info, node *ast.CallExpr) *types.Func {
	fn, ok := typeutil.Callee(info, node).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil && signature.Receiver(fn.Origin()) == nil {
		return nil // a variable, a builtin, a conversion, error.Error, or a method of an interface without a name
	}
	return fn.Origin()
}

// make says how a call is made, or why it cannot be.
func (p *packagePlanner) make(c *call, match ask.CallMatch) (*made, refusal) {
	if r := p.refuses(c, match); r.any() {
		return nil, r
	}
	sig, ok := p.info.TypeOf(c.node.Fun).(*types.Signature)
	if !ok {
		return nil, unknown
	}
	m := &made{spelling: newSpelling(p, c), callee: calleeName(c.callee.Obj), stem: plan.UpperFirst(ownerName(c.callee.Obj)) + plan.UpperFirst(c.name)}
	if r := p.operand(c, m); r.any() {
		return nil, r
	}
	multiple := false
	if len(c.node.Args) == 1 {
		_, multiple = p.info.TypeOf(c.node.Args[0]).(*types.Tuple)
	}
	if multiple && (m.method || len(match.Want) > 0) {
		return nil, refusal{"its arguments must not be the results of one call, which cannot stand after another argument",
			"assign the results to variables first"}
	}
	for v := range sig.Params().Variables() {
		m.params = append(m.params, v)
	}
	results := slices.Collect(sig.Results().Variables())
	all := signature.TupleTypes(types.NewTuple(slices.Concat(m.params, results)...))
	for _, t := range slices.Concat(all, p.instance(c)) {
		if r := m.spelling.check(t); r.any() {
			return nil, r
		}
	}
	if r := m.spelling.clash(); r.any() {
		return nil, r
	}
	m.name(p, c)
	if match.Replace != nil {
		if r := p.replaced(c, m, sig, match.Replace); r.any() {
			return nil, r
		}
	}
	if by := match.Options; by != nil {
		if err := p.usable(by.Ref); err != nil {
			return nil, refusal{fmt.Sprintf("the function for its options must be one that can be called here: %v", err), narrow}
		}
		m.options = &plan.Ref{Path: by.Path, Pkg: by.Pkg, Name: by.Name}
	}
	for _, t := range p.instance(c) {
		m.typeArgs = append(m.typeArgs, m.spelling.text(t))
	}
	m.finish(p, c, sig)
	return m, refusal{}
}

// finish makes the function as planning sees it, and the key of those that can share one.
func (m *made) finish(p *packagePlanner, c *call, sig *types.Signature) {
	for _, tp := range m.spelling.params {
		m.types = append(m.types, tp.Obj().Name())
	}
	var typeParams []*types.TypeParam
	for range m.spelling.params { // stand-ins: a type parameter belongs to one function only
		typeParams = append(typeParams, types.NewTypeParam(types.NewTypeName(0, nil, "T", nil), types.Universe.Lookup("any").Type()))
	}
	m.fn = types.NewFunc(c.node.Pos(), p.checked, c.name,
		types.NewSignatureType(nil, nil, typeParams, types.NewTuple(m.params...), m.spelling.tuple(sig.Results()), sig.Variadic()))
	m.key = m.callee + "\n" + types.TypeString(m.fn.Type(), nil) + "\n" + strings.Join(m.typeArgs, ", ") + "\n" +
		fmt.Sprint(m.calls, m.ref, m.options, m.starter)
	for _, tp := range m.spelling.params {
		m.key += "\n" + tp.Obj().Name() + " " + types.TypeString(tp.Constraint(), nil)
	}
}

// operand finds the operand of a method, with the fields that lead to a promoted one and what
// makes it the receiver.
func (p *packagePlanner) operand(c *call, m *made) refusal {
	fn := c.callee.Obj
	sel, ok := plan.Called(c.node).(*ast.SelectorExpr)
	s := p.info.Selections[sel]
	switch {
	case fn.Signature().Recv() == nil:
		m.ref = &plan.Ref{Path: fn.Pkg().Path(), Pkg: fn.Pkg().Name(), Name: fn.Name()}
		return refusal{}
	case !ok || s == nil:
		return unknown
	case s.Kind() == types.MethodExpr:
		m.calls = fn.Name()
		return refusal{}
	}
	m.method, m.calls = true, fn.Name()
	t := p.info.TypeOf(sel.X)
	steps := s.Index()
	for _, i := range steps[:len(steps)-1] {
		st, ok := pointed(t).Underlying().(*types.Struct)
		if !ok {
			return unknown
		}
		field := st.Field(i)
		if !field.Exported() && field.Pkg().Path() != p.pkg.Listed.PkgPath {
			// The path cannot be written here, so the operand stays as it is, and the function that is
			// generated selects the promoted method.
			t, m.path = p.info.TypeOf(sel.X), ""
			if types.NewMethodSet(t).Lookup(fn.Pkg(), fn.Name()) == nil {
				t, m.prefix = types.NewPointer(t), "&"
			}
			m.params = []*types.Var{types.NewParam(0, nil, "", t)}
			return refusal{}
		}
		t, m.path = field.Type(), m.path+"."+field.Name()
	}
	recv := fn.Signature().Recv().Type()
	switch pointer := signature.IsPointer(t); {
	case types.IsInterface(recv): // also of a type parameter
	case signature.IsPointer(recv) && !pointer:
		t, m.prefix = types.NewPointer(t), "&"
	case !signature.IsPointer(recv) && pointer:
		t, m.prefix = pointed(t), "*"
	}
	m.params = []*types.Var{types.NewParam(0, nil, "", t)}
	return refusal{}
}

// pointed returns what a pointer points to, and other types as they are.
func pointed(t types.Type) types.Type {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// name names the parameters as the callee does, so that keys and attributes can refer to them. Each
// has a name of its own, and none hides what the body calls.
func (m *made) name(p *packagePlanner, c *call) {
	sig := c.callee.Obj.Signature()
	taken := map[string]bool{"": true, "_": true}
	if m.ref != nil && m.ref.Path == p.pkg.Listed.PkgPath {
		taken[m.ref.Name] = true
	}
	names := []string{}
	if recv := sig.Recv(); recv != nil {
		name := recv.Name()
		if name == "" || name == "_" {
			name = "operand"
		}
		names = append(names, name)
	}
	for v := range sig.Params().Variables() {
		names = append(names, v.Name())
	}
	m.distinct(p, taken, func(i int) string { return names[i] })
}

// distinct names the parameters, each with a name of its own that is not taken.
func (m *made) distinct(p *packagePlanner, taken map[string]bool, named func(i int) string) {
	for i, v := range m.params {
		name := named(i)
		if taken[name] {
			name = fmt.Sprintf("p%d", i)
		}
		taken[name] = true
		m.params[i] = types.NewParam(v.Pos(), v.Pkg(), name, m.spelling.plain(v.Type()))
	}
	// What aspects spell in the body is one of the parameters, or declared by the package.
	for _, m.site = range []string{"site", "callSite", "instrumentSite"} {
		if !taken[m.site] && p.scope().Lookup(m.site) == nil {
			break
		}
	}
}

// instance returns the type arguments of a function or method that is generic itself.
func (p *packagePlanner) instance(c *call) []types.Type {
	var id *ast.Ident
	switch fun := plan.Called(c.node).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	}
	var list []types.Type
	if args := p.info.Instances[id].TypeArgs; args != nil {
		list = slices.Collect(args.Types())
	}
	return list
}

// replaced has another function called, or says why it cannot be.
func (p *packagePlanner) replaced(c *call, m *made, sig *types.Signature, r *ask.Replacement) refusal {
	if err := p.usable(r.Ref); err != nil {
		return refusal{fmt.Sprintf("its replacement must be one that can be called here: %v", err), narrow}
	}
	want := r.Func.Signature()
	if n := want.TypeParams().Len(); n > 0 && n == len(p.instance(c)) {
		inst, err := types.Instantiate(nil, want, p.instance(c), false)
		if err != nil {
			return refusal{fmt.Sprintf("its replacement must take its type arguments: %v", err), narrow}
		}
		want = inst.(*types.Signature)
	}
	fits := want.TypeParams().Len() == 0 && want.Params().Len() == len(m.params) && want.Variadic() == sig.Variadic() &&
		signature.SameTypes(want.Results(), sig.Results())
	for i := 0; fits && i < len(m.params); i++ {
		have, takes := m.params[i].Type(), want.Params().At(i).Type()
		fits = signature.Same(have, takes) || i == 0 && m.calls != "" && types.IsInterface(takes) && types.AssignableTo(have, takes)
	}
	if !fits {
		have := types.NewSignatureType(nil, nil, nil, types.NewTuple(m.params...), sig.Results(), sig.Variadic())
		return refusal{fmt.Sprintf("its replacement %s.%s must be a %s, not a %s", r.Pkg, r.Name, signature.Short(have),
			signature.Short(r.Func.Type())), narrow}
	}
	m.calls, m.ref = "", &plan.Ref{Path: r.Path, Pkg: r.Pkg, Name: r.Name}
	return refusal{}
}

// function returns the function that the call becomes a call of, without its name and site.
func (m *made) function(p *packagePlanner) *plan.CallFunc {
	sig := m.fn.Signature()
	fn := &plan.CallFunc{
		Callee: m.callee, Method: m.calls, Value: m.value, Starter: m.starter, Variadic: sig.Variadic(), TypeArgs: m.typeArgs,
		Params: m.before(sig), Results: []plan.Param{},
	}
	if m.calls == "" {
		fn.Func = m.ref
	}
	fn.Options = m.options
	for _, tp := range m.spelling.params {
		fn.TypeParams = append(fn.TypeParams, plan.Param{Name: tp.Obj().Name(), Type: m.spelling.text(tp.Constraint())})
	}
	for i, v := range m.params {
		t := m.spelling.text(v.Type())
		if sig.Variadic() && i == len(m.params)-1 {
			t = "..." + m.spelling.text(v.Type().(*types.Slice).Elem())
		}
		fn.Params = append(fn.Params, plan.Param{Name: v.Name(), Type: t})
	}
	for v := range sig.Results().Variables() {
		fn.Results = append(fn.Results, plan.Param{Type: m.spelling.text(v.Type())})
	}
	fn.Imports = m.spelling.qualifier.ImportList()
	if m.ref != nil && m.calls == "" && m.ref.Path != p.pkg.Listed.PkgPath {
		fn.Imports = withImport(fn.Imports, plan.Import{Name: m.ref.Pkg, Path: m.ref.Path})
	}
	if m.options != nil {
		fn.Imports = withImport(fn.Imports, plan.Import{Name: m.options.Pkg, Path: m.options.Path})
	}
	return fn
}

func withImport(list []plan.Import, i plan.Import) []plan.Import {
	if slices.ContainsFunc(list, func(have plan.Import) bool { return have.Path == i.Path }) {
		return list
	}
	list = append(list, i)
	slices.SortFunc(list, func(a, b plan.Import) int { return strings.Compare(a.Path, b.Path) })
	return list
}
