package sites

import (
	"strings"

	"github.com/instrumentgo/instrument/analysis/internal/ask"
	"github.com/instrumentgo/instrument/analysis/plan"
	"github.com/instrumentgo/instrument/internal/option"
)

// sharedUse is where a limit, breaker or bulkhead was first named.
type sharedUse struct {
	options string
	keys    string // their types
	file    string // relative to its module's root
	line    int
}

// shares lists the aspects whose state functions share by name.
var shares = []string{option.Limit, option.Breaker, option.Bulkhead}

// shared checks that functions that share a limit, breaker or bulkhead agree on its options and on
// the types of its keys: values of other types are other keys, even where they look alike.
func (b *Planner) shared(w *ask.Want, a plan.Aspect, step *plan.Step, dir string) {
	name := w.Text("name")
	var text []string
	for _, o := range a.Options {
		if o.Name != "key" { // a key is an expression over each function's own parameters
			text = append(text, o.Name+"="+o.Value)
		}
	}
	options, keys := strings.Join(text, " "), keyTypes(step)
	first, ok := b.sharing[[2]string{w.Name, name}]
	if ok && first.options != options {
		b.program.Findings.Add(w.Pos, "give both the same options, or another name",
			"%s %q must have the same options everywhere, and has different ones at %s:%d", w.Name, name, first.file, first.line)
		return
	}
	if ok && first.keys != keys {
		b.program.Findings.Add(w.Pos, "give both keys of the same types, or another name",
			"%s %q must have keys of the same types everywhere, and has %s here and %s at %s:%d", w.Name, name, keys, first.keys,
			first.file, first.line)
		return
	}
	if !ok {
		at := plan.PositionIn(w.Pos, dir)
		b.sharing[[2]string{w.Name, name}] = sharedUse{options, keys, at.File, at.Line}
	}
}

// keyTypes names the types of a step's keys.
func keyTypes(step *plan.Step) string {
	if step == nil || len(step.Keys) == 0 {
		return "no key"
	}
	var list []string
	for _, e := range step.Keys {
		list = append(list, e.Type)
	}
	return option.And(list)
}
