package ask

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/expression"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// FromDirectives returns the aspects that directives ask for, and the directive //instrument:off if
// there is one. The directives of one function, type or file are passed together, because each
// aspect may be named only once among them. Strict says that they are on the function itself.
func (rs *Rules) FromDirectives(
	pkg *source.Package, file *ast.File, list []directive.Directive, strict bool,
) (want []*Want, off *directive.Directive) {
	r := &directiveReader{Rules: rs, pkg: pkg, file: file, strict: strict}
	seen := map[string]bool{}
	for _, d := range list {
		if seen[d.Name] && d.Name != "use" {
			rs.p.Findings.At(d.Pos, "merge them into one", "directive //instrument:%s must be given once", d.Name)
			continue
		}
		seen[d.Name] = true
		switch d.Name {
		case "off":
			if strings.TrimSpace(d.Text) == "" {
				rs.p.Findings.At(d.Pos, "as in //instrument:off called at each heartbeat", "directive //instrument:off must give a reason")
			}
			off = &d
		case "decorate": // the one on an interface is not passed here
			directive.Undecorated(d, rs.p.Findings)
		case "debug", "otel": // neither are those on func main
			rs.p.Findings.At(d.Pos, "move it there", "directive //instrument:%s must be on func main of a main package", d.Name)
		case "mutating", "repeatable": // they weave nothing
			directive.NoArguments(d, rs.p.Findings)
			if seen["mutating"] && seen["repeatable"] {
				rs.p.Findings.At(d.Pos, "remove one of them", "directive //instrument:repeatable must not be beside //instrument:mutating")
			}
		case "use":
			want = append(want, r.stack(d)...)
		default:
			if w := r.aspect(d); w != nil {
				want = append(want, w)
			}
		}
	}
	if off != nil && slices.ContainsFunc(list, func(d directive.Directive) bool { return d.Name != "off" }) {
		rs.p.Findings.At(off.Pos, "remove it, or the others",
			"directive //instrument:off must stand alone, because nothing else here has an effect")
	}
	return want, off
}

// directiveReader reads directives in the scope of one file.
type directiveReader struct {
	*Rules
	pkg    *source.Package
	file   *ast.File
	strict bool
}

// stack reads //instrument:use.
func (r *directiveReader) stack(d directive.Directive) []*Want {
	if len(d.Args) != 1 {
		r.p.Findings.At(d.Pos, "as in //instrument:use server", "directive //instrument:use must name one stack")
		return nil
	}
	name := d.Args[0].Arg
	stack, ok := r.stacks[name]
	if !ok && !r.Unread { // it may be in the file that could not be read
		r.p.Findings.At(d.Args[0].Pos, r.stackHint(name), "stack %q must be declared in a rule file with aspects.Stack", name)
	}
	return askedBy("directive", r.p.Position(d.Pos), r.strict, name, stack)
}

// aspect reads a directive that is named like an aspect.
func (r *directiveReader) aspect(d directive.Directive) *Want {
	def, ok := aspects.Lookup(d.Name)
	if !ok {
		directive.Misnamed(d, r.p.Findings)
		return nil
	}
	w := &Want{Name: d.Name, From: "directive", Pos: r.p.Position(d.Pos), Strict: r.strict}
	for i, arg := range d.Args {
		if o, text := r.argument(def, arg, i); o != nil {
			r.option(w, o, text, r.p.Position(arg.Pos))
		} else {
			w.flawed = true
		}
	}
	checkTogether(r.p, w, def)
	return w
}

// argument returns the option that a directive's argument sets, and the text of its value.
func (r *directiveReader) argument(def *aspects.Definition, arg ast.DirectiveArg, index int) (*aspects.Option, string) {
	name, text, named := strings.Cut(arg.Arg, "=")
	if named {
		o, ok := def.Option(name)
		if !ok {
			r.p.Findings.At(arg.Pos, optionHint(def, name), "//instrument:%s must not have an option %q", def.Name, name)
			return nil, ""
		}
		return o, text
	}
	o := def.Positional()
	if o != nil && index == 0 {
		return o, arg.Arg
	}
	hint := optionHint(def, arg.Arg)
	if o != nil {
		hint = directive.QuoteHint(def.Name)
	}
	r.p.Findings.At(arg.Pos, hint, "argument %q of //instrument:%s must have the form option=value", arg.Arg, def.Name)
	return nil, ""
}

// option sets an option of the aspect that a directive asks for.
func (r *directiveReader) option(w *Want, o *aspects.Option, text string, pos token.Position) {
	fail := func(hint, format string, args ...any) {
		r.p.Findings.Add(pos, hint, format, args...)
		w.flawed = true
	}
	v := Value{Pos: pos, File: r.file}
	var err error
	if v.Text, err = parseValue(o, text); err != nil {
		fail(optionDoc(o), "option %s of //instrument:%s %v", o.Name, w.Name, err)
		return
	}
	if o.Kind == aspects.Func || o.Kind == aspects.Closer || o.Kind == aspects.Sentinel {
		if v.Ref, v.Fn, err = r.resolve(o.Kind, v.Text); err != nil {
			fail("declare it so, or import its package in this file",
				"option %s of //instrument:%s must name %s: %v", o.Name, w.Name, expression.KindWords(o.Kind), err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		fail("remove one", "%v", err)
	}
}

// resolve finds the function or variable that an option names; the function is nil for a variable.
func (r *directiveReader) resolve(kind aspects.Kind, name string) (*plan.Ref, *types.Func, error) {
	obj, err := r.p.Types.Lookup(r.pkg, r.file, name)
	if err != nil {
		return nil, nil, err
	}
	fn, _ := obj.(*types.Func)
	ref, err := expression.Reference(obj, kind)
	return ref, fn, err
}

// checkTogether checks what no option shows alone: that none is missing, and that they fit
// together.
func checkTogether(p *source.Program, w *Want, def *aspects.Definition) {
	for i := range def.Options {
		o := &def.Options[i]
		if o.Need && len(w.Options[o.Name]) == 0 && !w.flawed {
			like := o.Like
			if !o.Value {
				like = o.Name + "=" + like
			}
			p.Findings.Add(w.Pos, fmt.Sprintf("as in //instrument:%s %s", w.Name, like), "%s must have a value for %s: %s", w.Name, o.Name, o.Doc)
		}
	}
	conflicts(p, w, false)
}

// optionHint lists the options of an aspect, or the one whose name is near.
func optionHint(def *aspects.Definition, name string) string {
	var names []string
	for _, o := range def.Options {
		names = append(names, o.Name)
	}
	if hint := suggest.DidYouMean(name, names); hint != "" {
		return hint
	}
	if len(names) == 1 {
		return "its option is " + names[0]
	}
	return "its options are " + strings.Join(names, ", ")
}

// optionDoc says what an option means, as the remedy for a wrong value.
func optionDoc(o *aspects.Option) string {
	if o.Default == "" {
		return o.Doc
	}
	return o.Doc + "; by default " + o.Default
}
