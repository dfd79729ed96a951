package siteline

import (
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/plan"
)

const (
	planDirective    = "plan"
	siteDirective    = "site"
	forwardDirective = "forward"
	callDirective    = "call"
	contextDirective = "context"
)

// Plan writes the directive that says what the file was made from.
func Plan(pkg *plan.Package) string {
	words := []string{pkg.Hash}
	if pkg.Tags != "" {
		words = append(words, "tags="+pkg.Tags)
	}
	return line(planDirective, words)
}

// Forward writes the directive of a decorator's method, whose body is woven in the generated file.
func Forward(site *plan.Site) string { return line(forwardDirective, []string{site.Func}) }

// Context writes the directive of a call that is given a context where it stands.
func Context(c *plan.CallSite) string {
	words := []string{c.In, c.Name, "file=" + path.Base(c.Pos.File), "as=" + c.InPlace.As, "with=" + c.InPlace.Context}
	if c.Index > 0 {
		words = append(words, "index="+strconv.Itoa(c.Index))
	}
	if c.InPlace.After > 0 {
		words = append(words, "after="+strconv.Itoa(c.InPlace.After))
	}
	return line(contextDirective, words)
}

// Call writes the directive of a call site.
func Call(c *plan.CallSite) string {
	words := []string{c.In, c.Name, "file=" + path.Base(c.Pos.File), "through=" + c.Through}
	if c.Index > 0 {
		words = append(words, "index="+strconv.Itoa(c.Index))
	}
	if c.Method {
		words = append(words, "method")
	}
	if g := c.Go; g != nil && g.Value {
		words = append(words, "value")
	}
	if g := c.Go; g != nil && g.Starter != "" {
		words = append(words, "starter="+g.Starter)
	}
	if c.Prefix != "" {
		words = append(words, "prefix="+c.Prefix)
	}
	if c.Path != "" {
		words = append(words, "path="+c.Path)
	}
	for _, t := range c.Types {
		words = append(words, "type="+t)
	}
	for _, u := range c.Unused {
		words = append(words, "unused="+u.Name+"="+u.Path)
	}
	return line(callDirective, words)
}

// Site writes the directive of a site.
func Site(site *plan.Site) string {
	words := []string{
		site.Func,
		"file=" + path.Base(site.Pos.File),
		"shape=" + string(site.Shape),
		"entry=" + site.Entry.Name,
	}
	if site.Spelt != "" {
		words = append(words, "spelt="+site.Spelt)
	}
	if l := site.Literal; l != nil {
		words = append(words, "in="+l.In, "literal="+l.Type)
		if l.Index > 0 {
			words = append(words, "index="+strconv.Itoa(l.Index))
		}
	}
	if site.Entry.Holds != plan.HoldsNothing {
		words = append(words, "ctx="+strconv.Itoa(site.Ctx))
	}
	if site.ErrAs != plan.ErrNone {
		words = append(words, "err="+strconv.Itoa(site.Err), "errkind="+string(site.ErrAs))
	}
	if site.Allow {
		words = append(words, "allow")
	}
	if site.Around {
		words = append(words, "around")
	}
	if site.Hedge {
		words = append(words, "hedge")
	}
	if site.Numbered != "" {
		words = append(words, "types="+site.Numbered)
	}
	for _, i := range site.Made {
		words = append(words, "made="+strconv.Itoa(i))
	}
	if x := site.Exchange; x != nil {
		words = append(words, "exchange="+x.Var)
		if x.Request >= 0 {
			words = append(words, "request="+strconv.Itoa(x.Request))
		}
	}
	for _, flag := range []struct {
		set  bool
		word string
	}{{site.Retry, "retry"}, {site.Start, "start"}} {
		if flag.set {
			words = append(words, flag.word)
		}
	}
	if site.Setup != "" {
		words = append(words, "setup="+site.Setup)
	}
	if r := site.Record; r != nil {
		words = append(words, "record="+r.Var, "recorder="+r.Func)
	}
	for _, a := range site.Attrs {
		words = append(words, "attr="+a.Key)
		if a.Expr != a.Key {
			words = append(words, "expr="+a.Expr)
		}
		words = append(words, guardWords(a.Guards)...)
	}
	for i := range site.Steps {
		words = append(words, stepWords(&site.Steps[i])...)
	}
	return line(siteDirective, words)
}

// line writes a directive. It quotes words that ParseArgs would otherwise not read back unchanged.
func line(directive string, words []string) string {
	text := "//instrument:" + directive
	for _, w := range words {
		if strings.HasPrefix(w, `"`) || strings.HasPrefix(w, "`") ||
			strings.ContainsFunc(w, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
			w = strconv.Quote(w)
		}
		text += " " + w
	}
	return text
}

func guardWords(guards []string) []string {
	var words []string
	for _, g := range guards {
		words = append(words, "guard="+g)
	}
	return words
}

// stepWords writes what a step adds to the body.
func stepWords(step *plan.Step) []string {
	words := []string{"step=" + step.Aspect}
	for _, k := range step.Keys {
		words = append(append(words, "key="+k.Go), guardWords(k.Guards)...)
		if k.As != plan.AsValue {
			words = append(words, string(k.As))
		}
		if k.Cast {
			words = append(words, "cast")
		}
	}
	for _, e := range step.Same {
		words = append(words, "same="+e.Go)
	}
	if step.Store != nil {
		words = append(append(words, "store="+step.Store.Go), guardWords(step.Store.Guards)...)
	}
	if step.If != nil {
		words = append(words, "if="+step.If.Name)
	}
	if step.Unless != nil {
		words = append(words, "unless="+step.Unless.Name)
	}
	if c := step.Func; c != nil {
		words = append(words, "func="+c.Name)
		if len(c.Args) > 0 {
			var args []string
			for _, i := range c.Args {
				args = append(args, strconv.Itoa(i))
			}
			words = append(words, "args="+strings.Join(args, ","))
		}
		if c.Spread {
			words = append(words, "spread")
		}
		if c.Error {
			words = append(words, "error")
		}
	}
	return words
}
