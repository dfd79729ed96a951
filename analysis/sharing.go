package analysis

import "strings"

// sharedUse is where a limit, breaker or bulkhead was first named.
type sharedUse struct {
	options string
	file    string // relative to its module's root
	line    int
}

// shares are the aspects whose state functions share by name.
var shares = []string{"limit", "breaker", "bulkhead"}

// shared checks that functions that share a limit, breaker or bulkhead agree on its options.
func (b *planner) shared(w *wanted, a Aspect, dir string) {
	name := w.text("name")
	var text []string
	for _, o := range a.Options {
		if o.Name != "key" { // it is over each function's own parameters
			text = append(text, o.Name+"="+o.Value)
		}
	}
	options := strings.Join(text, " ")
	first, ok := b.sharing[[2]string{w.name, name}]
	if ok && first.options != options {
		b.p.diags.add(w.pos, "give both the same options, or another name", "%s %q must have the same options everywhere, and has other ones at %s:%d", w.name, name, first.file, first.line)
		return
	}
	if !ok {
		at := placed(w.pos, dir)
		b.sharing[[2]string{w.name, name}] = sharedUse{options, at.File, at.Line}
	}
}
