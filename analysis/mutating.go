package analysis

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
)

// What says of a function that each call makes something: the directive //instrument:mutating, and rules with
// aspects.Mutating(). It weaves nothing. It is for checkRepeat, which knows most such functions by their names alone.

// mark notes who says so of a function: the closest directive, else the first rule.
func (b *planner) mark(f *function, byFile map[*ast.File]fileDirectives, rules, excluded []*rule) {
	says := ""
	for _, r := range slices.Backward(rules) {
		if r.mutating {
			says = "rule " + strconv.Quote(r.name)
		}
	}
	if f.exported() && marked(byFile[f.file].file) != nil {
		says = "//instrument:mutating above package " + f.file.Name.Name
	}
	if file, spec := typeSpec(byFile, f); spec != nil && f.obj.Exported() && marked(byFile[file].types[spec]) != nil {
		says = "//instrument:mutating on " + spec.Name.Name
	}
	if d := marked(byFile[f.file].funcs[f.decl]); d != nil {
		says = "//instrument:mutating"
		pos := b.p.position(d.pos)
		if reason := f.unweavable(); reason != "" {
			b.p.diags.add(pos, "remove the directive", "%s cannot be woven: %s", f.key, reason)
		} else if len(excluded) > 0 {
			b.p.diags.add(pos, fmt.Sprintf("remove it, or narrow the exclusion %q", excluded[0].name), "directive must not be on a function that a rule file excludes")
		}
	}
	if says != "" {
		b.mutating[funcID{f.pkg.types.Path(), f.key}] = says
	}
}

// markMethods notes it of all methods of a decorator, by the directives on its interface.
func (b *planner) markMethods(pkg *types.Package, d *Decorator, iface *types.Interface, list []directive) {
	if marked(list) == nil {
		return
	}
	for m := range iface.Methods() {
		b.mutating[funcID{pkg.Path(), d.method(m.Name())}] = "//instrument:mutating on " + d.Interface
	}
}

func marked(list []directive) *directive {
	if i := slices.IndexFunc(list, func(d directive) bool { return d.name == "mutating" }); i >= 0 {
		return &list[i]
	}
	return nil
}

// bare reports arguments of a directive that takes none.
func (p *Program) bare(d directive) {
	if len(d.args) > 0 {
		p.diags.at(d.args[0].Pos, "remove it", "directive //instrument:%s must not have an argument", d.name)
	}
}
