package rewrite

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// literal makes the body a function literal that is called in a loop.
type literal struct {
	*statements
	passRecv bool // the literal takes the receiver as its first parameter
}

// attempt returns the text before and after the body that makes it a function literal with the
// original parameters and results, called in a loop. Unnamed variables of the function get names,
// and those that would hide something in the literal's types get other names.
func (f *literal) attempt() (head, tail string, err error) {
	if f.site.ErrAs != plan.ErrError || f.site.Entry.Responds {
		return "", "", fmt.Errorf("it must have a result of type error, which says how an attempt ended")
	}
	f.rename()
	for i := range f.params {
		f.nameParam(i)
	}
	f.nameResults()
	lines := f.enter() + f.beginExchange()
	attrs, err := f.attrs()
	if err != nil {
		return "", "", err
	}
	before, err := f.before()
	if err != nil {
		return "", "", err
	}
	after, err := f.after()
	if err != nil {
		return "", "", err
	}
	open, closing, results, err := f.hedge()
	if err != nil {
		return "", "", err
	}
	loopHead, loopTail, err := f.loop(results)
	if err != nil {
		return "", "", err
	}
	return lines + attrs + before + open + loopHead, loopTail + closing + after + "\treturn\n", nil
}

// hedge returns the text around a loop that runs once per branch. Each branch has a call, a
// context, an error and results of its own, under the same names or fresh ones, and the function's
// results are assigned only for the branch that has won.
func (f *literal) hedge() (open, closing, results string, err error) {
	if !f.site.Hedge {
		return "", "", f.resultList(), nil
	}
	failure, ctx, n := f.results[f.site.Err].name, f.params[f.site.Ctx].name, f.site.Numbered
	if f.site.Entry.Holds != plan.HoldsContext {
		ctx = "_" // the attempts' requests have it
	}
	var names, wins, won, made []string
	var b strings.Builder
	fmt.Fprintf(&b, "\t%s = %s.Hedge(func(%s *instrumentCall%s, %s instrumentContext%s) (%s func(), %s instrumentError%s) {\n",
		failure, f.call, f.call, n, ctx, n, f.names.Fresh("won"), failure, n)
	for i, v := range f.results {
		if i == f.site.Err {
			names = append(names, failure)
			continue
		}
		name := f.names.Fresh(fmt.Sprintf("h%d", i), fmt.Sprintf("hedged%d", i))
		fmt.Fprintf(&b, "\t\tvar %s %s\n", name, f.typeOf(v))
		names, wins, won = append(names, name), append(wins, v.name), append(won, name)
		if slices.Contains(f.site.Made, i) {
			made = append(made, name)
		}
	}
	results = strings.Join(names, ", ")
	keep, err := f.asked("\t\t", f.call+".Hedged()", results, option.Hedge)
	if x := f.site.Exchange; x != nil {
		keep += fmt.Sprintf("\t\t%s.Made(%s, %s)\n", x.Var, f.call, names[0])
	}
	if len(made) > 0 {
		keep += fmt.Sprintf("\t\t%s.Made(%s)\n", f.call, strings.Join(made, ", "))
	}
	body := "func() {}"
	if len(won) > 0 {
		body = fmt.Sprintf("func() { %s = %s }", strings.Join(wins, ", "), strings.Join(won, ", "))
	}
	return b.String(), keep + fmt.Sprintf("\t\treturn %s, %s\n\t})\n", body, failure), results, err
}

// loop returns the text before and after the body that calls it for each attempt and assigns the
// given results.
func (f *literal) loop(results string) (head, tail string, err error) {
	failure := f.results[f.site.Err].name
	around, context := f.around(failure)
	if context == "" && around == "" && f.site.Retry && f.site.Entry.Holds == plan.HoldsContext {
		context = f.call + ".Context()"
	}
	outer := "\t"
	if f.site.Hedge {
		outer += "\t"
	}
	indent := outer + "\t"
	closing := ""
	var b strings.Builder
	fmt.Fprintf(&b, "%sfor %s.Next(&%s) {\n", outer, f.call, failure)
	if around != "" {
		b.WriteString(indent + around + "\n")
		indent += "\t"
		closing = indent + "return " + failure + "\n" + outer + "\t})\n"
	}
	fmt.Fprintf(&b, "%s%s = func(%s) %s {", indent, results, f.literalParams(), f.literalResults())
	response, _, _ := strings.Cut(results, ", ")
	judged := f.judge(outer+"\t", response, failure)
	asked, err := f.asked(outer+"\t", fmt.Sprintf("%s.Ended(&%s)", f.call, failure), results, option.Retry, option.Breaker)
	return b.String(), indent + "}(" + f.arguments(context) + ")\n" + closing + judged + asked + outer + "}\n", err
}

// asked returns the statements that ask functions of the user's about the results, for each of the
// aspects that has some, where the condition holds.
func (f *literal) asked(indent, condition, results string, aspects ...string) (string, error) {
	var b strings.Builder
	for _, aspect := range aspects {
		step := f.step(aspect)
		if step == nil {
			continue
		}
		for _, c := range []struct {
			*plan.Callee
			method string
		}{{step.If, "If"}, {step.Unless, "Unless"}} {
			if c.Callee == nil {
				continue
			}
			name, err := f.outer(c.Name, false)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s\t%s.%s%s(%s(%s))\n", indent, f.call, plan.UpperFirst(aspect), c.method, name, results)
		}
	}
	if b.Len() == 0 {
		return "", nil
	}
	return indent + "if " + condition + " {\n" + b.String() + indent + "}\n", nil
}

// around returns what custom advice puts around the attempt: the beginning of the call, and the
// argument that replaces the context inside it ("" to keep the parameter).
func (f *literal) around(failure string) (open, context string) {
	if !f.site.Around {
		return "", ""
	}
	outer, param := f.call+".Context()", "instrumentContext"+f.site.Numbered
	switch f.site.Entry.Holds {
	case plan.HoldsContext:
		if !f.site.Retry {
			outer = f.params[f.site.Ctx].name
		}
		param = f.params[f.site.Ctx].name + " " + param
	case plan.HoldsKeptContext:
		c := f.names.Fresh("c", "callCtx")
		param, context = c+" "+param, fmt.Sprintf("%s.Given(%s, %s)", f.call, f.params[f.site.Ctx].name, c)
	case plan.HoldsCopiedRequest:
		r, c := f.params[f.site.Ctx].name, f.names.Fresh("c", "callCtx")
		param, context = c+" "+param, f.call+".Request("+r+", "+c+")"
	}
	return fmt.Sprintf("%s = %s.Around(%s, func(%s) instrumentError%s {", failure, f.call, outer, param, f.site.Numbered), context
}

// rename gives fresh names to variables that hide a name in the literal's types, or nil if
// something is compared with it. If each attempt needs its own copy of the receiver, the literal
// takes the receiver as its first parameter, under its original name.
func (f *literal) rename() {
	types := Names{}
	if f.guarded() {
		types["nil"] = true
	}
	if f.site.SpellsCall() || f.site.SpellsContext() {
		for _, name := range plan.SpelledTypes(f.site.Numbered) {
			types[name] = true
		}
	}
	for _, v := range f.all() {
		types.spell(v.field.Type)
	}
	for i, v := range f.params {
		if types[v.name] {
			v.name = f.names.Fresh(f.paramNames(i)...)
		}
	}
	for i, v := range f.results {
		if types[v.name] {
			v.name = f.names.Fresh(f.resultNames(i)...)
		}
	}
	if f.recv == nil || !f.recv.wasNamed() {
		return
	}
	hides := types[f.recv.name]
	if hides {
		f.recv.name = f.names.Fresh("recv")
	}
	_, pointer := plan.ReceiverBase(f.recv.field.Type)
	f.passRecv = mentions(f.decl.Body, f.recv.ident.Name) && (hides || !pointer || assigns(f.decl.Body, f.recv.ident.Name))
	if f.passRecv {
		f.nameTypeParams()
	}
}

// nameTypeParams names the receiver's type parameters that are called "_", because the literal has
// to spell the receiver's type.
func (f *literal) nameTypeParams() {
	ast.Inspect(f.recv.field.Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "_" {
			f.typeParamEdits = append(f.typeParamEdits, Edit{f.offset(id.Pos()), f.offset(id.End()), f.names.Fresh("T")})
		}
		return true
	})
}

// literalParams returns the literal's parameter list: the original one, preceded by the receiver if
// that is passed.
func (f *literal) literalParams() string {
	list := f.decl.Type.Params
	if f.takesSite() {
		if len(list.List) == 1 {
			return ""
		}
		return strings.TrimSuffix(typeText(f.between(list.List[1].Pos(), list.Closing)), ",")
	}
	if !f.passRecv {
		return strings.TrimSuffix(typeText(f.between(list.Opening+1, list.Closing)), ",")
	}
	t := f.recv.field.Type
	text := Apply(f.between(t.Pos(), t.End()), f.offset(t.Pos()), f.typeParamEdits)
	fields := []string{f.recv.ident.Name + " " + typeText(text)}
	for _, field := range list.List {
		text := typeText(f.between(field.Pos(), field.Type.End()))
		if len(field.Names) == 0 {
			text = "_ " + text
		}
		fields = append(fields, text)
	}
	return strings.Join(fields, ", ")
}

// takesSite reports whether the function is generated for calls: its site is its first parameter,
// and is none of the body's.
func (f *literal) takesSite() bool {
	return len(f.params) > 0 && f.params[0].wasNamed() && f.params[0].ident.Name == f.site.Var
}

// literalResults returns the literal's results as the source writes them.
func (f *literal) literalResults() string {
	list := f.decl.Type.Results
	if !list.Opening.IsValid() {
		return typeText(f.between(list.Pos(), list.End()))
	}
	return "(" + strings.TrimSuffix(typeText(f.between(list.Opening+1, list.Closing)), ",") + ")"
}

// arguments returns the arguments of the literal's call. Context, if not "", replaces the parameter
// that holds the context.
func (f *literal) arguments(context string) string {
	var list []string
	if f.passRecv {
		list = append(list, f.recv.name)
	}
	for i, v := range f.params {
		if i == 0 && f.takesSite() {
			continue
		}
		arg := v.name
		if context != "" && i == f.site.Ctx {
			arg = context
		}
		if x := f.site.Exchange; x != nil && i == x.Request {
			arg = f.sent(arg, context)
		}
		if _, variadic := v.field.Type.(*ast.Ellipsis); variadic {
			arg += "..."
		}
		list = append(list, arg)
	}
	return strings.Join(list, ", ")
}
