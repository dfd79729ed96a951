package ask

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// FromDirectives turns directives into aspects. Directives of one function, or of one type or file, are given together, because
// each aspect may be named once among them.
func (rs *Rules) FromDirectives(pkg *source.Package, file *ast.File, list []directive.Directive, strict bool) (want []*Want, off *directive.Directive) {
	seen := map[string]bool{}
	for _, d := range list {
		pos := rs.p.Position(d.Pos)
		if seen[d.Name] && d.Name != "use" {
			rs.p.Findings.Add(pos, "merge them into one", "directive //instrument:%s must be given once", d.Name)
			continue
		}
		seen[d.Name] = true
		switch d.Name {
		case "off":
			if strings.TrimSpace(d.Text) == "" {
				rs.p.Findings.Add(pos, "as in //instrument:off called at each heartbeat", "directive //instrument:off must give a reason")
			}
			off = &d
		case "decorate": // one on an interface is read there
			directive.Undecorated(d, rs.p.Findings)
		case "debug": // one on a function is read there
			rs.p.Findings.Add(pos, "move it there", "directive //instrument:debug must be on func main of a main package")
		case "mutating": // it weaves nothing
			directive.NoArguments(d, rs.p.Findings)
		case "use":
			want = append(want, rs.wantedStack(pkg, d, strict)...)
		default:
			if w := wantedAspect(rs.p, pkg, file, d, strict); w != nil {
				want = append(want, w)
			}
		}
	}
	if off != nil && slices.ContainsFunc(list, func(d directive.Directive) bool { return d.Name != "off" }) {
		rs.p.Findings.At(off.Pos, "remove it, or the others", "directive //instrument:off must stand alone, because nothing else here has an effect")
	}
	return want, off
}

func (rs *Rules) wantedStack(pkg *source.Package, d directive.Directive, strict bool) []*Want {
	pos := rs.p.Position(d.Pos)
	if len(d.Args) != 1 {
		rs.p.Findings.Add(pos, "as in //instrument:use server", "directive //instrument:use must name one stack")
		return nil
	}
	stack, ok := rs.stacks[d.Args[0].Arg]
	if !ok {
		if rs.Unread { // it may be in a rule file with an error
			return nil
		}
		rs.p.Findings.At(d.Args[0].Pos, rs.stackHint(d.Args[0].Arg), "stack %q must be declared in a rule file with aspects.Stack", d.Args[0].Arg)
		return nil
	}
	return fromParts(stack.parts, d.Args[0].Arg, "directive", pos, strict)
}

func wantedAspect(p *source.Program, pkg *source.Package, file *ast.File, d directive.Directive, strict bool) *Want {
	pos := p.Position(d.Pos)
	def, ok := aspects.Lookup(d.Name)
	if !ok {
		directive.Misnamed(d, p.Findings)
		return nil
	}
	w := &Want{Name: d.Name, From: "directive", Pos: pos, Strict: strict}
	for i, arg := range d.Args {
		if o, text := argument(p, def, arg, i); o != nil {
			directiveOption(p, pkg, file, w, o, text, p.Position(arg.Pos))
		} else {
			w.flawed = true
		}
	}
	return complete(p, w, def)
}

// argument returns the option that a directive's argument sets, with its text.
func argument(p *source.Program, def *aspects.Definition, arg ast.DirectiveArg, index int) (*aspects.Option, string) {
	pos := p.Position(arg.Pos)
	name, text, named := strings.Cut(arg.Arg, "=")
	if named {
		o, ok := def.Option(name)
		if !ok {
			p.Findings.Add(pos, optionHint(def, name), "//instrument:%s must not have an option %q", def.Name, name)
			return nil, ""
		}
		return o, text
	}
	o := def.Positional()
	switch {
	case o != nil && index == 0:
		return o, arg.Arg
	case o != nil:
		p.Findings.Add(pos, directive.QuoteHint(def.Name), "argument %q of //instrument:%s must have the form option=value", arg.Arg, def.Name)
	default:
		p.Findings.Add(pos, optionHint(def, arg.Arg), "argument %q of //instrument:%s must have the form option=value", arg.Arg, def.Name)
	}
	return nil, ""
}

// directiveOption sets an option of a directive.
func directiveOption(p *source.Program, pkg *source.Package, file *ast.File, w *Want, o *aspects.Option, text string, pos token.Position) {
	fail := func(hint, format string, args ...any) {
		p.Findings.Add(pos, hint, format, args...)
		w.flawed = true
	}
	v := Value{Pos: pos, File: file}
	var err error
	if v.Text, err = parseValue(o, text); err != nil {
		fail(optionDoc(o), "option %s of //instrument:%s %v", o.Name, w.Name, err)
		return
	}
	if o.Kind == aspects.Func || o.Kind == aspects.Sentinel {
		if v.Ref, err = resolve(p, pkg, file, o.Kind, v.Text); err != nil {
			fail("declare it so, or import its package in this file", "option %s of //instrument:%s must name %s: %v", o.Name, w.Name, kindWords(o.Kind), err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		fail("remove one", "%v", err)
	}
}

// complete checks what only all options together tell.
func complete(p *source.Program, w *Want, def *aspects.Definition) *Want {
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
	Conflicts(p, w, false)
	return w
}

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

// optionDoc says what an option means, for one that has a wrong value.
func optionDoc(o *aspects.Option) string {
	if o.Default == "" {
		return o.Doc
	}
	return o.Doc + "; by default " + o.Default
}

func kindWords(k aspects.Kind) string {
	if k == aspects.Func {
		return "a declared function of type func(error) bool"
	}
	return "a package-level variable of type error"
}
