package rewrite

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/instrumentgo/instrument/analysis"
)

// attempt returns the text before and after the body that makes it a function literal with the original parameters and
// results, called in a loop. The function's own variables get names, and other names where the literal's types need theirs.
func (f *function) attempt() (head, tail string, err error) {
	if f.site.ErrAs != analysis.ErrError || f.site.Entry == analysis.EntryHTTP {
		return "", "", fmt.Errorf("it must have a result of type error, which says how an attempt ended")
	}
	passRecv := f.rename()
	for i := range f.params {
		f.nameParam(i)
	}
	f.nameResults()
	lines, call := f.enter()
	attrs, err := f.attrs(call)
	if err != nil {
		return "", "", err
	}
	failure := f.results[f.site.Err].name
	around, context, closing := f.around(call, failure)

	var b strings.Builder
	b.WriteString(lines + attrs)
	fmt.Fprintf(&b, "\tfor %s.Next(&%s) {\n", call, failure)
	indent := "\t\t"
	if around != "" {
		b.WriteString(indent + around + "\n")
		indent += "\t"
	}
	fmt.Fprintf(&b, "%s%s = func(%s) %s {", indent, f.resultList(), f.literalParams(passRecv), f.literalResults())
	tail = indent + "}(" + f.arguments(passRecv, context) + ")\n" + closing + "\t}\n\treturn\n"
	return b.String(), tail, nil
}

// around returns what custom advice puts around the attempt: the call's opening, the argument that stands for the context
// inside ("" for the parameter as it is), and the closing.
func (f *function) around(call, failure string) (open, context, closing string) {
	if !f.site.Around {
		return "", "", ""
	}
	closing = "\t\t\treturn " + failure + "\n\t\t})\n"
	outer, param := call+".Context()", "instrumentContext"+f.site.Numbered
	switch f.site.Entry {
	case analysis.EntryContext:
		outer = f.params[f.site.Ctx].name
		param = outer + " " + param
	case analysis.EntryRequest:
		r, c := f.params[f.site.Ctx].name, f.names.fresh("c", "callCtx")
		param, context = c+" "+param, call+".Request("+r+", "+c+")"
	}
	return fmt.Sprintf("%s = %s.Around(%s, func(%s) instrumentError%s {", failure, call, outer, param, f.site.Numbered), context, closing
}

// rename gives fresh names to the variables that hide what the literal's types, or a comparison with nil, mean. It reports
// whether the literal takes the receiver as its first parameter: each attempt then has its own copy, under its own name.
func (f *function) rename() (passRecv bool) {
	types := map[string]bool{}
	if f.guarded() {
		types["nil"] = true
	}
	if f.site.Around {
		types["instrumentContext"+f.site.Numbered], types["instrumentError"+f.site.Numbered] = true, true
	}
	for _, v := range f.all() {
		spelled(types, v.field.Type)
	}
	for i, v := range f.params {
		if types[v.name] {
			v.name = f.names.fresh(f.paramNames(i)...)
		}
	}
	for i, v := range f.results {
		if types[v.name] {
			v.name = f.names.fresh(f.resultNames(i)...)
		}
	}
	if f.recv == nil || !f.recv.wasNamed() {
		return false
	}
	hides := types[f.recv.name]
	if hides {
		f.recv.name = f.names.fresh("recv")
	}
	_, pointer := receiverBase(f.recv.field.Type)
	passRecv = mentions(f.decl.Body, f.recv.ident.Name) && (hides || !pointer || assigns(f.decl.Body, f.recv.ident.Name))
	if passRecv {
		f.nameTypeParams()
	}
	return passRecv
}

// nameTypeParams names the receiver's type parameters that are called "_", because the literal spells the receiver's type.
func (f *function) nameTypeParams() {
	ast.Inspect(f.recv.field.Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "_" {
			f.typeParamEdits = append(f.typeParamEdits, edit{f.offset(id.Pos()), f.offset(id.End()), f.names.fresh("T")})
		}
		return true
	})
}

// literalParams returns the literal's parameter list: the original one, after the receiver where it is passed.
func (f *function) literalParams(passRecv bool) string {
	list := f.decl.Type.Params
	if !passRecv {
		return strings.TrimSuffix(typeText(f.between(list.Opening+1, list.Closing)), ",")
	}
	t := f.recv.field.Type
	text := apply(f.between(t.Pos(), t.End()), f.offset(t.Pos()), f.typeParamEdits)
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

// literalResults returns the literal's results as the source has them.
func (f *function) literalResults() string {
	list := f.decl.Type.Results
	if !list.Opening.IsValid() {
		return typeText(f.between(list.Pos(), list.End()))
	}
	return "(" + strings.TrimSuffix(typeText(f.between(list.Opening+1, list.Closing)), ",") + ")"
}

func (f *function) resultList() string {
	var list []string
	for _, v := range f.results {
		list = append(list, v.name)
	}
	return strings.Join(list, ", ")
}

// arguments returns what the literal is called with; context, if not "", replaces the parameter that holds the context.
func (f *function) arguments(passRecv bool, context string) string {
	var list []string
	if passRecv {
		list = append(list, f.recv.name)
	}
	for i, v := range f.params {
		arg := v.name
		if context != "" && i == f.site.Ctx {
			arg = context
		}
		if _, variadic := v.field.Type.(*ast.Ellipsis); variadic {
			arg += "..."
		}
		list = append(list, arg)
	}
	return strings.Join(list, ", ")
}
