package binds

import (
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/kind"
)

// workflows plans the methods of bound structs that are bodies of workflows.
type workflows struct{ subscribers }

// plan plans one method.
func (w workflows) plan(m markedMethod) {
	obj, ok := w.pkg.Info.Defs[m.decl.Name].(*types.Func)
	if !ok {
		return
	}
	before := w.program.Findings.Len()
	b := w.receiver(m, obj)
	sig := obj.Signature()
	if !isBody(sig) {
		w.at(m.d.Pos, "as in func (s *Service) CheckOut(ctx context.Context, in Order) (Receipt, error)",
			"method %s must be a func(context.Context, In) (Out, error) to be a workflow", obj.Name())
	} else {
		w.survives(m, obj, "take an input", sig.Params().At(1).Type())
		w.survives(m, obj, "return a result", sig.Results().At(0).Type())
	}
	r := plan.Run{Method: obj.Name(), Pos: w.position(m.decl.Pos()), Workflow: w.workflowName(m.d), Errors: signature.Sentinels(w.pkg.Types)}
	if b == nil {
		return
	}
	if w.program.Findings.Len() == before {
		w.run(m, b, sig, r)
	}
	if w.program.Findings.Len() > before {
		b.refused = true
	}
}

// survives reports a type whose values would not come back from a record as they were.
func (w workflows) survives(m markedMethod, obj *types.Func, what string, t types.Type) {
	if err := w.travels(t); err != nil {
		w.at(m.d.Pos, "use a type of plain data", "method %s must %s that has a form in JSON: %v", obj.Name(), what, err)
	}
}

// run adds a body to its struct.
func (w workflows) run(m markedMethod, b *boundStruct, sig *types.Signature, r plan.Run) {
	in, out := sig.Params().At(1).Type(), sig.Results().At(0).Type()
	var err error
	if r.In, err = w.spell(in, b.imports); err == nil {
		r.Out, err = w.spell(out, b.imports)
	}
	if err == nil {
		err = w.addImports(kind.Workflow.Path)
	}
	if err != nil {
		w.at(m.d.Pos, "move the type", "method %s cannot be a workflow: %v", r.Method, err)
		return
	}
	method := b.obj.Name() + "." + r.Method
	if w.agree(r.Workflow, method, kind.Workflow.Name, []types.Type{in, out}, m.d.Pos) {
		w.bodies = append(w.bodies, claim{w.pkg.Listed.PkgPath, method, r.Workflow, "", w.program.Position(m.d.Pos)})
		b.plan.Runs = append(b.plan.Runs, r)
	}
}

// workflowName reads the argument of a directive workflow.
func (w workflows) workflowName(d directive.Directive) string {
	const example = "as in //instrument:workflow checkouts"
	switch {
	case len(d.Args) == 0:
		w.at(d.Pos, example, "directive //instrument:workflow must name a workflow")
		return ""
	case len(d.Args) > 1:
		w.at(d.Args[1].Pos, "remove it", "directive //instrument:workflow must have one argument")
		return ""
	}
	if err := checkLogicalName(d.Args[0].Arg); err != nil {
		w.at(d.Args[0].Pos, example, "the name of //instrument:workflow %v", err)
	}
	return d.Args[0].Arg
}

// isBody reports whether a signature is func(context.Context, In) (Out, error).
func isBody(sig *types.Signature) bool {
	return sig.Params().Len() == 2 && takesContext(sig) && !sig.Variadic() && !signature.IsContext(sig.Params().At(1).Type()) &&
		sig.Results().Len() == 2 && signature.IsError(sig.Results().At(1).Type()) && !signature.IsError(sig.Results().At(0).Type())
}
