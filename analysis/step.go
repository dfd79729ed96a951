package analysis

import (
	"fmt"

	"github.com/instrumentgo/instrument/aspects"
)

// step resolves the options of an aspect that are about the function's parameters. It reports false if one of them does not
// fit, which it has refused.
func (f *function) step(w *wanted, def *aspects.Definition, refuse func(w *wanted, reason, remedy string)) (*Step, bool) {
	step := &Step{Aspect: w.name}
	guarded := false
	for i := range def.Options {
		o := &def.Options[i]
		for _, v := range w.options[o.Name] {
			var err error
			var remedy string
			switch o.Kind {
			case aspects.Call:
				remedy = f.like(w.name)
				if step.Func, err = f.callee(w.name, v); err != nil {
					err = fmt.Errorf("a function that fits: %w", err)
				}
			case aspects.Key:
				remedy = "as in " + o.Name + "=req.ID"
				var key Expr
				key, step.Text, err = f.keyExpr(v.text)
				if err != nil {
					err = fmt.Errorf("a %s over the parameters: %w", o.Name, err)
				}
				step.Keys = append(step.Keys, key)
				guarded = guarded || len(key.Guards) > 0
			case aspects.Expr:
				remedy = "as in " + o.Name + "=" + o.Like
				step.Store, err = f.storeExpr(v.text)
				if err != nil {
					err = fmt.Errorf("a %s: %w", o.Name, err)
				} else {
					guarded = guarded || len(step.Store.Guards) > 0
				}
			}
			if err != nil {
				refuse(w.at(v), fmt.Sprintf("%s needs %v", w.name, err), remedy)
				return nil, false
			}
		}
	}
	if guarded && shadowsNil(f) {
		refuse(w, w.name+" needs the predeclared nil, which a parameter must not hide", "rename the parameter")
		return nil, false
	}
	step.Text = step.Text && len(step.Keys) == 1
	if len(step.Keys) == 0 && step.Func == nil && w.name != "limit" {
		return nil, true
	}
	return step, true
}
