package ask

import (
	"go/ast"
	"go/types"

	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// Replacement is a function to call instead of another.
type Replacement struct {
	plan.Ref
	Rule    string      // that names it
	Func    *types.Func // as the rule file sees it
	Endless bool        // it gets the values of a context alone
}

// replacement reads the function that a rule names to be called instead of what it selects.
func (r *fileReader) replacement(rule *rule, arg ast.Expr) {
	f, isFunc := r.Object(arg).(*types.Func)
	switch {
	case !isFunc || f.Signature().Recv() != nil || f.Pkg() == nil:
		r.Errorf(arg, "a variable or a literal has no name to call it by", "argument of aspects.Replace must name a declared function")
		return
	case rule.selector.calls == nil:
		r.Errorf(arg, "select calls, with aspects.Calls", "aspects.Replace must be in a rule that selects calls")
		return
	case rule.replace != nil:
		r.Errorf(arg, "remove one", "rule %q must name one replacement", rule.name)
		return
	}
	rule.replace = &Replacement{Ref: *expression.RefTo(f), Rule: rule.name, Func: f}
	have := r.Pkg.Info.Types[arg].Type
	for _, n := range rule.selector.calls.named {
		if !types.Identical(n.typ, have) {
			r.Errorf(arg, "give it that signature", "replacement of %s must be a %s, not a %s", signature.Qualified(n.fn),
				signature.Short(n.typ), signature.Short(have))
		}
	}
}

// variant reads the function or method that a rule names, in the part of the name, to be called
// with a context.
func (r *fileReader) variant(rule *rule, name string, arg ast.Expr) {
	f, isFunc := r.Object(arg).(*types.Func)
	switch {
	case !isFunc || f.Pkg() == nil:
		r.Errorf(arg, "as in slog.InfoContext or (*slog.Logger).InfoContext",
			"argument of aspects.%s must name a declared function or, as in (*T).Method, a method", name)
		return
	case rule.selector.calls == nil || len(rule.selector.calls.taking) > 0:
		r.Errorf(arg, "select calls, with aspects.Calls", "aspects.%s must be in a rule that selects calls", name)
		return
	case rule.variant != nil:
		r.Errorf(arg, "remove one", "rule %q must name one variant", rule.name)
		return
	}
	f = f.Origin()
	before := r.Program.Findings.Len()
	have := r.Pkg.Info.Types[arg].Type
	for _, n := range rule.selector.calls.named {
		if source.IDOf(n.fn).Path != f.Pkg().Path() || signature.Receiver(n.fn) != signature.Receiver(f) {
			r.Errorf(arg, "name one that the same package or type declares", "variant of %s must be declared beside it, not be %s",
				signature.Qualified(n.fn), signature.Qualified(f))
			continue
		}
		after := 0
		if f.Signature().Recv() != nil {
			after = 1
		}
		if want := signature.WithContext(n.typ.(*types.Signature), after); !signature.SameSignature(want, have.(*types.Signature)) {
			r.Errorf(arg, "give it that signature", "variant of %s must be a %s, not a %s", signature.Qualified(n.fn),
				signature.Short(want), signature.Short(have))
		}
	}
	if r.Program.Findings.Len() == before {
		rule.variant = &Replacement{*expression.RefTo(f), rule.name, f, name == "PassValues"}
	}
}
