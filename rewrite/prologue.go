package rewrite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/instrumentgo/instrument/analysis/plan"
)

// statements holds the statements that are written around the body of one function.
type statements struct {
	*signature
	call string // name of the variable that holds the call
}

// prologue returns the statements that go before the body, one a line, and names the variables that
// they need.
func (f *statements) prologue() (string, error) {
	if f.hasNil() && f.guarded() {
		return "", fmt.Errorf("its variables must not hide nil, which its attributes and keys are compared with")
	}
	lines := f.enter()
	attrs, err := f.attrs()
	if err != nil {
		return "", err
	}
	before, err := f.before()
	if err != nil {
		return "", err
	}
	if !f.site.Allow {
		return lines + attrs + before, nil
	}
	args, err := f.refusing()
	return lines + attrs + before + "\tif !" + f.call + ".Allow(" + args + ") {\n\t\treturn\n\t}\n", err
}

// enter returns the statements that both shapes begin with, and names the call.
func (f *statements) enter() string {
	var b strings.Builder
	f.call = f.names.Fresh("call", "instrCall")
	if f.site.MakesCall() {
		address := "&"
		if f.site.Passed {
			address = ""
		}
		fmt.Fprintf(&b, "\t%s := instrumentCall%s{Site: %s%s}\n", f.call, f.site.Numbered, address, f.site.Var)
	} else {
		fmt.Fprintf(&b, "\t%s := %s.Call()\n", f.call, f.site.Var)
	}
	if f.site.Starter != "" {
		fmt.Fprintf(&b, "\t%s.Link(%s)\n", f.call, f.site.Starter)
	}
	switch e := f.site.Entry; e.Holds {
	case plan.HoldsNothing:
		fmt.Fprintf(&b, "\t%s.EnterRoot()\n", f.call)
	case plan.HoldsKeptRequest, plan.HoldsStream:
		fmt.Fprintf(&b, "\t%s.Within(%s)\n", f.call, f.nameParam(f.site.Ctx))
	case plan.HoldsKeptContext:
		fmt.Fprintf(&b, "\t%s.Enter(%s)\n", f.call, f.nameParam(f.site.Ctx))
	default:
		entered := f.nameParam(f.site.Ctx)
		if e.Writer {
			entered = f.nameParam(f.site.Ctx-1) + ", " + entered
		}
		fmt.Fprintf(&b, "\t%s = %s.Enter(%s)\n", entered, f.call, entered)
	}
	switch {
	case f.site.Entry.Responds && !f.site.Entry.Fails:
		fmt.Fprintf(&b, "\tdefer %s.Exit()\n", f.call)
		return b.String()
	case f.site.ErrAs == plan.ErrError:
		fmt.Fprintf(&b, "\tdefer %s.Exit(&%s)\n", f.call, f.nameResult(f.site.Err))
	case f.site.ErrAs == plan.ErrConcrete:
		fmt.Fprintf(&b, "\tdefer %s.ExitValue(&%s)\n", f.call, f.nameResult(f.site.Err))
	default:
		fmt.Fprintf(&b, "\tdefer %s.Leave()\n", f.call)
	}
	if f.site.Entry.Holds == plan.HoldsCopiedRequest {
		fmt.Fprintf(&b, "\tdefer %s.HandBack()\n", f.call)
	}
	return b.String()
}

// attrs returns one statement for each attribute.
func (f *statements) attrs() (string, error) {
	var b strings.Builder
	for _, a := range f.site.Attrs {
		value, err := f.outer(a.Expr, true)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\tif %s.Recording()", f.call)
		for _, g := range a.Guards {
			pointer, err := f.outer(g, true)
			if err != nil {
				return "", err
			}
			b.WriteString(" && " + pointer + " != nil")
		}
		fmt.Fprintf(&b, " {\n\t\t%s.Attr(%s, %s)\n\t}\n", f.call, strconv.Quote(a.Key), value)
	}
	return b.String(), nil
}

// guarded reports whether a part of an attribute, key or store is compared with nil.
func (f *statements) guarded() bool {
	for _, a := range f.site.Attrs {
		if len(a.Guards) > 0 {
			return true
		}
	}
	for _, s := range f.site.Steps {
		if s.Store != nil && len(s.Store.Guards) > 0 || slices.ContainsFunc(s.Keys, func(e plan.Expr) bool { return len(e.Guards) > 0 }) {
			return true
		}
	}
	return false
}
