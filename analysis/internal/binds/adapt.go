package binds

import (
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// adapt plans an adapter for a field whose interface the portable type does not implement as it is.
// The adapter has the methods that differ.
func (s matcher) adapt(f *field, iface *types.Interface, c *candidate) {
	portable := instance(c.typ, c.named, c.args)
	if types.AssignableTo(portable, f.v.Type()) {
		return
	}
	a := &plan.Adapter{Type: s.names.Fresh(plan.LowerFirst(f.of.obj.Name()) + plan.UpperFirst(f.v.Name()))}
	for _, m := range c.methods {
		want := signature.MethodNamed(iface, m.Name)
		have, _, _ := types.LookupFieldOrMethod(portable, false, nil, m.Name)
		if types.Identical(want.Type(), have.Type()) {
			continue
		}
		var err error
		if m.Params, m.Results, err = s.write(want.Signature(), have.(*types.Func).Signature(), f.of.imports); err != nil {
			s.at(f.v.Pos(), "add //instrument:off with a reason, or move the type", "field %s cannot be bound: %v", f, err)
			return
		}
		a.Methods = append(a.Methods, m)
	}
	f.plan.Adapter = a
}

// write writes the parameters and results of a method of an interface. Parameters without names get
// those of the portable type's method.
func (s matcher) write(sig, portable *types.Signature, imports *signature.Qualifier) (params, results []plan.Param, err error) {
	for i := range sig.Params().Len() {
		t, err := s.spell(sig.Params().At(i).Type(), imports)
		if err != nil {
			return nil, nil, err
		}
		if sig.Variadic() && i == sig.Params().Len()-1 {
			t = "..." + t[len("[]"):]
		}
		name := sig.Params().At(i).Name()
		if name == "" || name == "_" {
			name = signature.ParamName(portable.Params().At(i), i)
		}
		params = append(params, plan.Param{Name: name, Type: t})
	}
	for v := range sig.Results().Variables() {
		t, err := s.spell(v.Type(), imports)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, plan.Param{Name: v.Name(), Type: t})
	}
	return params, results, nil
}
