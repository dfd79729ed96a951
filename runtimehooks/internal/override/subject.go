package override

import "slices"

// Subject is a woven function that overrides are about.
type Subject[A any] struct {
	Function string
	Stacks   []string // that its aspects came from
	Advice   []string // the names of its custom advice
	Built    A        // the aspects that it was built with
}

// Set returns the subject's aspects with options that it is given by itself, or what is wrong with
// them.
func (t Table[A]) Set(s Subject[A], given Entry) (A, []*Error) {
	c := &checker[A]{table: t}
	path, set := []string{"sites", s.Function}, s.Built
	if c.entry(path, given, []Subject[A]{s}); len(c.errs) > 0 {
		return set, c.errs
	}
	for _, r := range t {
		options, ok := given[r.Aspect]
		if !ok {
			continue
		}
		r.own(&set)
		for _, setting := range t.compileChange(r.Aspect, options).set {
			setting.set(&set)
		}
		c.fits(append(slices.Clone(path), r.Aspect), options, r.texts(&set))
	}
	return set, c.sorted()
}
