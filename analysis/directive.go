package analysis

import (
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/aspects"
)

// directive is one "//instrument:name args" comment.
type directive struct {
	name string
	args []ast.DirectiveArg
	text string // everything after the name
	pos  token.Pos
}

// verbs are the directives that are no aspects.
var verbs = []string{"use", "off", "decorate"}

var spaced = regexp.MustCompile(`^//[ \t]+instrument:([a-z]+)(?:[ \t]|$)`)

// fileDirectives sorts a file's directives by what they stand on.
type fileDirectives struct {
	file  []directive // above the package clause
	funcs map[*ast.FuncDecl][]directive
	types map[*ast.TypeSpec][]directive
}

// directives parses the directives of a file. One that stands on nothing it could apply to is a finding.
func (p *Program) directives(file *ast.File) fileDirectives {
	d := fileDirectives{funcs: map[*ast.FuncDecl][]directive{}, types: map[*ast.TypeSpec][]directive{}}
	owners := docOwners(file)
	for _, group := range file.Comments {
		for _, c := range group.List {
			parsed, ok := p.parseDirective(c)
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
			default:
				p.diags.add(p.position(parsed.pos), "put it directly above a function, method or type, without a blank line between",
					"directive //instrument:%s must belong to a declaration", parsed.name)
			}
		}
	}
	return d
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
			}
			if len(decl.Specs) == 1 {
				own(decl.Doc, decl.Specs[0])
			}
		}
	}
	return owners
}

func (p *Program) parseDirective(c *ast.Comment) (directive, bool) {
	if m := spaced.FindStringSubmatch(c.Text); m != nil {
		if _, known := aspects.Lookup(m[1]); known || slices.Contains(verbs, m[1]) {
			p.diags.add(p.position(c.Slash), "write //instrument:"+m[1], "directive must have no space after //")
		}
		return directive{}, false
	}
	parsed, ok := ast.ParseDirective(c.Slash, c.Text)
	if !ok || parsed.Tool != "instrument" {
		return directive{}, false
	}
	d := directive{name: parsed.Name, text: parsed.Args, pos: c.Slash}
	if d.name == "off" {
		return d, true // its reason is free text
	}
	args, err := parsed.ParseArgs()
	if err != nil {
		p.diags.add(p.position(parsed.ArgsPos), "quote a whole argument, as in \"name=place order\"", "%v", err)
		return directive{}, false
	}
	d.args = args
	return d, true
}

// wantedBy turns directives into aspects. Directives of one function, or of one type or file, are given together, because
// each aspect may be named once among them.
func (p *Program) wantedBy(pkg *checked, file *ast.File, list []directive, strict bool) (want []*wanted, off *directive) {
	seen := map[string]bool{}
	for _, d := range list {
		pos := p.position(d.pos)
		if seen[d.name] && d.name != "use" {
			p.diags.add(pos, "merge the two", "directive //instrument:%s must be given once", d.name)
			continue
		}
		seen[d.name] = true
		switch d.name {
		case "off":
			if strings.TrimSpace(d.text) == "" {
				p.diags.add(pos, "write //instrument:off and why", "directive //instrument:off must give a reason")
			}
			off = &d
		case "decorate": // read where the interface is
		case "use":
			want = append(want, p.wantedStack(pkg, d, strict)...)
		default:
			if w := p.wantedAspect(pkg, file, d, strict); w != nil {
				want = append(want, w)
			}
		}
	}
	if off != nil && len(list) > 1 {
		p.diags.add(p.position(off.pos), "remove one of them", "directive //instrument:off must stand alone, because nothing else here has an effect")
	}
	return want, off
}

func (p *Program) wantedStack(pkg *checked, d directive, strict bool) []*wanted {
	pos := p.position(d.pos)
	if len(d.args) != 1 {
		p.diags.add(pos, "as in //instrument:use server", "directive //instrument:use must name one stack")
		return nil
	}
	stack, ok := p.rules.stacks[d.args[0].Arg]
	if !ok {
		p.diags.add(p.position(d.args[0].Pos), p.stackHint(d.args[0].Arg), "stack %q must be declared in a rule file with aspects.Stack", d.args[0].Arg)
		return nil
	}
	p.rules.used[d.args[0].Arg] = true
	return fromParts(stack.parts, "directive", pos, strict)
}

func (p *Program) wantedAspect(pkg *checked, file *ast.File, d directive, strict bool) *wanted {
	pos := p.position(d.pos)
	def, ok := aspects.Lookup(d.name)
	if !ok {
		names := append(aspects.DefaultOrder(), verbs...)
		hint := suggest(d.name, names)
		if hint == "" {
			hint = "there are " + strings.Join(names, ", ")
		}
		p.diags.add(pos, hint, "directive //instrument:%s must name an aspect", d.name)
		return nil
	}
	w := &wanted{name: d.name, from: "directive", pos: pos, strict: strict}
	for i, arg := range d.args {
		argPos := p.position(arg.Pos)
		name, text, named := strings.Cut(arg.Arg, "=")
		var o *aspects.Option
		if !named {
			if o = def.Positional(); o == nil || i > 0 {
				p.diags.add(argPos, "", "argument %q of //instrument:%s must have the form option=value", arg.Arg, d.name)
				continue
			}
			text = arg.Arg
		} else if o, ok = def.Option(name); !ok {
			p.diags.add(argPos, optionHint(def, name), "//instrument:%s must not have an option %q", d.name, name)
			continue
		}
		v := value{pos: argPos}
		var err error
		if v.text, err = parseValue(o, text); err != nil {
			p.diags.add(argPos, "", "option %s of //instrument:%s %v", o.Name, d.name, err)
			continue
		}
		if o.Kind == aspects.Func || o.Kind == aspects.Sentinel {
			if v.ref, err = p.resolve(pkg, file, o.Kind, v.text); err != nil {
				p.diags.add(argPos, "", "option %s of //instrument:%s must name %s: %v", o.Name, d.name, kindWords(o.Kind), err)
				continue
			}
		}
		if err := w.set(o, v); err != nil {
			p.diags.add(argPos, "", "%v", err)
		}
	}
	return p.complete(w, def)
}

// complete checks what only all options together tell.
func (p *Program) complete(w *wanted, def *aspects.Definition) *wanted {
	for i := range def.Options {
		o := &def.Options[i]
		if o.Need && len(w.options[o.Name]) == 0 {
			p.diags.add(w.pos, fmt.Sprintf("as in //instrument:%s 2s", w.name), "%s must have a value for %s: %s", w.name, o.Name, o.Doc)
		}
	}
	if msg, pos := w.conflicts(); msg != "" {
		p.diags.add(pos, "", "%s", msg)
	}
	return w
}

func optionHint(def *aspects.Definition, name string) string {
	var names []string
	for _, o := range def.Options {
		names = append(names, o.Name)
	}
	if hint := suggest(name, names); hint != "" {
		return hint
	}
	if len(names) == 0 {
		return "it has no options"
	}
	return "its options are " + strings.Join(names, ", ")
}

func kindWords(k aspects.Kind) string {
	if k == aspects.Func {
		return "a function func(error) bool"
	}
	return "a package-level variable of type error"
}

// isTest reports whether the file belongs to tests, which are never woven.
func isTest(name string) bool { return strings.HasSuffix(filepath.Base(name), "_test.go") }
