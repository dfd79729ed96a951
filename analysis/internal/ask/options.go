package ask

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/packages"

	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/internal/source"
)

// Calls are selected by the options that they take, where what is called is generated for each user
// of a library. Then a pack can name the type of the options alone.

// callsTaking reads a call of aspects.CallsTaking.
func (r selectorReader) callsTaking(call *ast.CallExpr) (selector, bool) {
	index, ok := ast.Unparen(call.Fun).(*ast.IndexExpr)
	if !ok {
		return selector{}, false // it does not type-check
	}
	named, ok := types.Unalias(r.Pkg.Info.Types[index.Index].Type).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.TypeArgs().Len() > 0 || named.Obj().Parent() != named.Obj().Pkg().Scope() {
		r.Errorf(index.Index, "as in aspects.CallsTaking[connect.HandlerOption]()", "type argument of aspects.CallsTaking must be a type that a package declares")
		return selector{}, false
	}
	o := signature.OptionType{Path: named.Obj().Pkg().Path(), Name: named.Obj().Name()}
	c := &callees{taking: []signature.OptionType{o}}
	c.match = func(f *source.Func) bool { return c.names(f.Obj) && !r.Program.Written(f.Obj) }
	c.may = func(pkg *packages.Package) bool { return r.Program.Near(pkg, o.Path) }
	return r.own(c), true
}

// options reads the function that a rule names to be given the options of what it selects.
func (r *fileReader) options(rule *rule, arg ast.Expr) {
	f, isFunc := r.Object(arg).(*types.Func)
	calls := rule.selector.calls
	switch {
	case !isFunc || f.Signature().Recv() != nil || f.Pkg() == nil:
		r.Errorf(arg, "a variable or a literal has no name to call it by", "argument of aspects.Options must name a declared function")
		return
	case calls == nil:
		r.Errorf(arg, "select calls, with aspects.CallsTaking", "aspects.Options must be in a rule that selects calls")
		return
	case rule.options != nil:
		r.Errorf(arg, "remove one", "rule %q must name one function for options", rule.name)
		return
	}
	rule.options = &Replacement{Ref: *expression.RefTo(f), Rule: rule.name, Func: f}
	t := signature.OptionsMade(f.Signature())
	for _, o := range calls.taking {
		if t == nil || !o.Is(t) {
			r.Errorf(arg, "give it that signature", "function of aspects.Options must be a func([]T) []T with the T of aspects.CallsTaking, not a %s", signature.Short(f.Type()))
			return
		}
	}
	for _, n := range calls.named {
		if taken := signature.OptionsOf(n.fn.Signature()); t == nil || taken == nil || !types.Identical(t, taken) {
			r.Errorf(arg, "give it that signature", "function of aspects.Options must be a func([]T) []T where %s takes ...T, not a %s",
				signature.Qualified(n.fn), signature.Short(f.Type()))
			return
		}
	}
}
