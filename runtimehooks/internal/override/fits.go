package override

import (
	"maps"
	"slices"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Options must fit each other. Those that stand together in one entry are judged by themselves; a
// function's own entry also by what the function has otherwise. Entries for many functions are not,
// for what they say may be meant for others.

// Check returns what does not fit together at the functions that the layer names, once it is in
// effect, sorted by path.
func (o *Compiled[A]) Check(l Layer, subjects []Subject[A]) []*Error {
	c := &checker[A]{table: o.table}
	for _, function := range slices.Sorted(maps.Keys(l.Sites)) {
		i := slices.IndexFunc(subjects, func(s Subject[A]) bool { return s.Function == process.FunctionName(function) })
		if i < 0 {
			continue
		}
		set := o.Effective(subjects[i])
		for aspect, given := range l.Sites[function] {
			if r, ok := o.table.rule(aspect); ok && r.has(&set) {
				c.fits([]string{"sites", function, aspect}, given, r.texts(&set))
			}
		}
	}
	return c.sorted()
}

// fits checks the options that are given to an aspect against those that are in force; nil where
// only what is given is known.
func (c *checker[A]) fits(path []string, given, inForce map[string]string) {
	for _, m := range option.Fits(path[len(path)-1], given, inForce, inForce != nil) {
		c.add(append(path, m.Option), m.Value, m.Hint, "%s", m.Message)
	}
}
