package ask

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/signature"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
)

// aspectReader reads the aspects of stacks and rules.
type aspectReader struct {
	expression.Reader
	custom map[string]*plan.Ref // custom advice of all rule files by name; nil if it was refused
}

// read reads one call such as aspects.Retry(aspects.Attempts(3)).
func (r aspectReader) read(e ast.Expr) *Want {
	name, call := r.Call(e)
	if name == "Around" {
		return r.around(call)
	}
	i := slices.IndexFunc(aspects.Builtin(), func(d *aspects.Definition) bool { return d.Rule == name && name != "" })
	if i < 0 {
		r.Errorf(e, "write the call in its place", "aspect must be written as a call of a function of package aspects")
		return nil
	}
	def := aspects.Builtin()[i]
	w := &Want{Name: def.Name, Pos: r.Pos(e)}
	args := call.Args
	if own := ownArgument(def); own != nil && len(args) > 0 {
		r.option(w, own, args[0])
		args = args[1:]
	}
	for _, a := range args {
		option, values := r.Call(a)
		j := slices.IndexFunc(def.Options, func(o aspects.Option) bool { return o.Rule == option && option != "" })
		if j < 0 {
			r.Errorf(a, "write the call in its place", "option of aspects.%s must be written as a call of a function of package aspects", def.Rule)
			continue
		}
		o := &def.Options[j]
		if o.Kind == aspects.PerTime {
			r.perTime(w, o, values)
			continue
		}
		for _, v := range values.Args {
			r.option(w, o, v)
		}
	}
	checkTogether(r.Program, w, def)
	return w
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

// perTime reads an option whose constructor takes a number and a time.
func (r aspectReader) perTime(w *Want, o *aspects.Option, call *ast.CallExpr) {
	n, ok := r.Constant(call.Args[0], aspects.Int)
	per, ok2 := r.Constant(call.Args[1], aspects.Duration)
	if !ok || !ok2 {
		w.flawed = true
		return
	}
	text, err := parseValue(o, n+"/"+per)
	if err != nil {
		r.Errorf(call.Args[0], optionDoc(o), "option %s of %s %v", o.Name, w.Name, err)
		w.flawed = true
		return
	}
	if err := w.set(o, Value{Text: text, Pos: r.Pos(call)}); err != nil {
		r.Errorf(call, "remove one", "%v", err)
	}
}

// option reads an option that takes one value, for each of its values.
func (r aspectReader) option(w *Want, o *aspects.Option, e ast.Expr) {
	before := r.Program.Findings.Len()
	defer func() { w.flawed = w.flawed || r.Program.Findings.Len() > before }()
	v := Value{Pos: r.Pos(e)}
	switch o.Kind {
	case aspects.Call:
		fn, ok := r.Object(e).(*types.Func)
		if !ok {
			r.Errorf(e, "declare one in a package that this file can import, and name it",
				"argument must name a declared function, or a method as in (*Service).Authorize")
			return
		}
		v.Fn, v.Text = fn, funcText(fn)
	case aspects.Func, aspects.Closer, aspects.Sentinel:
		ref, err := expression.Reference(r.Object(e), o.Kind)
		if err != nil {
			r.Errorf(e, "declare one in a package that this file can import, and name it", "argument must name %s: %v", expression.KindWords(o.Kind), err)
			return
		}
		v.Ref, v.Text = ref, ref.Pkg+"."+ref.Name
		v.Fn, _ = r.Object(e).(*types.Func)
	default:
		text, ok := r.Constant(e, o.Kind)
		if !ok || text == "" && o.Own && o.Name == "name" {
			return // aspects.Breaker("") has no name
		}
		var err error
		if v.Text, err = parseValue(o, text); err != nil {
			r.Errorf(e, optionDoc(o), "option %s of %s %v", o.Name, w.Name, err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		r.Errorf(e, "remove one", "%v", err)
	}
}

// funcText names a function as a rule file does.
func funcText(fn *types.Func) string {
	if fn.Signature().Recv() != nil {
		return signature.Key(fn)
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

// adviceType is the type of custom advice, as findings write it.
const adviceType = "func(ctx context.Context, site *" + plan.HooksPath + ".Site, next func(context.Context) error) error"

// around reads aspects.Around("name", advice).
func (r aspectReader) around(call *ast.CallExpr) *Want {
	name, ok := r.Text(call.Args[0])
	if !ok {
		return nil
	}
	if _, builtin := aspects.Lookup(name); builtin || slices.Contains(directive.Verbs, name) || name == "" {
		r.Errorf(call.Args[0], "give it another", "custom advice must have a name of its own, not %q", name)
		return nil
	}
	f, ok := r.Object(call.Args[1]).(*types.Func)
	if !ok || f.Signature().Recv() != nil || !signature.IsAdvice(f.Signature()) {
		r.Errorf(call.Args[1], "declare it so, and name it", "advice %q must be a declared function of type %s", name, adviceType)
		if r.custom[name] == nil {
			r.custom[name] = nil // an order may name it
		}
		return nil
	}
	advice := expression.RefTo(f)
	if other := r.custom[name]; other != nil && *other != *advice {
		r.Errorf(call.Args[1], "rename one", "advice %q must be one function, and is %s.%s elsewhere", name, other.Pkg, other.Name)
		return nil
	}
	r.custom[name] = advice
	return &Want{Name: name, Pos: r.Pos(call), Advice: advice}
}
