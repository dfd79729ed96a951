package sites

import (
	"cmp"
	"fmt"
	"go/types"
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// What is said of a function's second call: //instrument:mutating and aspects.Mutating() say that
// it makes something more, //instrument:repeatable and aspects.Repeatable() that it does not. They
// weave nothing. They are for flow.Check, which knows most functions by their names alone.

// effect is what is said of a function, and who says it. The zero effect is nothing.
type effect struct {
	says       string // "//instrument:mutating on Store", "rule \"payments\""
	repeatable bool   // that a second call makes nothing more; else that it does
}

// mutating says who says that a second call makes something more; "" for nobody.
func (e effect) mutating() string {
	if e.repeatable {
		return ""
	}
	return e.says
}

// mark notes what is said of a function: by the closest directive, else by rules, of which one that
// warns counts more. Excluded is the reason of the exclusion that selects the function, "" for
// none.
func (b *packagePlanner) mark(f *source.Func, rules ask.Match, excluded string) {
	var e effect
	switch {
	case rules.Mutating != "":
		e.says = "rule " + strconv.Quote(rules.Mutating)
	case rules.Repeatable != "":
		e = effect{"rule " + strconv.Quote(rules.Repeatable), true}
	}
	if d := marked(b.directives[f.File].File); d != nil && f.Exported() {
		e = said(d, " above package "+f.File.Name.Name)
	}
	if file, spec := b.typeSpec(f); spec != nil && f.Obj.Exported() {
		if d := marked(b.directives[file].Types[spec]); d != nil {
			e = said(d, " on "+spec.Name.Name)
		}
	}
	if d := marked(b.directives[f.File].Funcs[f.Decl]); d != nil {
		e = said(d, "")
		pos := b.program.Position(d.Pos)
		if reason := cmp.Or(unweavable(f), inGenerated(f, nil)); reason != "" {
			b.program.Findings.Add(pos, "remove the directive", "%s cannot be woven: %s", f.Key, reason)
		} else if excluded != "" {
			b.program.Findings.Add(pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded),
				"directive must not be on a function that a rule file excludes")
		}
	}
	if e.says != "" {
		b.effects[f.Key] = e
	}
}

// markMethods records it for all methods of a decorator, by the directives on its interface.
func (b *packagePlanner) markMethods(d *plan.Decorator, iface *types.Interface, list []directive.Directive) {
	by := marked(list)
	if by == nil {
		return
	}
	for m := range iface.Methods() {
		b.effects[d.MethodKey(m.Name())] = said(by, " on "+d.Interface)
	}
}

// said is what a directive says, with where it stands.
func said(d *directive.Directive, where string) effect {
	return effect{"//instrument:" + d.Name + where, d.Name == "repeatable"}
}

// marked returns the directive of a list that is about a second call, or nil.
func marked(list []directive.Directive) *directive.Directive {
	i := slices.IndexFunc(list, func(d directive.Directive) bool { return d.Name == "mutating" || d.Name == "repeatable" })
	if i < 0 {
		return nil
	}
	return &list[i]
}
