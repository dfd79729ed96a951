package sites

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"

	"github.com/instrumentgo/instrument/analysis/internal/directive"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// What says of a function that each call makes something: the directive //instrument:mutating, and
// rules with aspects.Mutating(). It weaves nothing. It is for checkRepeat, which knows most such
// functions by their names alone.

// mark notes who says so of a function: the closest directive, else the first rule, which is "" for
// none. Excluded is the reason of the exclusion that selects the function, "" for none.
func (b *packagePlanner) mark(f *source.Func, rule, excluded string) {
	says := ""
	if rule != "" {
		says = "rule " + strconv.Quote(rule)
	}
	if f.Exported() && marked(b.directives[f.File].File) != nil {
		says = "//instrument:mutating above package " + f.File.Name.Name
	}
	if file, spec := b.typeSpec(f); spec != nil && f.Obj.Exported() && marked(b.directives[file].Types[spec]) != nil {
		says = "//instrument:mutating on " + spec.Name.Name
	}
	if d := marked(b.directives[f.File].Funcs[f.Decl]); d != nil {
		says = "//instrument:mutating"
		pos := b.program.Position(d.Pos)
		if reason := unweavable(f, true); reason != "" {
			b.program.Findings.Add(pos, "remove the directive", "%s cannot be woven: %s", f.Key, reason)
		} else if excluded != "" {
			b.program.Findings.Add(pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded), "directive must not be on a function that a rule file excludes")
		}
	}
	if says != "" {
		b.mutating[f.Key] = says
	}
}

// markMethods notes it of all methods of a decorator, by the directives on its interface.
func (b *packagePlanner) markMethods(d *plan.Decorator, iface *types.Interface, list []directive.Directive) {
	if marked(list) == nil {
		return
	}
	for m := range iface.Methods() {
		b.mutating[d.MethodKey(m.Name())] = "//instrument:mutating on " + d.Interface
	}
}

func marked(list []directive.Directive) *directive.Directive {
	if i := slices.IndexFunc(list, func(d directive.Directive) bool { return d.Name == "mutating" }); i >= 0 {
		return &list[i]
	}
	return nil
}
