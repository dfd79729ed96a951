package runtimehooks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/instrumentgo/instrument/internal/suggest"
)

// checker collects what is wrong with one layer of overrides, each entry and option by itself.
type checker struct {
	sites   []*Site
	lenient bool // unknown sites, names, stacks and advice may be registered later
	opening bool // sites of bindings may be, since there are none yet: a platform opens when main runs
	errs    OverrideErrors

	functions, names, stacks, advice []string // of the sites, sorted
}

// check returns what is wrong with the overrides. Nothing is unknown as long as no site is registered.
func check(o Overrides, sites []*Site, lenient bool) OverrideErrors {
	c := &checker{sites: sites, lenient: lenient || len(sites) == 0, opening: true}
	for _, s := range sites {
		c.opening = c.opening && !slices.Contains(s.Stacks, BindingStack)
		built := s.Aspects
		c.functions = append(c.functions, s.Function)
		c.names = append(c.names, built.names()...)
		c.stacks = append(c.stacks, s.Stacks...)
		for _, a := range s.Around {
			c.advice = append(c.advice, a.Name)
		}
	}
	c.functions, c.names, c.stacks, c.advice = sorted(c.functions), sorted(c.names), sorted(c.stacks), sorted(c.advice)
	c.section("sites", o.Sites)
	c.section("names", o.Names)
	c.section("stacks", o.Stacks)
	c.errs.sort()
	return c.errs
}

func (c *checker) add(path []string, value bool, hint, format string, args ...any) {
	c.errs = append(c.errs, &OverrideError{Path: slices.Clone(path), Value: value, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// section checks the entries of Sites, Names or Stacks.
func (c *checker) section(section string, entries map[string]AspectOverrides) {
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		path := []string{section, key}
		known := c.lenient
		switch section {
		case "sites":
			if known = known || key == allSites || slices.Contains(c.functions, key) || c.opening && strings.HasPrefix(key, BindingStack+"."); !known {
				what := "a function that is woven"
				if strings.HasPrefix(key, BindingStack+".") {
					what = "a binding that is open and whose entry has a policy"
				}
				c.add(path, false, suggestSite(key, c.functions), "site must be %s, not %q", what, key)
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

// exact returns the sites that an entry is about by their function, or nil.
func (c *checker) exact(section, key string) []*Site {
	if section != "sites" {
		return nil
	}
	var list []*Site
	for _, s := range c.sites {
		if s.Function == key {
			list = append(list, s)
		}
	}
	return list
}

// entry checks the aspects of an entry.
func (c *checker) entry(path []string, aspects AspectOverrides, exact []*Site) {
	for _, aspect := range slices.Sorted(maps.Keys(aspects)) {
		options := aspects[aspect]
		if aspect == AllAspects {
			c.allAspects(path, options)
			continue
		}
		at := append(slices.Clone(path), aspect)
		r, ok := ruleOf(aspect)
		switch {
		case ok:
			c.options(at, r, options)
			c.exclusive(at, options)
			c.onSites(at, r, options, exact)
		case slices.Contains(c.advice, aspect), c.lenient && len(options) == 1 && options["enabled"] != "":
			c.adviceOptions(at, options)
		default:
			c.add(at, false, suggest.DidYouMean(aspect, append(aspectNames(), c.advice...)), "aspect must be a known one, not %q", aspect)
		}
		if !ok && len(exact) > 0 && slices.Contains(c.advice, aspect) && !slices.ContainsFunc(exact, func(s *Site) bool { return s.hasAdvice(aspect) }) {
			c.lacks(at, exact[0], aspect)
		}
	}
}

// allAspects checks what an entry says about the site as a whole.
func (c *checker) allAspects(path []string, options OptionOverrides) {
	for _, option := range slices.Sorted(maps.Keys(options)) {
		at := append(slices.Clone(path), option)
		if option != "enabled" {
			c.add(at, false, "", "what is about all aspects must be enabled, not %s", option)
		} else if _, err := parseBool(options[option]); err != nil {
			c.add(at, true, "", "enabled must be true or false, not %q", options[option])
		}
	}
}

// adviceOptions checks the options of custom advice.
func (c *checker) adviceOptions(path []string, options OptionOverrides) {
	for _, option := range slices.Sorted(maps.Keys(options)) {
		at := append(slices.Clone(path), option)
		if option != "enabled" {
			c.add(at, false, "", "custom advice has no option but enabled, not %s", option)
		} else if _, err := parseBool(options[option]); err != nil {
			c.add(at, true, "", "enabled of %s must be true or false, not %q", path[len(path)-1], options[option])
		}
	}
}

// options checks the options of a built-in aspect.
func (c *checker) options(path []string, r *aspectRule, options OptionOverrides) {
	for _, option := range slices.Sorted(maps.Keys(options)) {
		at, text := append(slices.Clone(path), option), options[option]
		o, ok := r.option(option)
		switch why, fixed := r.fixed[option]; {
		case ok:
			if _, err := o.parse(text); err != nil {
				c.add(at, true, "", "%s of %s %v", option, r.name, err)
			}
		case option == "enabled":
			if enabled, err := parseBool(text); err != nil {
				c.add(at, true, "", "enabled of %s must be true or false, not %q", r.name, text)
			} else if !enabled && r.required != "" {
				c.add(at, true, "", "%s cannot be disabled: %s", r.name, r.required)
			}
		case fixed:
			c.add(at, false, "change the directive or rule, and build again", "%s of %s cannot be overridden: %s", option, r.name, why)
		default:
			c.add(at, false, suggest.DidYouMean(option, r.optionNames()), "%s has no option %q", r.name, option)
		}
	}
}

// exclusive checks options of one map against each other.
func (c *checker) exclusive(path []string, options OptionOverrides) {
	aspect := path[len(path)-1]
	if pair, ok := exclusive[aspect]; ok && options[pair[0]] != "" && options[pair[1]] != "" {
		c.add(append(path, pair[0]), false, "remove one", "%s must have %s or %s, not both", aspect, pair[1], pair[0])
	}
	c.inOrder(path, options, func(option string) string { return options[option] })
}

// onSites checks what is said about an aspect against the sites it is said about.
func (c *checker) onSites(path []string, r *aspectRule, options OptionOverrides, exact []*Site) {
	lacking := 0
	for _, s := range exact {
		built := s.Aspects
		if !r.has(&built) {
			lacking++
			continue
		}
		name := r.shared(&built)
		for _, option := range slices.Sorted(maps.Keys(options)) {
			if _, ok := r.option(option); ok && name != "" {
				c.add(append(slices.Clone(path), option), false, fmt.Sprintf("write it under names, %s", name),
					"%s of %s must be the same for all sites that share the %s %q", option, r.name, r.name, name)
			}
		}
	}
	if lacking > 0 && lacking == len(exact) {
		c.lacks(path, exact[0], r.name)
	}
}

func (c *checker) lacks(path []string, s *Site, aspect string) {
	built := s.Aspects
	var has []string
	for _, r := range aspectRules {
		if r.has(&built) {
			has = append(has, r.name)
		}
	}
	for _, a := range s.Around {
		has = append(has, a.Name)
	}
	c.add(path, false, "it has "+andList(has), "%s must be an aspect that the site was built with", aspect)
}

// andList writes "a, b and c".
func andList(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Replace(orList(list), " or ", " and ", 1)
}

func aspectNames() []string {
	list := make([]string, len(aspectRules))
	for i, r := range aspectRules {
		list[i] = r.name
	}
	return list
}

func (r *aspectRule) optionNames() []string {
	list := []string{"enabled"}
	for _, o := range r.options {
		list = append(list, o.name)
	}
	return append(list, slices.Sorted(maps.Keys(r.fixed))...)
}

func (s *Site) hasAdvice(name string) bool {
	return slices.ContainsFunc(s.Around, func(a Advice) bool { return a.Name == name })
}
