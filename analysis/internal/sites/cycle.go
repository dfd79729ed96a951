package sites

import (
	"fmt"
	"go/types"
	"maps"
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/internal/initorder"
	"github.com/instrumentgo/instrument/analysis/internal/source"
	"github.com/instrumentgo/instrument/analysis/plan"
)

// What an aspect names may be woven, too, and may call what is. It must not call the function that
// has the aspect: the package's variables could be initialised in no order, and advice or a
// predicate that the call asks would ask the next one, without an end. Only declarations of one
// package can do so, because imports have no cycles.

// reference is what a woven function refers to that its declaration does not say.
type reference struct {
	from *source.Func
	to   types.Object // of the package as it was checked without bodies
	site bool         // through the variable that holds the site, else in the body
}

// Declarations returns the declarations of the package that is being planned, with the references
// that weaving has added so far. Bodies are type-checked when they are first asked for.
func (b *Planner) Declarations(pkg *source.Package) *initorder.Declarations {
	if b.bodiesOf != pkg {
		info, checked := b.program.Types.Bodies(pkg)
		b.bodies, b.bodiesOf = initorder.Of(pkg.Files, info, checked), pkg
		for _, r := range b.references {
			b.weave(r)
		}
	}
	return b.bodies
}

// refer records a reference that weaving adds.
func (b *packagePlanner) refer(r reference) {
	b.references = append(b.references, r)
	if b.bodiesOf == b.pkg {
		b.weave(r)
	}
}

func (b *Planner) weave(r reference) {
	if to := b.bodies.Types.Scope().Lookup(r.to.Name()); to != nil {
		for from := range declares(b.bodies, r.from) {
			b.bodies.Weave(from, to, r.site)
		}
	}
}

// declares returns the object of a function, as it was checked with its body, or those of the
// declaration that holds a literal.
func declares(d *initorder.Declarations, f *source.Func) map[types.Object]bool {
	if f.Literal == nil {
		return map[types.Object]bool{d.Info.Defs[f.Decl.Name]: true}
	}
	objects := d.Declared(f.Literal.In)
	maps.DeleteFunc(objects, func(_ types.Object, holds bool) bool { return !holds })
	return objects
}

// named returns the package's own declarations that the options of an aspect name.
func (b *packagePlanner) named(w *ask.Want) []types.Object {
	var list []types.Object
	for _, ref := range refs(w) {
		if ref == nil || ref.Path != b.pkg.Listed.PkgPath {
			continue
		}
		if obj := b.pkg.Types.Scope().Lookup(ref.Name); obj != nil {
			list = append(list, obj)
		}
	}
	return list
}

// asksItself returns why the function cannot have the aspect because of what the aspect names, or
// "".
func (b *packagePlanner) asksItself(f *source.Func, w *ask.Want) string {
	named := b.named(w)
	for _, obj := range named {
		d := b.Declarations(b.pkg)
		from := d.Types.Scope().Lookup(obj.Name())
		if from == nil {
			continue
		}
		path := d.Path(from, declares(d, f), false)
		switch {
		case len(path) == 1:
			return fmt.Sprintf("%s must not name the function itself", w.Name)
		case path != nil:
			return fmt.Sprintf("%s must not name %s, which depends on the function: %s", w.Name, obj.Name(), spelt(path))
		}
	}
	for _, obj := range named {
		b.refer(reference{f, obj, true})
	}
	return ""
}

// closes returns why the function cannot call what a step spells in its body, or "": a function may
// call itself, but a variable must not depend on itself.
func (b *packagePlanner) closes(f *source.Func, step *plan.Step) string {
	var names []string
	called, _ := step.Called()
	for _, c := range called {
		if c.Ref == nil {
			names = append(names, c.Name)
		}
	}
	if step.Store != nil {
		name, _, _ := strings.Cut(step.Store.Go, ".")
		names = append(names, name)
	}
	for _, name := range names {
		d := b.Declarations(b.pkg)
		for _, obj := range d.Spelt(name) {
			if path := d.Path(obj, declares(d, f), true); path != nil {
				return fmt.Sprintf("%s must not need %s, which depends on the function: %s", step.Aspect, name, spelt(path))
			}
			b.refer(reference{f, obj, false})
		}
	}
	return ""
}

// spelt writes a path of references: "A refers to B, which refers to C".
func spelt(path []types.Object) string {
	text := path[0].Name()
	for i, obj := range path[1:] {
		if i > 0 {
			text += ", which"
		}
		text += " refers to " + obj.Name()
	}
	return text
}
