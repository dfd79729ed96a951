package siteline

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// Parse reads the words of a site's directive.
func Parse(args []ast.DirectiveArg) (*plan.Site, error) {
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
	if l := site.Literal; l != nil && (l.In == "" || l.Type == "") {
		return nil, fmt.Errorf("%s: a literal must have its function and its type", site.Func)
	}
	if site.Entry == nil {
		return nil, fmt.Errorf("%s: it must have an entry", site.Func)
	}
	if !slices.Contains([]plan.ErrKind{plan.ErrNone, plan.ErrError, plan.ErrConcrete}, site.ErrAs) {
		return nil, fmt.Errorf("%s: it must have an errkind, not %q", site.Func, site.ErrAs)
	}
	return site, nil
}

// ParseCall reads the words of the directive of a call site, or of a call that is given a context
// where it stands.
func ParseCall(args []ast.DirectiveArg) (*plan.CallSite, error) {
	if len(args) < 2 {
		return nil, fmt.Errorf("it must name a function and what that calls")
	}
	c := &plan.CallSite{In: args[0].Arg, Name: args[1].Arg}
	if c.Name == plan.Go {
		c.Go = &plan.GoStmt{}
	}
	for _, arg := range args[2:] {
		if err := readCall(c, arg.Arg); err != nil {
			return nil, fmt.Errorf("%s calls %s: %w", c.In, c.Name, err)
		}
	}
	if c.Through == "" && (c.InPlace == nil || c.InPlace.As == "" || c.InPlace.Context == "") {
		return nil, fmt.Errorf("%s calls %s: it must name a function to call", c.In, c.Name)
	}
	return c, nil
}

// readCall sets what one word says about a call site.
func readCall(c *plan.CallSite, word string) (err error) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "file":
		c.Pos.File = value
	case "through":
		c.Through = value
	case "index":
		c.Index, err = strconv.Atoi(value)
	case "method":
		c.Method = true
	case "prefix":
		c.Prefix = value
	case "path":
		c.Path = value
	case "type":
		c.Types = append(c.Types, value)
	case "unused":
		name, path, _ := strings.Cut(value, "=")
		c.Unused = append(c.Unused, plan.UsedImport{Name: name, Path: path})
	default:
		if c.Go != nil {
			return readGo(c.Go, name, value, word)
		}
		return readInPlace(c, name, value, word)
	}
	return err
}

// readGo is readCall for the words about a go statement.
func readGo(g *plan.GoStmt, name, value, word string) error {
	switch name {
	case "value":
		g.Value = true
	case "starter":
		g.Starter = value
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

// readInPlace is readCall for the words about a call that stays where it is.
func readInPlace(c *plan.CallSite, name, value, word string) (err error) {
	if c.InPlace == nil {
		c.InPlace = &plan.InPlace{}
	}
	switch name {
	case "as":
		c.InPlace.As = value
	case "with":
		c.InPlace.Context = value
	case "after":
		c.InPlace.After, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("unknown word %q", word)
	}
	return err
}

// siteWords reads the words of a site's directive one after the other.
type siteWords struct {
	site   *plan.Site
	guards *[]string // of the last expression
}

// read sets what one word says.
func (w *siteWords) read(word string) (err error) {
	site := w.site
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "file":
		site.Pos.File = value
	case "spelt":
		site.Spelt = value
	case "shape":
		site.Shape = plan.Shape(value)
	case "entry":
		if site.Entry = plan.LookupEntry(value); site.Entry == nil {
			err = fmt.Errorf("it must have an entry, not %q", value)
		}
	case "in", "literal", "index":
		err = w.ofLiteral(name, value)
	case "ctx":
		site.Ctx, err = strconv.Atoi(value)
	case "err":
		site.Err, err = strconv.Atoi(value)
	case "errkind":
		site.ErrAs = plan.ErrKind(value)
	case "allow":
		site.Allow = true
	case "around":
		site.Around = true
	case "hedge":
		site.Hedge = true
	case "types":
		site.Numbered = value
	case "made":
		var i int
		i, err = strconv.Atoi(value)
		site.Made = append(site.Made, i)
	case "exchange":
		site.Exchange = &plan.Exchange{Var: value, Request: -1}
	case "request":
		if site.Exchange == nil {
			return fmt.Errorf("request must follow an exchange")
		}
		site.Exchange.Request, err = strconv.Atoi(value)
	case "retry":
		site.Retry = true
	case "start":
		site.Start = true
	case "setup":
		site.Setup = value
	case "record":
		site.Record = &plan.Record{Var: value}
	case "recorder":
		if site.Record == nil {
			return fmt.Errorf("recorder must follow record")
		}
		site.Record.Func = value
	case "attr":
		site.Attrs = append(site.Attrs, plan.Attr{Key: value, Expr: value})
		w.guards = &site.Attrs[len(site.Attrs)-1].Guards
	case "expr":
		if len(site.Attrs) == 0 || w.guards != &site.Attrs[len(site.Attrs)-1].Guards {
			return fmt.Errorf("expr must follow an attr")
		}
		site.Attrs[len(site.Attrs)-1].Expr = value
	case "guard":
		if w.guards == nil {
			return fmt.Errorf("guard must follow an attr, key or store")
		}
		*w.guards = append(*w.guards, value)
	case "step":
		site.Steps = append(site.Steps, plan.Step{Aspect: value})
		w.guards = nil
	default:
		return w.ofStep(name, value, word)
	}
	return err
}

// ofLiteral sets what a word says about where a literal is.
func (w *siteWords) ofLiteral(name, value string) (err error) {
	if w.site.Literal == nil {
		w.site.Literal = &plan.Literal{}
	}
	switch name {
	case "in":
		w.site.Literal.In = value
	case "literal":
		w.site.Literal.Type = value
	default:
		w.site.Literal.Index, err = strconv.Atoi(value)
	}
	return err
}

// ofStep sets what a word says about the last step.
func (w *siteWords) ofStep(name, value, word string) error {
	n := len(w.site.Steps)
	if n == 0 {
		return fmt.Errorf("unknown word %q", word)
	}
	step := &w.site.Steps[n-1]
	switch name {
	case "key":
		step.Keys = append(step.Keys, plan.Expr{Go: value})
		w.guards = &step.Keys[len(step.Keys)-1].Guards
		return nil
	case string(plan.AsText), string(plan.AsInt), string(plan.AsUint), "cast":
		if len(step.Keys) == 0 {
			return fmt.Errorf("%s must follow a key", name)
		}
		key := &step.Keys[len(step.Keys)-1]
		if name == "cast" {
			key.Cast = true
		} else {
			key.As = plan.KeyPart(name)
		}
		return nil
	case "same":
		step.Same = append(step.Same, plan.Expr{Go: value})
		w.guards = nil
		return nil
	case "store":
		step.Store = &plan.Expr{Go: value}
		w.guards = &step.Store.Guards
		return nil
	case "func":
		step.Func = &plan.Callee{Name: value}
		return nil
	case "if":
		step.If = &plan.Callee{Name: value}
		return nil
	case "unless":
		step.Unless = &plan.Callee{Name: value}
		return nil
	}
	if step.Func == nil {
		return fmt.Errorf("unknown word %q", word)
	}
	switch name {
	case "args":
		for arg := range strings.SplitSeq(value, ",") {
			i, err := strconv.Atoi(arg)
			if err != nil {
				return err
			}
			step.Func.Args = append(step.Func.Args, i)
		}
	case "spread":
		step.Func.Spread = true
	case "error":
		step.Func.Error = true
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}
