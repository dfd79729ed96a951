package sites

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/operand"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// step resolves the options of an aspect that refer to the function's parameters. It returns false
// if one of them does not fit and has been refused.
func step(f *source.Func, w *ask.Want, def *aspects.Definition, refuse func(w *ask.Want, reason, remedy string)) (*plan.Step, bool) {
	step := &plan.Step{Aspect: w.Name}
	for i := range def.Options {
		o := &def.Options[i]
		for _, v := range w.Options[o.Name] {
			if remedy, err := operands(f, w, o, v, step); err != nil {
				refuse(w.At(v), fmt.Sprintf("%s needs %v", w.Name, err), remedy)
				return nil, false
			}
		}
	}
	if len(guards(step)) > 0 && operand.HidesNil(f) {
		refuse(w, w.Name+" needs the predeclared nil, which a parameter must not hide", "rename the parameter")
		return nil, false
	}
	if called, _ := step.Called(); len(step.Keys) == 0 && len(called) == 0 && w.Name != option.Limit {
		return nil, true
	}
	return step, true
}

// operands resolves one value of an option, and adds what it names to the step. The error says what
// the aspect needs.
func operands(f *source.Func, w *ask.Want, o *aspects.Option, v ask.Value, step *plan.Step) (remedy string, err error) {
	switch o.Kind {
	case aspects.Call:
		if step.Func, err = operand.Callee(f, w.Name, v); err != nil {
			err = fmt.Errorf("a function that fits: %w", err)
		}
		return operand.Like(f, w.Name), err
	case aspects.Func:
		if !signature.JudgesResults(v.Fn) {
			return "", nil
		}
		c, err := operand.Predicate(f, v)
		if err != nil {
			return "give it those parameters, or one of type error", fmt.Errorf("a function that fits: %w", err)
		}
		if o.Name == "if" {
			step.If = c
		} else {
			step.Unless = c
		}
	case aspects.Key:
		var e plan.Expr
		if o.Name == "same" {
			if e, err = operand.Same(f, v.Text, guards(step)); err != nil {
				err = fmt.Errorf("arguments to compare: %w", err)
			}
			step.Same = append(step.Same, e)
			return "as in same=req.Amount", err
		}
		if w.Name == option.Idempotent {
			e, remedy, err = operand.ClaimKey(f, v.Text, w.Has("text"))
		} else {
			e, err = operand.Key(f, v.Text)
		}
		if err != nil {
			err = fmt.Errorf("a key over the parameters: %w", err)
		}
		step.Keys = append(step.Keys, e)
		return cmp.Or(remedy, "as in key=req.ID"), err
	case aspects.Expr:
		if step.Store, err = operand.Store(f, v.Text); err != nil {
			err = fmt.Errorf("a %s: %w", o.Name, err)
		}
		return "as in " + o.Name + "=" + o.Like, err
	}
	return "", nil
}

// judges reports whether one of the aspect's functions takes the results.
func judges(w *ask.Want) bool {
	return slices.ContainsFunc(slices.Concat(w.Options["if"], w.Options["unless"]), func(v ask.Value) bool { return signature.JudgesResults(v.Fn) })
}

// guards returns what the key and the store of a step need not to be nil.
func guards(step *plan.Step) (list []string) {
	for _, e := range step.Keys {
		list = append(list, e.Guards...)
	}
	if step.Store != nil {
		list = append(list, step.Store.Guards...)
	}
	return list
}

// sameByDefault sets what calls with one idempotency key have in common where no option says it. It
// returns a remark on the parameters that cannot be compared, or "".
func sameByDefault(f *source.Func, step *plan.Step) string {
	if step == nil || step.Aspect != option.Idempotent || len(step.Same) > 0 {
		return ""
	}
	same, others := operand.SameByDefault(f, step.Keys)
	step.Same = same
	switch len(others) {
	case 0:
		return ""
	case 1:
		return "idempotent does not compare " + others[0] + ", which has no form in JSON"
	}
	return "idempotent does not compare " + option.And(others) + ", which have no form in JSON"
}
