package ask

import (
	"go/ast"
	"go/constant"
	"go/types"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// aspect reads one call such as aspects.Retry(aspects.Attempts(3)).
func (r *ruleReader) aspect(e ast.Expr) *Want {
	name, call := r.call(e)
	if name == "Around" {
		return r.around(call)
	}
	i := slices.IndexFunc(aspects.Builtin(), func(d *aspects.Definition) bool { return d.Rule == name && name != "" })
	if i < 0 {
		r.errorf(e, "write the call in its place", "aspect must be written as a call of a function of package aspects")
		return nil
	}
	def := aspects.Builtin()[i]
	w := &Want{Name: def.Name, Pos: r.p.Position(e.Pos())}
	args := call.Args
	if own := ownArgument(def); own != nil && len(args) > 0 {
		r.option(w, own, args[0])
		args = args[1:]
	}
	for _, a := range args {
		option, values := r.call(a)
		j := slices.IndexFunc(def.Options, func(o aspects.Option) bool { return o.Rule == option && option != "" })
		if j < 0 {
			r.errorf(a, "write the call in its place", "option of aspects.%s must be written as a call of a function of package aspects", def.Rule)
			continue
		}
		if o := &def.Options[j]; o.Kind == aspects.PerTime {
			r.perTime(w, o, values)
			continue
		}
		for _, v := range values.Args {
			r.option(w, &def.Options[j], v)
		}
	}
	return complete(r.p, w, def)
}

// ownArgument returns the option that the constructor's first argument sets.
func ownArgument(def *aspects.Definition) *aspects.Option {
	for i := range def.Options {
		if o := &def.Options[i]; o.Own {
			return o
		}
	}
	return nil
}

// perTime reads an option that takes a number and a time.
func (r *ruleReader) perTime(w *Want, o *aspects.Option, call *ast.CallExpr) {
	n, ok := r.constant(call.Args[0], aspects.Int)
	per, ok2 := r.constant(call.Args[1], aspects.Duration)
	if !ok || !ok2 {
		w.flawed = true
		return
	}
	text, err := parseValue(o, n+"/"+per)
	if err != nil {
		r.errorf(call.Args[0], optionDoc(o), "option %s of %s %v", o.Name, w.Name, err)
		w.flawed = true
		return
	}
	if err := w.set(o, Value{Text: text, Pos: r.p.Position(call.Pos())}); err != nil {
		r.errorf(call, "remove one", "%v", err)
	}
}

func (r *ruleReader) option(w *Want, o *aspects.Option, e ast.Expr) {
	before := r.p.Findings.Len()
	defer func() { w.flawed = w.flawed || r.p.Findings.Len() > before }()
	v := Value{Pos: r.p.Position(e.Pos())}
	if o.Kind == aspects.Call {
		fn, ok := r.object(e).(*types.Func)
		if !ok {
			r.errorf(e, "declare one in a package that this file can import, and name it", "argument must name a declared function, or a method as in (*Service).Authorize")
			return
		}
		v.Fn, v.Text = fn, funcText(fn)
	} else if o.Kind == aspects.Func || o.Kind == aspects.Sentinel {
		ref, err := reference(r.object(e), o.Kind)
		if err != nil {
			r.errorf(e, "declare one in a package that this file can import, and name it", "argument must name %s: %v", kindWords(o.Kind), err)
			return
		}
		v.Ref, v.Text = ref, ref.Pkg+"."+ref.Name
	} else {
		text, ok := r.constant(e, o.Kind)
		if !ok || text == "" && o.Own && o.Name == "name" {
			return // aspects.Breaker("") has no name
		}
		var err error
		if v.Text, err = parseValue(o, text); err != nil {
			r.errorf(e, optionDoc(o), "option %s of %s %v", o.Name, w.Name, err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		r.errorf(e, "remove one", "%v", err)
	}
}

// funcText names a function as a rule file does.
func funcText(fn *types.Func) string {
	if fn.Signature().Recv() != nil {
		return signature.Key(fn)
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

const adviceType = "func(ctx context.Context, site *" + plan.HooksPath + ".Site, next func(context.Context) error) error"

func (r *ruleReader) around(call *ast.CallExpr) *Want {
	name, ok := r.str(call.Args[0])
	if !ok {
		return nil
	}
	if _, builtin := aspects.Lookup(name); builtin || slices.Contains(directive.Verbs, name) || name == "" {
		r.errorf(call.Args[0], "give it another", "custom advice must have a name of its own, not %q", name)
		return nil
	}
	f, ok := r.object(call.Args[1]).(*types.Func)
	if !ok || f.Signature().Recv() != nil || !isAdvice(f.Signature()) {
		r.errorf(call.Args[1], "declare it so, and name it", "advice %q must be a declared function of type %s", name, adviceType)
		if r.rules.custom[name] == nil {
			r.rules.custom[name] = nil // an order may name it
		}
		return nil
	}
	advice := &plan.Ref{Path: f.Pkg().Path(), Pkg: f.Pkg().Name(), Name: f.Name()}
	if other := r.rules.custom[name]; other != nil && *other != *advice {
		r.errorf(call.Args[1], "rename one", "advice %q must be one function, and is %s.%s elsewhere", name, other.Pkg, other.Name)
		return nil
	}
	r.rules.custom[name] = advice
	return &Want{Name: name, Pos: r.p.Position(call.Pos()), Advice: advice}
}

func isAdvice(sig *types.Signature) bool {
	if sig.TypeParams().Len() > 0 || sig.Params().Len() != 3 || sig.Results().Len() != 1 || !signature.IsError(sig.Results().At(0).Type()) || !signature.IsContext(sig.Params().At(0).Type()) {
		return false
	}
	site, ok := types.Unalias(sig.Params().At(1).Type()).(*types.Pointer)
	next, ok2 := types.Unalias(sig.Params().At(2).Type()).(*types.Signature)
	return ok && ok2 && signature.IsNamed(site.Elem(), plan.HooksPath, "Site") &&
		next.Params().Len() == 1 && signature.IsContext(next.Params().At(0).Type()) && next.Results().Len() == 1 && signature.IsError(next.Results().At(0).Type())
}

// object returns the declared object that an expression names, or nil.
func (r *ruleReader) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return r.pkg.Info.Uses[e]
	case *ast.SelectorExpr:
		return r.pkg.Info.Uses[e.Sel]
	case *ast.IndexExpr:
		return r.object(e.X)
	case *ast.IndexListExpr:
		return r.object(e.X)
	}
	return nil
}

func (r *ruleReader) str(e ast.Expr) (string, bool) { return r.constant(e, aspects.String) }

// constant returns an expression's constant value in a directive's form.
func (r *ruleReader) constant(e ast.Expr, kind aspects.Kind) (string, bool) {
	v := r.pkg.Info.Types[e].Value
	if v == nil {
		r.errorf(e, "the rule file is read, not executed", "value must be a constant")
		return "", false
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	switch {
	case exact && (kind == aspects.Duration || kind == aspects.Size && isDuration(r.pkg.Info.Types[e].Type)):
		return time.Duration(n).String(), true
	case kind == aspects.Level && exact:
		return slog.Level(n).String(), true
	case v.Kind() == constant.String:
		return constant.StringVal(v), true
	case v.Kind() == constant.Bool:
		return strconv.FormatBool(constant.BoolVal(v)), true
	case kind == aspects.Float:
		f, _ := constant.Float64Val(v)
		return strconv.FormatFloat(f, 'g', -1, 64), true
	}
	return v.ExactString(), true
}

func isDuration(t types.Type) bool { return signature.IsNamed(t, "time", "Duration") }
