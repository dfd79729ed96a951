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
	"github.com/instrumentgo/instrument/internal/option"
)

// Callee resolves the function that an option of authz, validate or fallback names, for one woven
// function: a package-level function, or a method of the receiver or of a parameter. The function
// takes some of the woven function's parameters, matched by type. The error says what the option
// must be.
func Callee(f *source.Func, aspect string, v ask.Value) (*plan.Callee, error) {
	r := resolver{scope{f}, aspect}
	root, _, dotted := strings.Cut(v.Text, ".")
	switch {
	case v.Fn != nil && v.Fn.Signature().Recv() != nil:
		return r.methodOf(v.Fn)
	case v.Fn == nil && dotted && r.variable(root) != nil:
		return r.methodAt(v.Text)
	case v.Fn != nil:
		return r.packageFunc(v.Fn)
	}
	obj, err := f.Program.Types.Lookup(f.Pkg, v.File, v.Text)
	if err != nil {
		return nil, err
	}
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil, fmt.Errorf("%s is not a declared function", v.Text)
	}
	return r.packageFunc(fn)
}

// resolver resolves the callees of one aspect of one woven function.
type resolver struct {
	scope
	aspect string
}

// methodAt resolves a method by its path, such as s.authorize or req.Base.Validate.
func (r resolver) methodAt(path string) (*plan.Callee, error) {
	for name := range strings.SplitSeq(path, ".") {
		if !token.IsIdentifier(name) {
			return nil, errors.New("it must be a path of names")
		}
	}
	x, err := checkExpr(r.scope, path, false)
	if err != nil {
		return nil, fmt.Errorf("it must be a method: %w", err)
	}
	selection := x.info.Selections[x.root.(*ast.SelectorExpr)]
	if selection == nil || selection.Kind() != types.MethodVal {
		return nil, errors.New("it must be a method, and is a field")
	}
	c := &plan.Callee{Name: path}
	return c, r.fit(c, selection.Type().(*types.Signature))
}

// methodOf finds the variable that has the method that a rule names as (*Service).Authorize.
func (r resolver) methodOf(method *types.Func) (*plan.Callee, error) {
	var owners []*types.Var
	for _, v := range r.variables() {
		obj, _, _ := types.LookupFieldOrMethod(v.Type(), true, method.Pkg(), method.Name())
		if m, ok := obj.(*types.Func); ok && (m.Origin() == method.Origin() || sameSymbol(m, method)) {
			owners = append(owners, v)
		}
	}
	switch len(owners) {
	case 0:
		return nil, errors.New("it must be a method of the receiver or of one parameter, and none of them has it")
	case 1:
		return r.methodAt(owners[0].Name() + "." + method.Name())
	}
	return nil, fmt.Errorf("it must be a method of the receiver or of one parameter, and %d of them have it", len(owners))
}

// sameSymbol compares methods of a type that may have been read twice, from source and from export
// data.
func sameSymbol(a, b *types.Func) bool { return a.FullName() == b.FullName() }

// packageFunc returns a package-level function as a callee. The body calls a function of its own
// package by name, unless a variable of the signature hides it. Any other function is held by a
// variable of the generated file.
func (r resolver) packageFunc(fn *types.Func) (*plan.Callee, error) {
	sig := fn.Signature()
	own := fn.Pkg().Path() == r.Obj.Pkg().Path()
	ref := &plan.Ref{Path: fn.Pkg().Path(), Pkg: fn.Pkg().Name(), Name: fn.Name()}
	c := &plan.Callee{Name: fn.Name()}
	if sig.TypeParams().Len() > 0 {
		instance, err := r.instantiate(fn, own, c)
		if err != nil {
			return nil, err
		}
		return c, r.fit(c, instance)
	}
	if !own || r.hides(fn.Name()) {
		c.Ref = ref
	}
	if err := Usable(r.Func, ref); err != nil {
		return nil, err
	}
	return c, r.fit(c, sig)
}

// instantiate returns the signature of a generic function with the type parameters of the woven
// one. Own says that both are in the same package.
func (r resolver) instantiate(fn *types.Func, own bool, c *plan.Callee) (*types.Signature, error) {
	sig := r.Obj.Signature()
	params := sig.TypeParams()
	if sig.RecvTypeParams().Len() > 0 {
		params = sig.RecvTypeParams()
	}
	if !own || params.Len() != fn.Signature().TypeParams().Len() {
		return nil, fmt.Errorf("it must not have type parameters, unless it is in the same package and has as many as %s", r.Key)
	}
	var args []types.Type
	var names []string
	for p := range params.TypeParams() {
		args, names = append(args, p), append(names, p.Obj().Name())
		if p.Obj().Name() == "_" {
			return nil, fmt.Errorf("it must not have type parameters, because %s does not name its own", r.Key)
		}
	}
	for _, name := range append([]string{fn.Name()}, names...) {
		if r.hides(name) {
			return nil, fmt.Errorf("it must not be hidden by a parameter: %s has one called %s", r.Key, name)
		}
	}
	instance, err := types.Instantiate(types.NewContext(), fn.Signature(), args, true)
	if err != nil {
		return nil, fmt.Errorf("it must take the type parameters of %s: %w", r.Key, err)
	}
	c.Name += "[" + strings.Join(names, ", ") + "]"
	return instance.(*types.Signature), nil
}

// fit reports whether the callee's parameters and results match the woven function's, and sets its
// arguments.
func (r resolver) fit(c *plan.Callee, sig *types.Signature) error {
	own := r.Obj.Signature()
	if r.aspect != option.Fallback {
		if sig.Results().Len() != 1 || !signature.IsError(sig.Results().At(0).Type()) {
			return fmt.Errorf("it must return an error, and returns %s", r.tupleText(sig.Results()))
		}
		return r.take(c, sig, sig.Params().Len())
	}
	if !signature.SameTypes(sig.Results(), own.Results()) {
		return fmt.Errorf("it must return what %s does, %s, and returns %s", r.Key, r.tupleText(own.Results()), r.tupleText(sig.Results()))
	}
	last := sig.Params().Len() - 1
	err := r.take(c, sig, last+1)
	if err != nil && last >= 0 && signature.IsError(sig.Params().At(last).Type()) && r.take(c, sig, last) == nil {
		c.Error = true
		return nil
	}
	return err
}

// take finds the woven function's parameters that the callee's first n parameters take. The callee
// takes either all parameters of a type, in their order, or none, so that it is clear which one is
// meant, whatever the parameters are called.
func (r resolver) take(c *plan.Callee, sig *types.Signature, n int) error {
	own := r.Obj.Signature().Params()
	var args []int
	for i := range own.Len() {
		if count(sig.Params(), n, own.At(i).Type()) > 0 {
			args = append(args, i)
		}
	}
	for j := range n {
		t := sig.Params().At(j).Type()
		has, takes := count(own, own.Len(), t), count(sig.Params(), n, t)
		switch {
		case has == 0:
			return fmt.Errorf("it must take parameters of %s, which has none of type %s", r.Key, r.typeText(t))
		case takes != has:
			return fmt.Errorf("it must take each parameter of type %s or none, because it is not clear which is meant: %s has %d, and it takes %d",
				r.typeText(t), r.Key, has, takes)
		case !signature.Same(t, own.At(args[j]).Type()):
			return fmt.Errorf("it must take its parameters in the order in which %s has them", r.Key)
		}
	}
	c.Args = args
	c.Spread = sig.Variadic() && n == sig.Params().Len()
	return nil
}

// count returns how many of the first n variables are of a type.
func count(tuple *types.Tuple, n int, t types.Type) (found int) {
	for i := range n {
		if signature.Same(tuple.At(i).Type(), t) {
			found++
		}
	}
	return found
}

// Like describes the functions that fit as the [Callee] of an aspect, for a hint.
func Like(f *source.Func, aspect string) string {
	s, sig := scope{f}, f.Obj.Signature()
	var params []string
	for i := range sig.Params().Len() {
		t := s.typeText(sig.Params().At(i).Type())
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + strings.TrimPrefix(t, "[]")
		}
		params = append(params, t)
	}
	if aspect != option.Fallback {
		return "as in func(" + strings.Join(params, ", ") + ") error, or with fewer parameters"
	}
	return "as in func(" + strings.Join(append(params, "error"), ", ") + ") " + s.tupleText(sig.Results()) + ", or with fewer parameters"
}
