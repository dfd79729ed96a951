package override

import "github.com/instrumentgo/instrument/internal/option"

// Compiled is a layer that has been read. It does not change, and holds nothing that is wrong. A
// nil one overrides nothing.
type Compiled[A any] struct {
	table                Table[A]
	all                  entry[A]
	sites, names, stacks map[string]entry[A]

	sharers map[shared][]string // the stacks of all subjects that share a state, sorted: its options are the same for all of them
}

// shared names a state that subjects share.
type shared struct{ aspect, name string }

// entry is what one function, name or stack is given.
type entry[A any] struct {
	enabled *bool // of all aspects that can be disabled; nil if nothing is said
	aspects map[string]change[A]
}

// change is what an entry says about one aspect.
type change[A any] struct {
	enabled *bool
	set     []setting[A] // in the order of the aspect's rule
}

// setting is the new value of one option.
type setting[A any] struct {
	option string
	set    func(*A)
}

// Compile reads a layer. What is wrong with it is left out: Check has reported it, or it is about
// subjects that are not known yet.
func (t Table[A]) Compile(l Layer, subjects []Subject[A]) *Compiled[A] {
	c := &Compiled[A]{
		table: t,
		sites: t.compileEntries(l.Sites), names: t.compileEntries(l.Names), stacks: t.compileEntries(l.Stacks),
		sharers: map[shared][]string{},
	}
	c.all = c.sites[allSites]
	for _, s := range subjects {
		for _, r := range t {
			if r.has(&s.Built) && r.shared(&s.Built) != "" {
				key := shared{r.Aspect, r.shared(&s.Built)}
				c.sharers[key] = append(c.sharers[key], s.Stacks...)
			}
		}
	}
	for key, stacks := range c.sharers {
		c.sharers[key] = sorted(stacks)
	}
	return c
}

func (t Table[A]) compileEntries(entries map[string]Entry) map[string]entry[A] {
	m := map[string]entry[A]{}
	for key, aspects := range entries {
		e := entry[A]{aspects: map[string]change[A]{}}
		for aspect, options := range aspects {
			if aspect == All {
				e.enabled = compileEnabled(options)
			} else {
				e.aspects[aspect] = t.compileChange(aspect, options)
			}
		}
		m[key] = e
	}
	return m
}

func (t Table[A]) compileChange(aspect string, options map[string]string) change[A] {
	c := change[A]{enabled: compileEnabled(options)}
	r, ok := t.rule(aspect)
	if !ok {
		return c // custom advice
	}
	for _, o := range r.options {
		if text, ok := options[o.Name]; ok {
			if v, err := option.Parse(o.Spec, text); err == nil {
				c.set = append(c.set, setting[A]{option: o.Name, set: func(a *A) { o.set(a, v) }})
			}
		}
	}
	return c
}

func compileEnabled(options map[string]string) *bool {
	on, err := parseEnabled(options[enabled])
	if err != nil {
		return nil
	}
	return &on
}
