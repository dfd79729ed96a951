package operand

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// The functions that authz, validate and fallback call: package-level ones, or methods of the receiver or of a parameter. They
// take some of the woven function's parameters, matched by type.

// Callee resolves the function that an option of an aspect names, for one woven function. The error says what it must be.
func Callee(f *source.Func, aspect string, v ask.Value) (*plan.Callee, error) {
	root, _, dotted := strings.Cut(v.Text, ".")
	switch {
	case v.Fn != nil && v.Fn.Signature().Recv() != nil:
		return methodOf(f, aspect, v.Fn)
	case v.Fn == nil && dotted && variable(f, root):
		return methodAt(f, aspect, v.Text)
	}
	fn := v.Fn
	if fn == nil {
		var err error
		if fn, err = resolveFunc(f.Program, f.Pkg, v.File, v.Text); err != nil {
			return nil, err
		}
	}
	return packageFunc(f, aspect, fn)
}

func variable(f *source.Func, name string) bool {
	for _, v := range variables(f) {
		if v.Name() == name {
			return true
		}
	}
	return false
}

// resolveFunc finds the package-level function that a directive names.
func resolveFunc(p *source.Program, pkg *source.Package, file *ast.File, name string) (*types.Func, error) {
	obj, err := p.Types.Lookup(pkg, file, name)
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
func methodAt(f *source.Func, aspect, path string) (*plan.Callee, error) {
	for name := range strings.SplitSeq(path, ".") {
		if !token.IsIdentifier(name) {
			return nil, errors.New("it must be a path of names")
		}
	}
	x, err := checkExpr(f, path, false)
	if err != nil {
		return nil, fmt.Errorf("it must be a method: %w", err)
	}
	selection := x.info.Selections[x.root.(*ast.SelectorExpr)]
	if selection == nil || selection.Kind() != types.MethodVal {
		return nil, errors.New("it must be a method, and is a field")
	}
	c := &plan.Callee{Name: path}
	return c, fit(f, aspect, c, selection.Type().(*types.Signature))
}

// methodOf finds the variable that has the method which a rule names as (*Service).Authorize.
func methodOf(f *source.Func, aspect string, method *types.Func) (*plan.Callee, error) {
	var owners []*types.Var
	for _, v := range variables(f) {
		obj, _, _ := types.LookupFieldOrMethod(v.Type(), true, method.Pkg(), method.Name())
		if m, ok := obj.(*types.Func); ok && (m.Origin() == method.Origin() || sameSymbol(m, method)) {
			owners = append(owners, v)
		}
	}
	if len(owners) != 1 {
		return nil, fmt.Errorf("it must be a method of the receiver or of one parameter, and %d of them have it", len(owners))
	}
	return methodAt(f, aspect, owners[0].Name()+"."+method.Name())
}

// sameSymbol compares methods of types that were read twice: from source, and from export data.
func sameSymbol(a, b *types.Func) bool { return a.FullName() == b.FullName() }

// packageFunc makes the callee of a package-level function. The body spells one of its own package as it is, unless a
// variable of the signature hides it; others are held by a variable of the generated file.
func packageFunc(f *source.Func, aspect string, fn *types.Func) (*plan.Callee, error) {
	sig := fn.Signature()
	own := fn.Pkg().Path() == f.Obj.Pkg().Path()
	ref := &plan.Ref{Path: fn.Pkg().Path(), Pkg: fn.Pkg().Name(), Name: fn.Name()}
	c := &plan.Callee{Name: fn.Name()}
	if sig.TypeParams().Len() > 0 {
		instance, err := instantiate(f, fn, own, c)
		if err != nil {
			return nil, err
		}
		return c, fit(f, aspect, c, instance)
	}
	if !own || hides(f, fn.Name()) {
		c.Ref = ref
	}
	if err := Usable(f.Program, f.Pkg, ref); err != nil {
		return nil, err
	}
	return c, fit(f, aspect, c, sig)
}

// instantiate gives a generic function the type parameters of the woven one.
func instantiate(f *source.Func, fn *types.Func, own bool, c *plan.Callee) (*types.Signature, error) {
	sig := f.Obj.Signature()
	params := sig.TypeParams()
	if sig.RecvTypeParams().Len() > 0 {
		params = sig.RecvTypeParams()
	}
	if !own || params.Len() != fn.Signature().TypeParams().Len() {
		return nil, fmt.Errorf("it must not have type parameters, unless it is in the same package and has as many as %s", f.Key)
	}
	var args []types.Type
	var names []string
	for p := range params.TypeParams() {
		args, names = append(args, p), append(names, p.Obj().Name())
		if p.Obj().Name() == "_" {
			return nil, fmt.Errorf("it must not have type parameters, because %s does not name its own", f.Key)
		}
	}
	for _, name := range append([]string{fn.Name()}, names...) {
		if hides(f, name) {
			return nil, fmt.Errorf("it must not be hidden by a parameter: %s has one called %s", f.Key, name)
		}
	}
	instance, err := types.Instantiate(types.NewContext(), fn.Signature(), args, true)
	if err != nil {
		return nil, fmt.Errorf("it must take the type parameters of %s: %w", f.Key, err)
	}
	c.Name += "[" + strings.Join(names, ", ") + "]"
	return instance.(*types.Signature), nil
}

// hides reports whether a variable of the signature has the name.
func hides(f *source.Func, name string) bool {
	sig := f.Obj.Signature()
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
func fit(f *source.Func, aspect string, c *plan.Callee, sig *types.Signature) error {
	own := f.Obj.Signature()
	if aspect != "fallback" {
		if sig.Results().Len() != 1 || !signature.IsError(sig.Results().At(0).Type()) {
			return fmt.Errorf("it must return an error, and returns %s", shortTuple(f, sig.Results()))
		}
		return take(f, c, sig, sig.Params().Len())
	}
	if !signature.SameTypes(sig.Results(), own.Results()) {
		return fmt.Errorf("it must return what %s does, %s, and returns %s", f.Key, shortTuple(f, own.Results()), shortTuple(f, sig.Results()))
	}
	last := sig.Params().Len() - 1
	err := take(f, c, sig, last+1)
	if err != nil && last >= 0 && signature.IsError(sig.Params().At(last).Type()) && take(f, c, sig, last) == nil {
		c.Error = true
		return nil
	}
	return err
}

// take finds the parameters that the callee's first n take: all of the types that it has, in their order. So it is clear which
// one is meant, whatever they are called.
func take(f *source.Func, c *plan.Callee, sig *types.Signature, n int) error {
	own := f.Obj.Signature().Params()
	var args []int
	for i := range own.Len() {
		for j := range n {
			if signature.Same(sig.Params().At(j).Type(), own.At(i).Type()) {
				args = append(args, i)
				break
			}
		}
	}
	for j := range n {
		t := sig.Params().At(j).Type()
		has := 0
		for i := range own.Len() {
			if signature.Same(t, own.At(i).Type()) {
				has++
			}
		}
		if has == 0 {
			return fmt.Errorf("it must take parameters of %s, which has none of type %s", f.Key, short(f, t))
		}
		if takes := count(sig.Params(), n, t); takes != has {
			return fmt.Errorf("it must take each parameter of type %s or none, because it is not clear which is meant: %s has %d, and it takes %d", short(f, t), f.Key, has, takes)
		}
		if !signature.Same(t, own.At(args[j]).Type()) {
			return fmt.Errorf("it must take its parameters in the order in which %s has them", f.Key)
		}
	}
	c.Args = args
	c.Spread = sig.Variadic() && n == sig.Params().Len()
	return nil
}

func count(tuple *types.Tuple, n int, t types.Type) (found int) {
	for i := range n {
		if signature.Same(tuple.At(i).Type(), t) {
			found++
		}
	}
	return found
}

// shortTuple writes a list of types: "nothing", "error", "(*Receipt, error)".
func shortTuple(f *source.Func, tuple *types.Tuple) string {
	var list []string
	for v := range tuple.Variables() {
		list = append(list, short(f, v.Type()))
	}
	switch len(list) {
	case 0:
		return "nothing"
	case 1:
		return list[0]
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// Like describes the functions that fit, for a remedy.
func Like(f *source.Func, aspect string) string {
	var params []string
	sig := f.Obj.Signature()
	for i := range sig.Params().Len() {
		t := short(f, sig.Params().At(i).Type())
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		params = append(params, t)
	}
	if aspect != "fallback" {
		return "as in func(" + strings.Join(params, ", ") + ") error, or with fewer parameters"
	}
	return "as in func(" + strings.Join(append(params, "error"), ", ") + ") " + shortTuple(f, sig.Results()) + ", or with fewer parameters"
}
