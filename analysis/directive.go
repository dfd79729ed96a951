package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
	"github.com/instrumentgo/instrument/internal/suggest"
)

// fileDirectives sorts a file's directives by what they stand on.
type fileDirectives struct {
	file   []directive // above the package clause
	funcs  map[*ast.FuncDecl][]directive
	types  map[*ast.TypeSpec][]directive
	fields map[*ast.Field][]directive // of struct types, also those behind the field on its line
}

// directives parses the directives of a file. One that stands on nothing it could apply to is a finding.
func readDirectives(fset *token.FileSet, file *ast.File, diags *Diagnostics) fileDirectives {
	d := fileDirectives{funcs: map[*ast.FuncDecl][]directive{}, types: map[*ast.TypeSpec][]directive{}, fields: map[*ast.Field][]directive{}}
	owners := docOwners(file)
	for _, group := range file.Comments {
		for _, c := range group.List {
			parsed, ok := parseDirective(c, diags)
			if !ok {
				continue
			}
			switch owner := owners[group].(type) {
			case *ast.File:
				d.file = append(d.file, parsed)
			case *ast.FuncDecl:
				d.funcs[owner] = append(d.funcs[owner], parsed)
			case *ast.TypeSpec:
				d.types[owner] = append(d.types[owner], parsed)
			case *ast.Field:
				d.fields[owner] = append(d.fields[owner], parsed)
			default:
				detached(parsed, diags)
			}
		}
	}
	return d
}

// detached reports a directive that stands on nothing it could apply to.
func detached(d directive, diags *Diagnostics) {
	diags.at(d.pos, "move it there, without a blank line between, or remove it",
		"directive //instrument:%s must stand directly above a function, method, type or package clause", d.name)
}

// docOwners maps each documentation comment to the declaration that a directive in it belongs to.
func docOwners(file *ast.File) map[*ast.CommentGroup]ast.Node {
	owners := map[*ast.CommentGroup]ast.Node{}
	own := func(doc *ast.CommentGroup, n ast.Node) {
		if doc != nil {
			owners[doc] = n
		}
	}
	own(file.Doc, file)
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			own(decl.Doc, decl)
		case *ast.GenDecl:
			if decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				own(spec.(*ast.TypeSpec).Doc, spec)
				for _, field := range structFields(spec.(*ast.TypeSpec)) {
					own(field.Doc, field)
					own(field.Comment, field)
				}
			}
			if len(decl.Specs) == 1 {
				own(decl.Doc, decl.Specs[0])
			}
		}
	}
	return owners
}

// structFields returns the fields of a type that is written as a struct.
func structFields(spec *ast.TypeSpec) []*ast.Field {
	if t, ok := ast.Unparen(spec.Type).(*ast.StructType); ok {
		return t.Fields.List
	}
	return nil
}

// wantedBy turns directives into aspects. Directives of one function, or of one type or file, are given together, because
// each aspect may be named once among them.
func (rs *ruleSet) wantedBy(pkg *checked, file *ast.File, list []directive, strict bool) (want []*wanted, off *directive) {
	seen := map[string]bool{}
	for _, d := range list {
		pos := rs.p.position(d.pos)
		if seen[d.name] && d.name != "use" {
			rs.p.diags.add(pos, "merge them into one", "directive //instrument:%s must be given once", d.name)
			continue
		}
		seen[d.name] = true
		switch d.name {
		case "off":
			if strings.TrimSpace(d.text) == "" {
				rs.p.diags.add(pos, "as in //instrument:off called at each heartbeat", "directive //instrument:off must give a reason")
			}
			off = &d
		case "decorate": // one on an interface is read there
			rs.p.undecorated(d)
		case "debug": // one on a function is read there
			rs.p.diags.add(pos, "move it there", "directive //instrument:debug must be on func main of a main package")
		case "mutating": // it weaves nothing
			rs.p.bare(d)
		case "use":
			want = append(want, rs.wantedStack(pkg, d, strict)...)
		default:
			if w := rs.p.wantedAspect(pkg, file, d, strict); w != nil {
				want = append(want, w)
			}
		}
	}
	if off != nil && slices.ContainsFunc(list, func(d directive) bool { return d.name != "off" }) {
		rs.p.diags.at(off.pos, "remove it, or the others", "directive //instrument:off must stand alone, because nothing else here has an effect")
	}
	return want, off
}

func (rs *ruleSet) wantedStack(pkg *checked, d directive, strict bool) []*wanted {
	pos := rs.p.position(d.pos)
	if len(d.args) != 1 {
		rs.p.diags.add(pos, "as in //instrument:use server", "directive //instrument:use must name one stack")
		return nil
	}
	stack, ok := rs.stacks[d.args[0].Arg]
	if !ok {
		if rs.unread { // it may be in a rule file with an error
			return nil
		}
		rs.p.diags.at(d.args[0].Pos, rs.stackHint(d.args[0].Arg), "stack %q must be declared in a rule file with aspects.Stack", d.args[0].Arg)
		return nil
	}
	return fromParts(stack.parts, d.args[0].Arg, "directive", pos, strict)
}

// misnamed reports a directive of which there is none. It returns false for the others.
func misnamed(d directive, diags *Diagnostics) bool {
	if isDirectiveName(d.name) {
		return false
	}
	hint := suggest.DidYouMean(d.name, directiveNames())
	if hint == "" {
		hint = "there are " + strings.Join(directiveNames(), ", ")
	}
	diags.at(d.pos, hint, "directive //instrument:%s must name an aspect", d.name)
	return true
}

func (p *Program) wantedAspect(pkg *checked, file *ast.File, d directive, strict bool) *wanted {
	pos := p.position(d.pos)
	def, ok := aspects.Lookup(d.name)
	if !ok {
		misnamed(d, p.diags)
		return nil
	}
	w := &wanted{name: d.name, from: "directive", pos: pos, strict: strict}
	for i, arg := range d.args {
		if o, text := p.argument(def, arg, i); o != nil {
			p.directiveOption(pkg, file, w, o, text, p.position(arg.Pos))
		} else {
			w.flawed = true
		}
	}
	return p.complete(w, def)
}

// argument returns the option that a directive's argument sets, with its text.
func (p *Program) argument(def *aspects.Definition, arg ast.DirectiveArg, index int) (*aspects.Option, string) {
	pos := p.position(arg.Pos)
	name, text, named := strings.Cut(arg.Arg, "=")
	if named {
		o, ok := def.Option(name)
		if !ok {
			p.diags.add(pos, optionHint(def, name), "//instrument:%s must not have an option %q", def.Name, name)
			return nil, ""
		}
		return o, text
	}
	o := def.Positional()
	switch {
	case o != nil && index == 0:
		return o, arg.Arg
	case o != nil:
		p.diags.add(pos, quoteHint(def.Name), "argument %q of //instrument:%s must have the form option=value", arg.Arg, def.Name)
	default:
		p.diags.add(pos, optionHint(def, arg.Arg), "argument %q of //instrument:%s must have the form option=value", arg.Arg, def.Name)
	}
	return nil, ""
}

// directiveOption sets an option of a directive.
func (p *Program) directiveOption(pkg *checked, file *ast.File, w *wanted, o *aspects.Option, text string, pos token.Position) {
	fail := func(hint, format string, args ...any) {
		p.diags.add(pos, hint, format, args...)
		w.flawed = true
	}
	v := value{pos: pos, file: file}
	var err error
	if v.text, err = parseValue(o, text); err != nil {
		fail(optionDoc(o), "option %s of //instrument:%s %v", o.Name, w.name, err)
		return
	}
	if o.Kind == aspects.Func || o.Kind == aspects.Sentinel {
		if v.ref, err = p.resolve(pkg, file, o.Kind, v.text); err != nil {
			fail("declare it so, or import its package in this file", "option %s of //instrument:%s must name %s: %v", o.Name, w.name, kindWords(o.Kind), err)
			return
		}
	}
	if err := w.set(o, v); err != nil {
		fail("remove one", "%v", err)
	}
}

// complete checks what only all options together tell.
func (p *Program) complete(w *wanted, def *aspects.Definition) *wanted {
	for i := range def.Options {
		o := &def.Options[i]
		if o.Need && len(w.options[o.Name]) == 0 && !w.flawed {
			like := o.Like
			if !o.Value {
				like = o.Name + "=" + like
			}
			p.diags.add(w.pos, fmt.Sprintf("as in //instrument:%s %s", w.name, like), "%s must have a value for %s: %s", w.name, o.Name, o.Doc)
		}
	}
	p.conflicts(w, false)
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

// isTest reports whether the file belongs to tests, which are never woven.
func isTest(name string) bool { return strings.HasSuffix(filepath.Base(name), "_test.go") }
