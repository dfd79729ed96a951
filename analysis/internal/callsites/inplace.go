package callsites

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/sites"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// inPlace says how a call becomes one of a variant that takes a context, or why it cannot. It stays
// where it is, so no generated function and no import is needed.
func (p scopes) inPlace(c *call, variant *ask.Replacement) (*plan.InPlace, refusal) {
	if p.pkg.Listed.Module == nil {
		return nil, refusal{"it must not be in the standard library, which cannot import the module", narrow}
	}
	if in := p.functionOf(c); in != nil {
		if reason := sites.ForbidsMore(in); reason != "" {
			return nil, refusal{"the function that makes it must not have the " + reason, narrow}
		}
	}
	if len(c.node.Args) == 1 {
		if _, multiple := p.info.TypeOf(c.node.Args[0]).(*types.Tuple); multiple {
			return nil, refusal{"its arguments must not be the results of one call, which cannot stand after another argument",
				"assign the results to variables first"}
		}
	}
	in := &plan.InPlace{As: variant.Name}
	have, r := p.variantAt(c, variant, in)
	if r.any() {
		return nil, r
	}
	sig, ok := p.info.TypeOf(c.node.Fun).(*types.Signature)
	if !ok {
		return nil, unknown
	}
	if want := signature.WithContext(sig, in.After); !signature.SameSignature(want, have) {
		return nil, refusal{fmt.Sprintf("%s must be a %s here, not a %s", variant.Name, signature.Short(want), signature.Short(have)), narrow}
	}
	if in.Context, r = p.contextAt(c.file, c.node); !r.any() && variant.Endless {
		in.Context = p.contextVar(&values) + "(" + in.Context + ")"
	}
	return in, r
}

// values is what a variant gets that must not end with the context in scope.
var values = plan.ContextVar{Name: "instrumentValues", Ref: plan.Ref{Path: plan.HooksPath, Pkg: "runtimehooks", Name: "Values"}}

// variantAt returns the signature of what the call calls if its last name becomes that of the
// variant, with the receiver first in a call of a method expression.
func (p scopes) variantAt(c *call, variant *ask.Replacement, in *plan.InPlace) (*types.Signature, refusal) {
	other := refusal{fmt.Sprintf("%s must be that of %s where it is called", variant.Name, signature.Qualified(variant.Func)), narrow}
	var obj types.Object
	switch fun := plan.Called(c.node).(type) {
	case *ast.Ident:
		if scope := p.scope().Innermost(fun.Pos()); scope != nil {
			_, obj = scope.LookupParent(variant.Name, fun.Pos())
		}
	case *ast.SelectorExpr:
		s := p.info.Selections[fun]
		if s == nil { // of a package
			obj = c.callee.Obj.Pkg().Scope().Lookup(variant.Name)
			break
		}
		obj, _, _ = types.LookupFieldOrMethod(s.Recv(), true, p.checked, variant.Name)
		if s.Kind() == types.MethodExpr {
			in.After = 1
		}
	}
	fn, ok := obj.(*types.Func)
	if !ok || fn.Pkg() == nil || source.IDOf(fn) != source.IDOf(variant.Func) {
		return nil, other
	}
	sig := fn.Signature()
	if args := p.instance(c); len(args) > 0 {
		inst, err := types.Instantiate(nil, sig, args, true)
		if err != nil {
			return nil, refusal{fmt.Sprintf("%s must take its type arguments: %v", variant.Name, err), narrow}
		}
		sig = inst.(*types.Signature)
	}
	if in.After == 1 {
		params := []*types.Var{types.NewParam(0, nil, "", p.info.TypeOf(c.node.Args[0]))}
		if first, ok := p.info.TypeOf(c.node.Fun).(*types.Signature); ok {
			params[0] = first.Params().At(0)
		}
		for v := range sig.Params().Variables() {
			params = append(params, v)
		}
		sig = types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), sig.Results(), sig.Variadic())
	}
	return sig, refusal{}
}

// count numbers the calls of files in which some are woven in place, and go statements are: calls of
// a function and of its variant count together, and those that go statements start do not, so that
// a file which is woven already is counted as its source was.
func (p *packagePlanner) count() {
	for _, file := range p.pkg.Files {
		renamed, byNode := map[string]string{}, map[*ast.CallExpr]*plan.CallSite{}
		for _, c := range p.planned {
			if c.file != file || c.stmt != nil {
				continue
			}
			byNode[c.node] = c.site
			if c.site.InPlace != nil {
				renamed[c.site.InPlace.As] = c.name
			}
		}
		if len(renamed)+len(p.spawned) == 0 {
			continue
		}
		plan.EachCall(file, renamed, p.spawned, func(_, _ string, index int, node *ast.CallExpr) {
			if s := byNode[node]; s != nil {
				s.Index = index
			}
		})
	}
}
