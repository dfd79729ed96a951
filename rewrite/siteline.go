package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis"
)

// The directives of a generated file. A site line holds what Weave needs, so that a body can be woven from the generated file
// alone:
//
//	//instrument:plan 1f0c6a52ce0b9d3e
//	//instrument:site (*Service).Place file=service.go shape=attempt entry=context ctx=0 err=1 errkind=error attr=req.ID guard=req
//
// The words allow and around stand for themselves. An expr, where the expression differs from the key, and its guards follow
// their attr. A word with a space in it is quoted as a whole.
const (
	planDirective = "plan"
	siteDirective = "site"
	// forwardDirective marks the site of a decorator's method, whose body is woven in the generated file itself.
	forwardDirective = "forward"
)

// siteLine writes a site's directive.
func siteLine(site *analysis.Site) string {
	words := []string{
		site.Func,
		"file=" + path.Base(site.Pos.File),
		"shape=" + string(site.Shape),
		"entry=" + string(site.Entry),
	}
	if site.Entry != analysis.EntryNone {
		words = append(words, "ctx="+strconv.Itoa(site.Ctx))
	}
	if site.ErrAs != analysis.ErrNone {
		words = append(words, "err="+strconv.Itoa(site.Err), "errkind="+string(site.ErrAs))
	}
	if site.Allow {
		words = append(words, "allow")
	}
	if site.Around {
		words = append(words, strings.TrimSuffix("around="+site.Numbered, "="))
	}
	for _, a := range site.Attrs {
		words = append(words, "attr="+a.Key)
		if a.Expr != a.Key {
			words = append(words, "expr="+a.Expr)
		}
		for _, g := range a.Guards {
			words = append(words, "guard="+g)
		}
	}
	for i, w := range words {
		words[i] = quoteWord(w)
	}
	return "//instrument:" + siteDirective + " " + strings.Join(words, " ")
}

// quoteWord quotes a word that ParseArgs would not read back as it is.
func quoteWord(w string) string {
	if strings.HasPrefix(w, `"`) || strings.HasPrefix(w, "`") || strings.ContainsFunc(w, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return strconv.Quote(w)
	}
	return w
}

// parseSiteLine reads the words of a site's directive.
func parseSiteLine(args []ast.DirectiveArg) (*analysis.Site, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("it must name a function")
	}
	site := &analysis.Site{Func: args[0].Arg, Ctx: -1, Err: -1}
	for _, arg := range args[1:] {
		if err := siteWord(site, arg.Arg); err != nil {
			return nil, fmt.Errorf("%s: %w", site.Func, err)
		}
	}
	if !slices.Contains([]analysis.Shape{analysis.Prologue, analysis.Attempt}, site.Shape) {
		return nil, fmt.Errorf("%s: it must have a shape, not %q", site.Func, site.Shape)
	}
	if !slices.Contains([]analysis.Entry{analysis.EntryContext, analysis.EntryRequest, analysis.EntryParent, analysis.EntryNone, analysis.EntryHTTP}, site.Entry) {
		return nil, fmt.Errorf("%s: it must have an entry, not %q", site.Func, site.Entry)
	}
	if !slices.Contains([]analysis.ErrKind{analysis.ErrNone, analysis.ErrError, analysis.ErrConcrete}, site.ErrAs) {
		return nil, fmt.Errorf("%s: it must have an errkind, not %q", site.Func, site.ErrAs)
	}
	return site, nil
}

// siteWord sets what one word of a site line says.
func siteWord(site *analysis.Site, word string) (err error) {
	name, value, _ := strings.Cut(word, "=")
	var attr *analysis.Attr
	if n := len(site.Attrs); n > 0 {
		attr = &site.Attrs[n-1]
	} else if name == "expr" || name == "guard" {
		return fmt.Errorf("%s must follow an attr", name)
	}
	switch name {
	case "file":
		site.Pos.File = value
	case "shape":
		site.Shape = analysis.Shape(value)
	case "entry":
		site.Entry = analysis.Entry(value)
	case "ctx":
		site.Ctx, err = strconv.Atoi(value)
	case "err":
		site.Err, err = strconv.Atoi(value)
	case "errkind":
		site.ErrAs = analysis.ErrKind(value)
	case "allow":
		site.Allow = true
	case "around":
		site.Around, site.Numbered = true, value
	case "attr":
		site.Attrs = append(site.Attrs, analysis.Attr{Key: value, Expr: value})
	case "expr":
		attr.Expr = value
	case "guard":
		attr.Guards = append(attr.Guards, value)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return err
}

// ParseGenerated reads back what Weave needs from the text of an instrument_gen.go: the package's name, hash and build tags, its sites
// (Func, Var, Shape, Entry, Ctx, Err, ErrAs, Allow, Around, Numbered, Attrs, and Pos.File as a base name), and in Files the base names
// of the files that the sites are in, sorted. It is an error if src was not written by Generated.
func ParseGenerated(src []byte) (*analysis.Package, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, analysis.GeneratedName, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse generated file: %w", err)
	}
	pkg := &analysis.Package{Name: file.Name.Name, Sites: []*analysis.Site{}}
	for _, group := range file.Comments {
		for _, d := range directivesIn(group, planDirective) {
			args, err := d.ParseArgs()
			if err != nil {
				return nil, fmt.Errorf("parse generated file: line %d: %w", fset.Position(d.Slash).Line, err)
			}
			for _, a := range args {
				if tags, ok := strings.CutPrefix(a.Arg, "tags="); ok {
					pkg.Tags = tags
				} else {
					pkg.Hash = a.Arg
				}
			}
		}
	}
	if pkg.Hash == "" {
		return nil, fmt.Errorf("parse generated file: it must have a line //instrument:%s", planDirective)
	}
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, d := range directivesIn(gen.Doc, siteDirective) {
			site, err := declaredSite(gen, d)
			if err != nil {
				return nil, fmt.Errorf("parse generated file: line %d: %w", fset.Position(d.Slash).Line, err)
			}
			pkg.Sites = append(pkg.Sites, site)
			if f := site.Pos.File; f != "" && !slices.Contains(pkg.Files, f) {
				pkg.Files = append(pkg.Files, f)
			}
		}
	}
	slices.Sort(pkg.Files)
	return pkg, nil
}

func declaredSite(gen *ast.GenDecl, d ast.Directive) (*analysis.Site, error) {
	args, err := d.ParseArgs()
	if err != nil {
		return nil, err
	}
	site, err := parseSiteLine(args)
	if err != nil {
		return nil, err
	}
	spec, ok := gen.Specs[0].(*ast.ValueSpec)
	if !ok || len(gen.Specs) != 1 || len(spec.Names) != 1 {
		return nil, fmt.Errorf("%s: it must stand on one variable", site.Func)
	}
	site.Var = spec.Names[0].Name
	return site, nil
}

// directivesIn returns the group's instrument directives with the given name.
func directivesIn(group *ast.CommentGroup, name string) []ast.Directive {
	var list []ast.Directive
	if group == nil {
		return nil
	}
	for _, c := range group.List {
		if d, ok := ast.ParseDirective(c.Slash, c.Text); ok && d.Tool == "instrument" && d.Name == name {
			list = append(list, d)
		}
	}
	return list
}
