package rewrite

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// The directives of a generated file. A site line holds what Weave needs, so that a body can be woven from the generated file
// alone:
//
//	//instrument:plan 1f0c6a52ce0b9d3e
//	//instrument:site (*Service).Place file=service.go shape=attempt entry=context ctx=0 err=1 errkind=error attr=req.ID guard=req
//
// The words allow, around, hedge, retry and start stand for themselves. An expr, where the expression differs from the key, and
// its guards follow their attr. What a step needs follows it: its keys and its store, each followed by its guards, and
// its function with the parameters that it takes. A word with a space in it is quoted as a whole.
//
//	step=limit key=req.Tenant guard=req text step=fallback func=s.cached args=0,1 error
const (
	planDirective = "plan"
	siteDirective = "site"
	// forwardDirective marks the site of a decorator's method, whose body is woven in the generated file itself.
	forwardDirective = "forward"
)

// siteLine writes a site's directive.
func siteLine(site *plan.Site) string {
	words := []string{
		site.Func,
		"file=" + path.Base(site.Pos.File),
		"shape=" + string(site.Shape),
		"entry=" + string(site.Entry),
	}
	if site.Entry != plan.EntryNone {
		words = append(words, "ctx="+strconv.Itoa(site.Ctx))
	}
	if site.ErrAs != plan.ErrNone {
		words = append(words, "err="+strconv.Itoa(site.Err), "errkind="+string(site.ErrAs))
	}
	if site.Allow {
		words = append(words, "allow")
	}
	if site.Around {
		words = append(words, strings.TrimSuffix("around="+site.Numbered, "="))
	}
	if site.Hedge {
		words = append(words, strings.TrimSuffix("hedge="+site.Numbered, "="))
	}
	for _, flag := range []struct {
		set  bool
		word string
	}{{site.Retry, "retry"}, {site.Start, "start"}} {
		if flag.set {
			words = append(words, flag.word)
		}
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
	for i, w := range words {
		words[i] = quoteWord(w)
	}
	return "//instrument:" + siteDirective + " " + strings.Join(words, " ")
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
	}
	if step.Text {
		words = append(words, "text")
	}
	if step.Store != nil {
		words = append(append(words, "store="+step.Store.Go), guardWords(step.Store.Guards)...)
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

// quoteWord quotes a word that ParseArgs would not read back as it is.
func quoteWord(w string) string {
	if strings.HasPrefix(w, `"`) || strings.HasPrefix(w, "`") || strings.ContainsFunc(w, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return strconv.Quote(w)
	}
	return w
}

// parseSiteLine reads the words of a site's directive.
func parseSiteLine(args []ast.DirectiveArg) (*plan.Site, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("it must name a function")
	}
	site := &plan.Site{Func: args[0].Arg, Ctx: -1, Err: -1}
	words := siteWords{site: site}
	for _, arg := range args[1:] {
		if err := words.read(arg.Arg); err != nil {
			return nil, fmt.Errorf("%s: %w", site.Func, err)
		}
	}
	if !slices.Contains([]plan.Shape{plan.Prologue, plan.Attempt}, site.Shape) {
		return nil, fmt.Errorf("%s: it must have a shape, not %q", site.Func, site.Shape)
	}
	if !slices.Contains([]plan.Entry{plan.EntryContext, plan.EntryRequest, plan.EntryParent, plan.EntryNone, plan.EntryHTTP}, site.Entry) {
		return nil, fmt.Errorf("%s: it must have an entry, not %q", site.Func, site.Entry)
	}
	if !slices.Contains([]plan.ErrKind{plan.ErrNone, plan.ErrError, plan.ErrConcrete}, site.ErrAs) {
		return nil, fmt.Errorf("%s: it must have an errkind, not %q", site.Func, site.ErrAs)
	}
	return site, nil
}
