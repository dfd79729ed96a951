package sites

import (
	"fmt"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/operand"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/option"
)

// step resolves the options of an aspect that refer to the function's parameters. It returns false
// if one of them does not fit and has been refused.
func step(f *source.Func, w *ask.Want, def *aspects.Definition, refuse func(w *ask.Want, reason, remedy string)) (*plan.Step, bool) {
	step := &plan.Step{Aspect: w.Name}
	guarded := false
	for i := range def.Options {
		o := &def.Options[i]
		for _, v := range w.Options[o.Name] {
			var err error
			var remedy string
			switch o.Kind {
			case aspects.Call:
				remedy = operand.Like(f, w.Name)
				if step.Func, err = operand.Callee(f, w.Name, v); err != nil {
					err = fmt.Errorf("a function that fits: %w", err)
				}
			case aspects.Key:
				remedy = "as in " + o.Name + "=req.ID"
				var key plan.Expr
				key, step.Text, err = operand.Key(f, v.Text)
				if err != nil {
					err = fmt.Errorf("a %s over the parameters: %w", o.Name, err)
				}
				step.Keys = append(step.Keys, key)
				guarded = guarded || len(key.Guards) > 0
			case aspects.Expr:
				remedy = "as in " + o.Name + "=" + o.Like
				step.Store, err = operand.Store(f, v.Text)
				if err != nil {
					err = fmt.Errorf("a %s: %w", o.Name, err)
				} else {
					guarded = guarded || len(step.Store.Guards) > 0
				}
			}
			if err != nil {
				refuse(w.At(v), fmt.Sprintf("%s needs %v", w.Name, err), remedy)
				return nil, false
			}
		}
	}
	if guarded && operand.HidesNil(f) {
		refuse(w, w.Name+" needs the predeclared nil, which a parameter must not hide", "rename the parameter")
		return nil, false
	}
	step.Text = step.Text && len(step.Keys) == 1
	if len(step.Keys) == 0 && step.Func == nil && w.Name != option.Limit {
		return nil, true
	}
	return step, true
}
