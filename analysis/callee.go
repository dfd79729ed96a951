package analysis

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// The functions that authz, validate and fallback call: package-level ones, or methods of the receiver or of a parameter. They
// take some of the woven function's parameters, matched by type.

// callee resolves the function that an option of an aspect names, for one woven function. The error says what it must be.
func (f *function) callee(aspect string, v value) (*Callee, error) {
	root, _, dotted := strings.Cut(v.text, ".")
	switch {
	case v.fn != nil && v.fn.Signature().Recv() != nil:
		return f.methodOf(aspect, v.fn)
	case v.fn == nil && dotted && f.variable(root):
		return f.methodAt(aspect, v.text)
	}
	fn := v.fn
	if fn == nil {
		var err error
		if fn, err = f.p.resolveFunc(f.pkg, v.file, v.text); err != nil {
			return nil, err
		}
	}
	return f.packageFunc(aspect, fn)
}

func (f *function) variable(name string) bool {
	for _, v := range f.variables() {
		if v.Name() == name {
			return true
		}
	}
	return false
}

// resolveFunc finds the package-level function that a directive names.
func (p *Program) resolveFunc(pkg *checked, file *ast.File, name string) (*types.Func, error) {
	obj, err := p.types.lookup(pkg, file, name)
	if err != nil {
		return nil, err
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil, fmt.Errorf("%s is not a declared function", name)
	}
	return fn, nil
}

// methodAt resolves a method by its path: s.authorize, req.Base.Validate.
func (f *function) methodAt(aspect, path string) (*Callee, error) {
	for name := range strings.SplitSeq(path, ".") {
		if !token.IsIdentifier(name) {
			return nil, errors.New("it must be a path of names")
		}
	}
	x, err := f.checkExpr(path, false)
	if err != nil {
		return nil, fmt.Errorf("it must be a method: %w", err)
	}
	selection := x.info.Selections[x.root.(*ast.SelectorExpr)]
	if selection == nil || selection.Kind() != types.MethodVal {
		return nil, errors.New("it must be a method, and is a field")
	}
	c := &Callee{Name: path}
	return c, f.fit(aspect, c, selection.Type().(*types.Signature))
}

// methodOf finds the variable that has the method which a rule names as (*Service).Authorize.
func (f *function) methodOf(aspect string, method *types.Func) (*Callee, error) {
	var owners []*types.Var
	for _, v := range f.variables() {
		obj, _, _ := types.LookupFieldOrMethod(v.Type(), true, method.Pkg(), method.Name())
		if m, ok := obj.(*types.Func); ok && (m.Origin() == method.Origin() || sameSymbol(m, method)) {
			owners = append(owners, v)
		}
	}
	if len(owners) != 1 {
		return nil, fmt.Errorf("it must be a method of the receiver or of one parameter, and %d of them have it", len(owners))
	}
	return f.methodAt(aspect, owners[0].Name()+"."+method.Name())
}

// sameSymbol compares methods of types that were read twice: from source, and from export data.
func sameSymbol(a, b *types.Func) bool { return a.FullName() == b.FullName() }

// packageFunc makes the callee of a package-level function. The body spells one of its own package as it is, unless a
// variable of the signature hides it; others are held by a variable of the generated file.
func (f *function) packageFunc(aspect string, fn *types.Func) (*Callee, error) {
	sig := fn.Signature()
	own := fn.Pkg().Path() == f.obj.Pkg().Path()
	ref := &Ref{Path: fn.Pkg().Path(), Pkg: fn.Pkg().Name(), Name: fn.Name()}
	c := &Callee{Name: fn.Name()}
	if sig.TypeParams().Len() > 0 {
		instance, err := f.instantiate(fn, own, c)
		if err != nil {
			return nil, err
		}
		return c, f.fit(aspect, c, instance)
	}
	if !own || f.hides(fn.Name()) {
		c.Ref = ref
	}
	if err := f.p.usable(f.pkg, ref); err != nil {
		return nil, err
	}
	return c, f.fit(aspect, c, sig)
}

// instantiate gives a generic function the type parameters of the woven one.
func (f *function) instantiate(fn *types.Func, own bool, c *Callee) (*types.Signature, error) {
	sig := f.obj.Signature()
	params := sig.TypeParams()
	if sig.RecvTypeParams().Len() > 0 {
		params = sig.RecvTypeParams()
	}
	if !own || params.Len() != fn.Signature().TypeParams().Len() {
		return nil, fmt.Errorf("it must not have type parameters, unless it is in the same package and has as many as %s", f.key)
	}
	var args []types.Type
	var names []string
	for p := range params.TypeParams() {
		args, names = append(args, p), append(names, p.Obj().Name())
		if p.Obj().Name() == "_" {
			return nil, fmt.Errorf("it must not have type parameters, because %s does not name its own", f.key)
		}
	}
	for _, name := range append([]string{fn.Name()}, names...) {
		if f.hides(name) {
			return nil, fmt.Errorf("it must not be hidden by a parameter: %s has one called %s", f.key, name)
		}
	}
	instance, err := types.Instantiate(types.NewContext(), fn.Signature(), args, true)
	if err != nil {
		return nil, fmt.Errorf("it must take the type parameters of %s: %w", f.key, err)
	}
	c.Name += "[" + strings.Join(names, ", ") + "]"
	return instance.(*types.Signature), nil
}

// hides reports whether a variable of the signature has the name.
func (f *function) hides(name string) bool {
	sig := f.obj.Signature()
	if sig.Recv() != nil && sig.Recv().Name() == name {
		return true
	}
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			if v.Name() == name {
				return true
			}
		}
	}
	return false
}

// fit matches the callee's parameters and results with the woven function's.
func (f *function) fit(aspect string, c *Callee, sig *types.Signature) error {
	own := f.obj.Signature()
	if aspect != "fallback" {
		if sig.Results().Len() != 1 || !isError(sig.Results().At(0).Type()) {
			return fmt.Errorf("it must return an error, and returns %s", f.shortTuple(sig.Results()))
		}
		return f.take(c, sig, sig.Params().Len())
	}
	if !sameTypes(sig.Results(), own.Results()) {
		return fmt.Errorf("it must return what %s does, %s, and returns %s", f.key, f.shortTuple(own.Results()), f.shortTuple(sig.Results()))
	}
	last := sig.Params().Len() - 1
	err := f.take(c, sig, last+1)
	if err != nil && last >= 0 && isError(sig.Params().At(last).Type()) && f.take(c, sig, last) == nil {
		c.Error = true
		return nil
	}
	return err
}

func sameTypes(a, b *types.Tuple) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !sameType(a.At(i).Type(), b.At(i).Type()) {
			return false
		}
	}
	return true
}

// sameType reports whether types are identical. Named types that were read twice, from source and from export data, are
// compared by what they are called.
func sameType(a, b types.Type) bool {
	return types.Identical(a, b) || types.TypeString(types.Unalias(a), nil) == types.TypeString(types.Unalias(b), nil)
}

// take finds the parameters that the callee's first n take: all of the types that it has, in their order. So it is clear which
// one is meant, whatever they are called.
func (f *function) take(c *Callee, sig *types.Signature, n int) error {
	own := f.obj.Signature().Params()
	var args []int
	for i := range own.Len() {
		for j := range n {
			if sameType(sig.Params().At(j).Type(), own.At(i).Type()) {
				args = append(args, i)
				break
			}
		}
	}
	for j := range n {
		t := sig.Params().At(j).Type()
		has := 0
		for i := range own.Len() {
			if sameType(t, own.At(i).Type()) {
				has++
			}
		}
		if has == 0 {
			return fmt.Errorf("it must take parameters of %s, which has none of type %s", f.key, f.short(t))
		}
		if takes := count(sig.Params(), n, t); takes != has {
			return fmt.Errorf("it must take each parameter of type %s or none, because it is not clear which is meant: %s has %d, and it takes %d", f.short(t), f.key, has, takes)
		}
		if !sameType(t, own.At(args[j]).Type()) {
			return fmt.Errorf("it must take its parameters in the order in which %s has them", f.key)
		}
	}
	c.Args = args
	c.Spread = sig.Variadic() && n == sig.Params().Len()
	return nil
}

func count(tuple *types.Tuple, n int, t types.Type) (found int) {
	for i := range n {
		if sameType(tuple.At(i).Type(), t) {
			found++
		}
	}
	return found
}

// shortTuple writes a list of types: "nothing", "error", "(*Receipt, error)".
func (f *function) shortTuple(tuple *types.Tuple) string {
	var list []string
	for v := range tuple.Variables() {
		list = append(list, f.short(v.Type()))
	}
	switch len(list) {
	case 0:
		return "nothing"
	case 1:
		return list[0]
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// like describes the functions that fit, for a remedy.
func (f *function) like(aspect string) string {
	var params []string
	sig := f.obj.Signature()
	for i := range sig.Params().Len() {
		t := f.short(sig.Params().At(i).Type())
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		params = append(params, t)
	}
	if aspect != "fallback" {
		return "as in func(" + strings.Join(params, ", ") + ") error, or with fewer parameters"
	}
	return "as in func(" + strings.Join(append(params, "error"), ", ") + ") " + f.shortTuple(sig.Results()) + ", or with fewer parameters"
}
