package operand

import (
	"fmt"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Predicate resolves a function that judges a woven function's results: it takes all of them, in
// their order. The error says what it must be.
func Predicate(f *source.Func, v ask.Value) (*plan.Callee, error) {
	s := scope{f}
	params, results := v.Fn.Signature().Params(), f.Obj.Signature().Results()
	fits := params.Len() == results.Len()
	for i := 0; fits && i < params.Len(); i++ {
		fits = takes(params.At(i).Type(), results.At(i).Type())
	}
	if !fits {
		return nil, fmt.Errorf("it must take the error or all results of %s, as a func%s bool does, and %s is a func%s bool",
			f.Key, s.listText(results), v.Text, s.listText(params))
	}
	c := &plan.Callee{Name: v.Fn.Name()}
	if v.Ref.Path != f.Obj.Pkg().Path() || s.hides(v.Fn.Name()) {
		c.Ref = v.Ref
	}
	return c, nil
}

// takes reports whether a parameter can be given a result.
func takes(param, result types.Type) bool {
	return types.AssignableTo(result, param) || signature.Same(result, param)
}

// listText writes a list of types in parentheses.
func (s scope) listText(tuple *types.Tuple) string {
	if tuple.Len() == 1 {
		return "(" + s.tupleText(tuple) + ")"
	}
	return s.tupleText(tuple)
}
