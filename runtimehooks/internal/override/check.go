package override

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/internal/option"
	"github.com/instrumentgo/instrument/internal/suggest"
	"github.com/instrumentgo/instrument/runtimehooks/internal/process"
)

// Error is one thing that is wrong with overrides.
type Error struct {
	Path    []string // where: "sites", a function, an aspect, an option; or less of that. The aspect "*" is left out
	Value   bool     // what stands at Path is wrong, not that something does
	Message string   // what must be
	Hint    string   // what to do about it; may be ""
}

// checker collects what is wrong with one layer of overrides, each entry and option by itself.
type checker[A any] struct {
	table    Table[A]
	subjects []Subject[A]
	lenient  bool // unknown functions, names, stacks and advice may become known later
	opening  bool // functions of bindings may, since there are none yet: a platform opens when main runs
	errs     []*Error

	functions, names, stacks, advice []string // of the subjects, sorted
}

// Check returns what is wrong with a layer, sorted by path. Nothing is unknown as long as there is
// no subject, or while lenient is set.
func (t Table[A]) Check(l Layer, subjects []Subject[A], lenient bool) []*Error {
	c := &checker[A]{table: t, subjects: subjects, lenient: lenient || len(subjects) == 0, opening: true}
	for _, s := range subjects {
		c.opening = c.opening && !slices.Contains(s.Stacks, BindingStack)
		c.functions = append(c.functions, s.Function)
		c.names = append(c.names, t.names(&s.Built)...)
		c.stacks = append(c.stacks, s.Stacks...)
		c.advice = append(c.advice, s.Advice...)
	}
	c.functions, c.names, c.stacks, c.advice = sorted(c.functions), sorted(c.names), sorted(c.stacks), sorted(c.advice)
	c.section("sites", l.Sites)
	c.section("names", l.Names)
	c.section("stacks", l.Stacks)
	return c.sorted()
}

func (c *checker[A]) sorted() []*Error {
	slices.SortFunc(c.errs, func(a, b *Error) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return c.errs
}

func (c *checker[A]) add(path []string, value bool, hint, format string, args ...any) {
	c.errs = append(c.errs, &Error{Path: slices.Clone(path), Value: value, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// section checks the entries of Sites, Names or Stacks.
func (c *checker[A]) section(section string, entries map[string]Entry) {
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		path := []string{section, key}
		known := c.lenient
		switch section {
		case "sites":
			if known = known || key == allSites || slices.Contains(c.functions, process.FunctionName(key)) || c.opening && strings.HasPrefix(key, BindingStack+"."); !known {
				what := "a function that is woven"
				if strings.HasPrefix(key, BindingStack+".") {
					what = "a binding that is open and whose entry has a policy"
				}
				c.add(path, false, suggestSite(process.FunctionName(key), c.functions), "site must be %s, not %q", what, key)
			}
			if name := process.FunctionName(key); name != key && entries[name] != nil {
				c.add(path, false, fmt.Sprintf("it is also %q", name), "site must be named once")
			}
		case "names":
			if known = known || slices.Contains(c.names, key); !known {
				c.add(path, false, suggest.DidYouMean(key, c.names), "name must be that of a limit, breaker or bulkhead, not %q", key)
			}
		case "stacks":
			if known = known || slices.Contains(c.stacks, key) || c.opening && key == BindingStack; !known {
				c.add(path, false, suggest.DidYouMean(key, c.stacks), "stack must be one that a woven function uses, not %q", key)
			}
		}
		c.entry(path, entries[key], c.exact(section, key))
	}
}

// exact returns the subjects that an entry is about by their function, or nil.
func (c *checker[A]) exact(section, key string) []Subject[A] {
	if section != "sites" {
		return nil
	}
	var list []Subject[A]
	key = process.FunctionName(key)
	for _, s := range c.subjects {
		if s.Function == key {
			list = append(list, s)
		}
	}
	return list
}

// entry checks the aspects of an entry.
func (c *checker[A]) entry(path []string, aspects Entry, exact []Subject[A]) {
	for _, aspect := range slices.Sorted(maps.Keys(aspects)) {
		options := aspects[aspect]
		if aspect == All {
			c.enabled(path, "", "what is about all aspects must be enabled", options)
			continue
		}
		at := append(slices.Clone(path), aspect)
		r, ok := c.table.rule(aspect)
		switch {
		case ok:
			c.options(at, r, options)
			c.fits(at, options, nil)
			c.onSubjects(at, r, options, exact)
		case slices.Contains(c.advice, aspect), c.lenient && len(options) == 1 && options[enabled] != "":
			c.enabled(at, " of "+aspect, "custom advice has no option but enabled", options)
		default:
			c.add(at, false, suggest.DidYouMean(aspect, append(c.table.aspects(), c.advice...)), "aspect must be a known one, not %q", aspect)
		}
		hasAdvice := func(s Subject[A]) bool { return slices.Contains(s.Advice, aspect) }
		if !ok && len(exact) > 0 && slices.Contains(c.advice, aspect) && !slices.ContainsFunc(exact, hasAdvice) {
			c.lacks(at, exact[0], aspect)
		}
	}
}

// enabled checks the options of something that has no option but "enabled".
func (c *checker[A]) enabled(path []string, of, only string, options map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		at := append(slices.Clone(path), name)
		if name != enabled {
			c.add(at, false, "", "%s, not %s", only, name)
		} else if _, err := parseEnabled(options[name]); err != nil {
			c.add(at, true, "", "enabled%s %v", of, err)
		}
	}
}

// parseEnabled reads the value of the option "enabled".
func parseEnabled(text string) (bool, error) {
	v, err := option.Parse(option.Spec{Kind: option.Bool}, text)
	return v == true, err
}

// options checks the options of a built-in aspect.
func (c *checker[A]) options(path []string, r *Rule[A], options map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		at, text := append(slices.Clone(path), name), options[name]
		o, ok := r.option(name)
		switch why, fixed := r.fixed[name]; {
		case ok:
			if _, err := option.Parse(o.Spec, text); err != nil {
				c.add(at, true, "", "%s of %s %v", name, r.Aspect, err)
			}
		case name == enabled:
			if on, err := parseEnabled(text); err != nil {
				c.add(at, true, "", "enabled of %s %v", r.Aspect, err)
			} else if !on && r.Required != "" {
				c.add(at, true, "", "%s cannot be disabled: %s", r.Aspect, r.Required)
			}
		case fixed:
			c.add(at, false, "change the directive or rule, and build again", "%s of %s cannot be overridden: %s", name, r.Aspect, why)
		default:
			c.add(at, false, suggest.DidYouMean(name, r.optionNames()), "%s has no option %q", r.Aspect, name)
		}
	}
}

// onSubjects checks what is said about an aspect against the subjects it is said about.
func (c *checker[A]) onSubjects(path []string, r *Rule[A], options map[string]string, exact []Subject[A]) {
	lacking := 0
	for _, s := range exact {
		if !r.has(&s.Built) {
			lacking++
			continue
		}
		shared := r.shared(&s.Built)
		for _, name := range slices.Sorted(maps.Keys(options)) {
			if _, ok := r.option(name); ok && shared != "" {
				c.add(append(slices.Clone(path), name), false, fmt.Sprintf("write it under names, %s", shared),
					"%s of %s must be the same for all sites that share the %s %q", name, r.Aspect, r.Aspect, shared)
			}
		}
	}
	if lacking > 0 && lacking == len(exact) {
		c.lacks(path, exact[0], r.Aspect)
	}
}

func (c *checker[A]) lacks(path []string, s Subject[A], aspect string) {
	var has []string
	for _, r := range c.table {
		if r.has(&s.Built) {
			has = append(has, r.Aspect)
		}
	}
	list := cmp.Or(option.And(append(has, s.Advice...)), "none")
	c.add(path, false, "it has "+list, "%s must be an aspect that the site was built with", aspect)
}

// aspects returns the names of the aspects.
func (t Table[A]) aspects() []string {
	list := make([]string, len(t))
	for i, r := range t {
		list[i] = r.Aspect
	}
	return list
}
